//! What a target means on a chain, given what is applied.

use super::Applied;
use crate::chain::Chain;
use crate::nearest::nearest;
use crate::target::{Symbol, Target, TargetError, TargetErrorKind as Kind};

type Resolved<T> = Result<T, TargetError>;

/// A revision, or before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    Base,
    At(usize),
}

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
    let wanted = match &target.symbol {
        Some(Symbol::Heads) => branch.heads(),
        _ => match point(chain, applied, target, &branch)? {
            Point::Base => Vec::new(),
            Point::At(at) => vec![at],
        },
    };
    let rows = applied.rows(chain);
    let past = wanted.is_empty() && !rows.is_empty() && target.symbol == Some(Symbol::Base);
    let passed = wanted.iter().any(|&at| {
        // What only a dependency implies is reached, not passed.
        applied.contains(at) && !rows.contains(&at) && {
            let below = chain.ancestors(&rows);
            below[at]
        }
    });
    if past || (passed && target.symbol != Some(Symbol::Heads)) {
        let error = TargetError::new(
            Kind::AlreadyPast,
            format!(
                "the database is already past `{target}`: it is at {}",
                list(chain, &rows)
            ),
        );
        return Err(error.help(format!("`downgrade {target}` goes back to it")));
    }
    Ok(wanted)
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
    if target.is_relative_to_current() {
        return match target.offset {
            0 => Ok((Vec::new(), Vec::new())),
            // The steps that the walk takes are those that go, and what stands on them.
            offset => walk_down(
                chain,
                start(chain, applied, target, &branch)?,
                offset,
                target,
                &branch,
            )
            .map(|(_, walked)| (walked, Vec::new())),
        };
    }
    let seeds: Vec<usize> = match point(chain, applied, target, &branch)? {
        Point::Base => branch.bases(),
        Point::At(at) if !applied.contains(at) => {
            let error = TargetError::new(
                Kind::NotApplied,
                format!(
                    "`{}` is not applied: the database is at {}",
                    chain.get(at).id,
                    list(chain, &applied.rows(chain))
                ),
            );
            return Err(error.help(format!("`upgrade {target}` goes there")));
        }
        Point::At(at) => {
            let children = chain.children(at).iter().copied();
            children.filter(|&child| branch.lineage(child)).collect()
        }
    };
    let seeds: Vec<usize> = seeds
        .into_iter()
        .filter(|&at| applied.contains(at))
        .collect();
    let notes = branch.taken_along(applied, &seeds);
    Ok((seeds, notes))
}

/// The recorded rows after a stamp.
pub(super) fn stamp(
    chain: &Chain<'_>,
    applied: &Applied,
    targets: &[Target],
) -> Resolved<Vec<usize>> {
    let mut named: Vec<usize> = Vec::new();
    let mut base = false;
    for target in targets {
        if target.offset != 0 || target.is_relative_to_current() {
            return Err(TargetError::new(
                Kind::Malformed,
                format!("`{target}` is relative, and a stamp names what it records"),
            )
            .help("name a revision, a branch label, head, heads or base"));
        }
        let branch = Branch::of(chain, target)?;
        match &target.symbol {
            Some(Symbol::Heads) => named.extend(branch.heads()),
            _ => match point(chain, applied, target, &branch)? {
                Point::At(at) => named.push(at),
                Point::Base if target.branch.is_none() => base = true,
                Point::Base => {
                    return Err(TargetError::new(
                        Kind::Malformed,
                        format!("`{target}` can't be stamped"),
                    )
                    .help("`stamp base` records that nothing is applied; or name what is"));
                }
            },
        }
    }
    named.sort_unstable();
    named.dedup();
    if base && !named.is_empty() {
        return Err(TargetError::new(
            Kind::Malformed,
            "`base` says that nothing is applied, so it is stamped alone",
        ));
    }
    if base {
        return Ok(Vec::new());
    }
    for &at in &named {
        let below = chain.closure(&[at]);
        if let Some(&other) = named.iter().find(|&&other| other != at && below[other]) {
            return Err(TargetError::new(
                Kind::Malformed,
                format!(
                    "`{}` is below `{}`, which implies it",
                    chain.get(other).id,
                    chain.get(at).id
                ),
            )
            .help("stamp the upper one alone"));
        }
    }
    // Rows of other branches stay; those on the same line are replaced.
    let below = chain.closure(&named);
    let above = chain.dependents(&named);
    let rows = applied.rows(chain).into_iter();
    let unrelated = rows.filter(|&row| !below[row] && !above[row]);
    let mut rows: Vec<usize> = unrelated.chain(named.iter().copied()).collect();
    rows.sort_unstable();
    Ok(rows)
}

