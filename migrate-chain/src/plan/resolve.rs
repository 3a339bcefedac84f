//! What a target means on a chain, given what is applied.

use super::Applied;
use super::branch::Branch;
use super::walk::{self, Point};
use crate::chain::Chain;
use crate::nearest::nearest;
use crate::target::{Symbol, Target, TargetError, TargetErrorKind as Kind};

pub(super) type Resolved<T> = Result<T, TargetError>;

/// The revisions an upgrade must reach.
pub(super) fn upgrade(
    chain: &Chain<'_>,
    applied: &Applied,
    target: &Target,
) -> Resolved<Vec<usize>> {
    if target.is_relative_to_current() && target.offset < 0 {
        return Err(TargetError::new(
            Kind::Malformed,
            format!("`{target}` goes down, and an upgrade goes up"),
        )
        .help(format!(
            "`upgrade +1` goes up; to go down, `downgrade {target}`"
        )));
    }
    let branch = Branch::of(chain, target)?;
    if target.symbol == Some(Symbol::Heads) {
        return Ok(branch.heads());
    }
    let point = point(&branch, applied, target)?;
    if target.is_relative_to_current() && target.offset == 0 {
        return Ok(Vec::new());
    }
    let rows = applied.rows(chain);
    let past = match point {
        Point::Base => applied.iter().any(|at| branch.lineage(at)),
        Point::Below(at) => applied.contains(at),
        // What only a dependency implies is reached, not passed.
        Point::At(at) => applied.contains(at) && !rows.contains(&at) && chain.ancestors(&rows)[at],
    };
    if past {
        let error = TargetError::new(
            Kind::AlreadyPast,
            format!(
                "the database is already past `{target}`: it is at {}",
                list(chain, &rows)
            ),
        );
        return Err(error.help(format!("`downgrade {target}` goes back to it")));
    }
    Ok(match point {
        Point::Base | Point::Below(_) => Vec::new(),
        Point::At(at) => vec![at],
    })
}

/// The lowest revisions a downgrade removes, all above them going too, and what to say of it.
pub(super) fn downgrade(
    chain: &Chain<'_>,
    applied: &Applied,
    target: &Target,
) -> Resolved<(Vec<usize>, Vec<String>)> {
    if target.is_relative_to_current() && target.offset > 0 {
        return Err(TargetError::new(
            Kind::Malformed,
            format!("`{target}` goes up, and a downgrade goes down"),
        )
        .help(format!(
            "`downgrade -1` goes down; to go up, `upgrade {target}`"
        )));
    }
    if target.symbol == Some(Symbol::Heads) {
        return Err(TargetError::new(
            Kind::Malformed,
            "`heads` are several, and a downgrade goes to one revision",
        )
        .help("name it, or `base`"));
    }
    let branch = Branch::of(chain, target)?;
    let lowest = if !target.is_relative_to_current() {
        above(&branch, applied, target)?
    } else if target.offset == 0 {
        Vec::new()
    } else {
        // The steps that the walk takes are those that go, and what stands on them.
        let start = walk::start(&branch, applied, target)?;
        walk::down(&branch, start, target.offset, target)?.1
    };
    let lowest: Vec<usize> = (lowest.into_iter())
        .filter(|&at| applied.contains(at))
        .collect();
    let notes = branch.taken_along(applied, &lowest);
    Ok((lowest, notes))
}

/// What stands directly on a target that names a revision.
fn above(branch: &Branch<'_>, applied: &Applied, target: &Target) -> Resolved<Vec<usize>> {
    let chain = branch.chain();
    match point(branch, applied, target)? {
        Point::Base => Ok(branch.bases()),
        Point::Below(at) => Ok(vec![at]),
        Point::At(at) if applied.contains(at) => Ok(branch.children(at)),
        Point::At(at) => {
            let error = TargetError::new(
                Kind::NotApplied,
                format!(
                    "`{}` is not applied: the database is at {}",
                    chain.get(at).id,
                    list(chain, &applied.rows(chain))
                ),
            );
            Err(error.help(format!("`upgrade {target}` goes there")))
        }
    }
}

/// The one revision a target means.
pub(crate) fn point(branch: &Branch<'_>, applied: &Applied, target: &Target) -> Resolved<Point> {
    let from = match &target.symbol {
        None | Some(Symbol::Current) => walk::start(branch, applied, target)?,
        Some(Symbol::Base) => Point::Base,
        Some(Symbol::Head | Symbol::Heads) => head(branch, target)?,
        Some(Symbol::Named(name)) => Point::At(named(branch, name)?),
    };
    match target.offset {
        0 => Ok(from),
        offset if offset < 0 => walk::down(branch, from, offset, target).map(|(point, _)| point),
        offset => walk::up(branch, from, offset, target),
    }
}

/// The one head.
fn head(branch: &Branch<'_>, target: &Target) -> Resolved<Point> {
    match branch.heads()[..] {
        [] => Ok(Point::Base),
        [head] => Ok(Point::At(head)),
        ref heads => {
            let mut error = TargetError::new(
                Kind::Ambiguous,
                format!(
                    "`{target}` is ambiguous: there are several heads, {}",
                    list(branch.chain(), heads)
                ),
            )
            .help(format!("name one, or {}", by_branch(branch, heads, target)));
            if target.symbol == Some(Symbol::Head) && target.offset == 0 {
                error = error.help("`heads` means all of them");
            }
            Err(error)
        }
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

pub(super) fn unknown(chain: &Chain<'_>, what: &str, name: &str) -> TargetError {
    let error = TargetError::new(Kind::NotFound, format!("there is no {what} `{name}`"));
    if let Some(at) = chain.replacing(name) {
        return error.help(format!("`{}` replaces it", chain.get(at).id));
    }
    let ids = chain.revisions().iter().map(|revision| revision.id);
    let labels = chain
        .revisions()
        .iter()
        .flat_map(|revision| revision.labels.iter().copied());
    match nearest(name, ids.chain(labels)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("`history` lists the revisions"),
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

/// Ids for a message: all of a few, the first of many.
pub(super) fn list(chain: &Chain<'_>, positions: &[usize]) -> String {
    const SHOWN: usize = 8;
    if positions.is_empty() {
        return "base".to_owned();
    }
    let ids = positions
        .iter()
        .take(SHOWN)
        .map(|&at| format!("`{}`", chain.get(at).id));
    let mut text = ids.collect::<Vec<_>>().join(", ");
    if positions.len() > SHOWN {
        text.push_str(&format!(" and {} more", positions.len() - SHOWN));
    }
    text
}
