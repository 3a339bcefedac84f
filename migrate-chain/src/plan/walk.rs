use super::applied::Applied;
use super::branch::{Branch, by_branch};
use super::messages::{Resolved, list};
use crate::target::{Target, TargetError, TargetErrorKind as Kind};

/// Where a target leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before the first revision.
    Base,
    /// Before this one, a base: other bases are no concern of a walk that went this way.
    Below(usize),
    At(usize),
}

/// Where a target without a symbol counts from: the one revision that is current, in its branch.
pub(super) fn start(branch: &Branch<'_>, applied: &Applied, target: &Target) -> Resolved<Point> {
    match branch.tops(applied)[..] {
        [] => Ok(Point::Base),
        [top] => Ok(Point::At(top)),
        ref tops => Err(TargetError::new(
            Kind::Ambiguous,
            format!(
                "`{target}` is ambiguous: the database is at {}",
                list(branch.chain(), tops)
            ),
        )
        .help(format!(
            "name the revision, or {}",
            by_branch(branch, tops, target)
        ))),
    }
}

pub(super) fn up(branch: &Branch<'_>, from: Point, steps: i64, target: &Target) -> Resolved<Point> {
    let mut point = from;
    for taken in 0..steps {
        let above = match point {
            Point::Base => branch.bases(),
            Point::Below(base) => vec![base],
            Point::At(at) => branch.children(at),
        };
        point = match above[..] {
            [next] => Point::At(next),
            [] => return Err(too_far(target, taken)),
            _ => {
                return Err(TargetError::new(
                    Kind::Ambiguous,
                    format!(
                        "`{target}` is ambiguous: after {} come {}",
                        name(branch, point),
                        list(branch.chain(), &above)
                    ),
                )
                .help(format!(
                    "name the revision, or {}",
                    by_branch(branch, &above, target)
                )));
            }
        };
    }
    Ok(point)
}

/// Where the walk ends, and the revisions it left on its way.
pub(super) fn down(
    branch: &Branch<'_>,
    from: Point,
    steps: i64,
    target: &Target,
) -> Resolved<(Point, Vec<usize>)> {
    let mut walked = Vec::new();
    let mut point = from;
    for taken in 0..-steps {
        let Point::At(at) = point else {
            return Err(too_far(target, taken));
        };
        walked.push(at);
        let parents = branch.chain().parents(at);
        // Of the parents of a merge, the one on the branch.
        let on: Vec<usize> = (parents.iter().copied())
            .filter(|&parent| branch.above(parent))
            .collect();
        let below = if on.is_empty() { parents } else { &on };
        point = match below[..] {
            [] => Point::Below(at),
            [parent] => Point::At(parent),
            _ => {
                return Err(TargetError::new(
                    Kind::Ambiguous,
                    format!(
                        "`{target}` is ambiguous: `{}` merges {}",
                        branch.chain().get(at).id,
                        list(branch.chain(), below)
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

fn name(branch: &Branch<'_>, point: Point) -> String {
    match point {
        Point::Base | Point::Below(_) => "base".to_owned(),
        Point::At(at) => format!("`{}`", branch.chain().get(at).id),
    }
}