/// The one revision a target means.
pub(crate) fn point(
    chain: &Chain<'_>,
    applied: &Applied,
    target: &Target,
    branch: &Branch<'_>,
) -> Resolved<Point> {
    let from = match &target.symbol {
        None | Some(Symbol::Current) => start(chain, applied, target, branch)?,
        Some(Symbol::Base) => Point::Base,
        Some(Symbol::Head | Symbol::Heads) => match branch.heads()[..] {
            [] => Point::Base,
            [head] => Point::At(head),
            ref heads => {
                let mut error = TargetError::new(
                    Kind::Ambiguous,
                    format!(
                        "`{target}` is ambiguous: there are several heads, {}",
                        list(chain, heads)
                    ),
                )
                .help("name one, or a branch as in `BRANCH@head`");
                if target.symbol == Some(Symbol::Head) && target.offset == 0 {
                    error = error.help("`heads` means all of them");
                }
                return Err(error);
            }
        },
        Some(Symbol::Named(name)) => Point::At(named(chain, name, branch)?),
    };
    match target.offset {
        0 => Ok(from),
        offset if offset < 0 => {
            walk_down(chain, from, offset, target, branch).map(|(point, _)| point)
        }
        offset => walk_up(chain, from, offset, target, branch),
    }
}

/// Finds a revision by whole id, branch label or unique prefix.
pub(crate) fn named(chain: &Chain<'_>, name: &str, branch: &Branch<'_>) -> Resolved<usize> {
    if let Some(at) = chain.position(name).filter(|&at| branch.lineage(at)) {
        return Ok(at);
    }
    if let Some(at) = chain.labelled(name).filter(|&at| branch.lineage(at)) {
        return Ok(at);
    }
    let fits: Vec<usize> = chain
        .starting_with(name)
        .iter()
        .copied()
        .filter(|&at| branch.lineage(at))
        .collect();
    match fits[..] {
        [at] => Ok(at),
        [] => Err(unknown(chain, "revision or branch label", name)),
        _ => Err(TargetError::new(
            Kind::Ambiguous,
            format!("`{name}` is ambiguous: it starts {}", list(chain, &fits)),
        )
        .help("write more of the id")),
    }
}

