use super::applied::Applied;
use super::branch::Branch;
use super::messages::Resolved;
use super::resolve::point;
use super::walk::Point;
use crate::chain::Chain;
use crate::target::{Symbol, Target, TargetError, TargetErrorKind as Kind};

/// The recorded rows after a stamp.
pub(super) fn stamp(
    chain: &Chain<'_>,
    applied: &Applied,
    targets: &[Target],
) -> Resolved<Vec<usize>> {
    let mut stamped: Vec<usize> = Vec::new();
    let mut base = false;
    for target in targets {
        let found = positions(chain, applied, target)?;
        base |= found.is_empty();
        stamped.extend(found);
    }
    stamped.sort_unstable();
    stamped.dedup();
    if base && !stamped.is_empty() {
        return Err(TargetError::new(
            Kind::Malformed,
            "`base` says that nothing is applied, so it is stamped alone",
        ));
    }
    if base {
        return Ok(Vec::new());
    }
    unrelated(chain, &stamped)?;
    // Rows of other branches stay; those on the same line are replaced.
    let below = chain.closure(&stamped);
    let above = chain.dependents(&stamped);
    let rows = applied.rows(chain).into_iter();
    let others = rows.filter(|&row| !below[row] && !above[row]);
    let mut rows: Vec<usize> = others.chain(stamped.iter().copied()).collect();
    rows.sort_unstable();
    Ok(rows)
}

/// What one target records; nothing is base.
fn positions(chain: &Chain<'_>, applied: &Applied, target: &Target) -> Resolved<Vec<usize>> {
    if target.offset != 0 || target.is_relative_to_current() {
        return Err(TargetError::new(
            Kind::Malformed,
            format!("`{target}` is relative, and a stamp names what it records"),
        )
        .help("name a revision, a branch label, head, heads or base"));
    }
    let branch = Branch::of(chain, target)?;
    if target.symbol == Some(Symbol::Heads) {
        // A head that another one depends on is implied by it, not recorded.
        let heads = branch.heads();
        let implied = below(chain, &heads);
        return Ok(heads.into_iter().filter(|&at| !implied[at]).collect());
    }
    match point(&branch, applied, target)? {
        Point::At(at) => Ok(vec![at]),
        Point::Base | Point::Below(_) if branch.is_whole() => Ok(Vec::new()),
        Point::Base | Point::Below(_) => Err(TargetError::new(
            Kind::Malformed,
            format!("`{target}` can't be stamped"),
        )
        .help("`stamp base` records that nothing is applied; or name what is")),
    }
}

/// No row stands on another: it would imply it.
fn unrelated(chain: &Chain<'_>, stamped: &[usize]) -> Resolved<()> {
    let implied = below(chain, stamped);
    let Some(&lower) = stamped.iter().find(|&&at| implied[at]) else {
        return Ok(());
    };
    let above = chain.dependents(&[lower]);
    let upper = stamped.iter().find(|&&at| at != lower && above[at]);
    Err(TargetError::new(
        Kind::Malformed,
        format!(
            "`{}` is below `{}`, which implies it",
            chain.get(lower).id,
            upper.map_or("", |&at| chain.get(at).id)
        ),
    )
    .help("stamp the upper one alone"))
}

/// By position: what the given revisions stand on, without themselves unless one stands on
/// another.
fn below(chain: &Chain<'_>, positions: &[usize]) -> Vec<bool> {
    let required = positions.iter().flat_map(|&at| chain.graph.requires(at));
    chain.closure(&required.collect::<Vec<usize>>())
}
