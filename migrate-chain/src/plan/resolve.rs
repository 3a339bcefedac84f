//! What a target means on a chain, given what is applied.

use super::applied::Applied;
use super::branch::{Branch, by_branch, named};
use super::messages::{Resolved, list};
use super::walk::{self, Point};
use crate::chain::Chain;
use crate::target::{Symbol, Target, TargetError, TargetErrorKind as Kind};

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
                error = error
                    .help("`heads` means all of them")
                    .help("if they are to be one: `cargo migrate merge heads -m \"merge\"`, and build again");
            }
            Err(error)
        }
    }
}