fn unknown(chain: &Chain<'_>, what: &str, name: &str) -> TargetError {
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

/// Where a target without a symbol counts from: the one revision that is current, in its branch.
fn start(
    chain: &Chain<'_>,
    applied: &Applied,
    target: &Target,
    branch: &Branch<'_>,
) -> Resolved<Point> {
    let rows: Vec<usize> = match target.branch {
        None => applied.rows(chain),
        // The highest applied revisions of the branch, or of what it grew from.
        Some(_) => (applied.iter().filter(|&at| branch.lineage(at)))
            .filter(|&at| {
                let mut above = chain.children(at).iter();
                !above.any(|&child| branch.lineage(child) && applied.contains(child))
            })
            .collect(),
    };
    match rows[..] {
        [] => Ok(Point::Base),
        [row] => Ok(Point::At(row)),
        _ => Err(TargetError::new(
            Kind::Ambiguous,
            format!(
                "`{target}` is ambiguous: the database is at {}",
                list(chain, &rows)
            ),
        )
        .help("name the revision, or a branch as in `BRANCH@+1`")),
    }
}

fn walk_up(
    chain: &Chain<'_>,
    from: Point,
    steps: i64,
    target: &Target,
    branch: &Branch<'_>,
) -> Resolved<Point> {
    let mut at = from;
    for taken in 0..steps {
        let above: Vec<usize> = match at {
            Point::Base => branch.bases(),
            Point::At(at) => chain
                .children(at)
                .iter()
                .copied()
                .filter(|&child| branch.lineage(child))
                .collect(),
        };
        at = match above[..] {
            [next] => Point::At(next),
            [] => return Err(too_far(target, taken)),
            _ => {
                return Err(TargetError::new(
                    Kind::Ambiguous,
                    format!(
                        "`{target}` is ambiguous: after {} come {}",
                        name(chain, at),
                        list(chain, &above)
                    ),
                )
                .help("name the revision, or a branch as in `BRANCH@+1`"));
            }
        };
    }
    Ok(at)
}

/// Where the walk ends, and the revisions it left on its way.
fn walk_down(
    chain: &Chain<'_>,
    from: Point,
    steps: i64,
    target: &Target,
    branch: &Branch<'_>,
) -> Resolved<(Point, Vec<usize>)> {
    let mut walked = Vec::new();
    let mut point = from;
    for taken in 0..-steps {
        let Point::At(at) = point else {
            return Err(too_far(target, taken));
        };
        walked.push(at);
        let mut below = chain.parents(at).to_vec();
        if below.len() > 1 && target.branch.is_some() {
            // Of the parents of a merge, the one on the branch.
            below.retain(|&parent| branch.member(parent));
            if below.is_empty() {
                below = chain.parents(at).to_vec();
            }
        }
        point = match below[..] {
            [] => Point::Base,
            [parent] => Point::At(parent),
            _ => {
                return Err(TargetError::new(
                    Kind::Ambiguous,
                    format!(
                        "`{target}` is ambiguous: `{}` merges {}",
                        chain.get(at).id,
                        list(chain, &below)
                    ),
                )
                .help("name the revision to go down to"));
            }
        };
    }
    Ok((point, walked))
}

fn too_far(target: &Target, taken: i64) -> TargetError {
    let remain = match taken {
        0 => "no step remains".to_owned(),
        1 => "only 1 step remains".to_owned(),
        n => format!("only {n} steps remain"),
    };
    TargetError::new(Kind::TooFar, format!("`{target}` leads too far: {remain}"))
}

fn name(chain: &Chain<'_>, point: Point) -> String {
    match point {
        Point::Base => "base".to_owned(),
        Point::At(at) => format!("`{}`", chain.get(at).id),
    }
}

/// Ids for a message: all of a few, the first of many.
fn list(chain: &Chain<'_>, positions: &[usize]) -> String {
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

/// What `BRANCH@` limits a target to; without it, everything.
pub(crate) struct Branch<'c> {
    chain: &'c Chain<'c>,
    /// On the branch, and on it or below it.
    sets: Option<(Vec<bool>, Vec<bool>)>,
}

impl<'c> Branch<'c> {
    /// The whole chain.
    pub(crate) fn whole(chain: &'c Chain<'_>) -> Branch<'c> {
        Branch { chain, sets: None }
    }

    fn of(chain: &'c Chain<'_>, target: &Target) -> Resolved<Branch<'c>> {
        let Some(name) = &target.branch else {
            return Ok(Branch::whole(chain));
        };
        let carriers: Vec<usize> = match chain.labelled(name) {
            Some(_) => (0..chain.len())
                .filter(|&at| chain.labels(at).any(|label| label == name))
                .collect(),
            None => vec![named(chain, name, &Branch::whole(chain)).map_err(
                |error| match error.kind {
                    Kind::NotFound => unknown(chain, "branch", name),
                    _ => error,
                },
            )?],
        };
        let members = chain.descendants(&carriers);
        let positions: Vec<usize> = (0..chain.len()).filter(|&at| members[at]).collect();
        let lineage = chain.ancestors(&positions);
        Ok(Branch {
            chain,
            sets: Some((members, lineage)),
        })
    }

    fn member(&self, at: usize) -> bool {
        self.sets.as_ref().is_none_or(|(members, _)| members[at])
    }

    fn lineage(&self, at: usize) -> bool {
        self.sets.as_ref().is_none_or(|(_, lineage)| lineage[at])
    }

    fn heads(&self) -> Vec<usize> {
        self.chain
            .heads()
            .into_iter()
            .filter(|&at| self.member(at))
            .collect()
    }

    fn bases(&self) -> Vec<usize> {
        self.chain
            .bases()
            .into_iter()
            .filter(|&at| self.lineage(at))
            .collect()
    }

    /// Applied revisions off the branch that would go down with the seeds.
    fn taken_along(&self, applied: &Applied, seeds: &[usize]) -> Vec<String> {
        if self.sets.is_none() || seeds.is_empty() {
            return Vec::new();
        }
        let gone = self.chain.dependents(seeds);
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
