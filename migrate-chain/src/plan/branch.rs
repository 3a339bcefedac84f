use super::applied::Applied;
use super::messages::{Resolved, list, unknown};
use crate::chain::Chain;
use crate::target::{Target, TargetError, TargetErrorKind as Kind};

/// What `BRANCH@` limits a target to; without it, everything.
///
/// A branch is what its label's revision stands on and what stands on that, by parentage: what
/// a merge above it brings from elsewhere is no part of it.
pub(crate) struct Branch<'c> {
    chain: &'c Chain<'c>,
    sides: Option<Sides>,
}

/// By position.
struct Sides {
    /// The branch's own revision, and those above it.
    above: Vec<bool>,
    /// The branch's own revision, with those above and those below it.
    lineage: Vec<bool>,
}

impl<'c> Branch<'c> {
    /// The whole chain.
    pub(crate) fn whole(chain: &'c Chain<'_>) -> Branch<'c> {
        Branch { chain, sides: None }
    }

    /// The one that a target names.
    pub(super) fn of(chain: &'c Chain<'_>, target: &Target) -> Resolved<Branch<'c>> {
        let whole = Branch::whole(chain);
        let Some(name) = &target.branch else {
            return Ok(whole);
        };
        let source = match chain.labelled(name) {
            Some(source) => source,
            None => named(&whole, name).map_err(|error| match error.kind {
                Kind::NotFound => unknown(chain, "branch", name),
                _ => error,
            })?,
        };
        let above = chain.descendants(&[source]);
        let mut lineage = chain.ancestors(&[source]);
        (lineage.iter_mut().zip(&above)).for_each(|(member, above)| *member |= above);
        Ok(Branch {
            chain,
            sides: Some(Sides { above, lineage }),
        })
    }

    pub(super) fn chain(&self) -> &'c Chain<'c> {
        self.chain
    }

    /// True without `BRANCH@`.
    pub(super) fn is_whole(&self) -> bool {
        self.sides.is_none()
    }

    /// True for the branch's own revision and those above it.
    pub(super) fn above(&self, at: usize) -> bool {
        self.sides.as_ref().is_none_or(|sides| sides.above[at])
    }

    /// True for those below it too.
    pub(super) fn lineage(&self, at: usize) -> bool {
        self.sides.as_ref().is_none_or(|sides| sides.lineage[at])
    }

    pub(super) fn heads(&self) -> Vec<usize> {
        let heads = self.chain.heads().into_iter();
        heads.filter(|&at| self.above(at)).collect()
    }

    pub(super) fn bases(&self) -> Vec<usize> {
        let bases = self.chain.bases().into_iter();
        bases.filter(|&at| self.lineage(at)).collect()
    }

    pub(super) fn children(&self, at: usize) -> Vec<usize> {
        let children = self.chain.children(at).iter().copied();
        children.filter(|&child| self.lineage(child)).collect()
    }

    /// Its highest applied revisions, or else of what it grew from.
    pub(super) fn tops(&self, applied: &Applied) -> Vec<usize> {
        if self.is_whole() {
            return applied.rows(self.chain);
        }
        let continued = |at: usize| {
            let mut children = self.chain.children(at).iter();
            children.any(|&child| self.lineage(child) && applied.contains(child))
        };
        (applied.iter().filter(|&at| self.lineage(at)))
            .filter(|&at| !continued(at))
            .collect()
    }

    /// Says which applied revisions off the branch go down with the lowest that go.
    pub(super) fn taken_along(&self, applied: &Applied, lowest: &[usize]) -> Vec<String> {
        if self.is_whole() || lowest.is_empty() {
            return Vec::new();
        }
        let gone = self.chain.dependents(lowest);
        let others: Vec<usize> = applied
            .iter()
            .filter(|&at| gone[at] && !self.lineage(at))
            .collect();
        if others.is_empty() {
            return Vec::new();
        }
        vec![format!(
            "other branches stand on what goes, and go with it: {}",
            list(self.chain, &others)
        )]
    }
}

/// Finds a revision by whole id, branch label or unique prefix.
pub(crate) fn named(branch: &Branch<'_>, name: &str) -> Resolved<usize> {
    let chain = branch.chain();
    let whole = [chain.index_of(name), chain.labelled(name)];
    if let Some(at) = whole.into_iter().flatten().find(|&at| branch.lineage(at)) {
        return Ok(at);
    }
    let starting = chain.starting_with(name);
    let fits: Vec<usize> = (starting.iter().copied())
        .filter(|&at| branch.lineage(at))
        .collect();
    match fits[..] {
        [at] => Ok(at),
        [] => match whole
            .into_iter()
            .flatten()
            .next()
            .or(starting.first().copied())
        {
            Some(elsewhere) => Err(TargetError::new(
                Kind::NotFound,
                format!("`{}` is not on that branch", chain.get(elsewhere).id),
            )
            .help("name it without `BRANCH@`")),
            None => Err(unknown(chain, "revision or branch label", name)),
        },
        _ => Err(TargetError::new(
            Kind::Ambiguous,
            format!("`{name}` is ambiguous: it starts {}", list(chain, &fits)),
        )
        .help("write more of the id")),
    }
}

/// How to say which of these is meant: the target on a branch, by its label if it has one.
pub(super) fn by_branch(branch: &Branch<'_>, found: &[usize], target: &Target) -> String {
    let chain = branch.chain();
    let has = |at: usize, label: &str| chain.labels(at).any(|own| own == label);
    let is_of_one = |label: &&str| (found.iter().filter(|&&at| has(at, label))).count() == 1;
    let labelled = (found.iter()).find_map(|&at| chain.labels(at).find(is_of_one));
    let id = || found.last().map(|&at| chain.get(at).id);
    let name = labelled.or_else(id).unwrap_or_default();
    let target = Target {
        branch: Some(name.to_owned()),
        ..target.clone()
    };
    format!("a branch as in `{target}`")
}
