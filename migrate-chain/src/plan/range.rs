use std::fmt;
use std::str::FromStr;

use super::applied::Applied;
use super::branch::Branch;
use super::messages::{Resolved, list};
use super::resolve::point;
use super::walk::{self, Point};
use crate::chain::Chain;
use crate::target::{Symbol, Target, TargetError, TargetErrorKind as Kind};

/// A stretch of a chain, as Alembic writes it: `A:B`, where either side may be left out.
///
/// ```
/// use migrate_chain::{Applied, Folder, Options, Range, load};
///
/// let mut folder = Folder::new("versions");
/// for (id, parent) in [("a", "none"), ("b", "a"), ("c", "b")] {
///     let text = format!("-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n\n\
///         -- upgrade (sqlite): nothing\n-- downgrade: nothing\n");
///     folder.add(&format!("{id}.sql"), text.as_bytes());
/// }
/// let loaded = load(folder, &Options::new("versions"))?;
/// let chain = loaded.packed().chain()?;
/// let range: Range = "b:".parse()?;
/// assert_eq!(range.positions(&chain, &Applied::of_rows(&chain, &[]))?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Range {
    /// Where it starts, this one included; `None`: at the first revision.
    pub lower: Option<Target>,
    /// Where it ends, this one included; `None`: at the heads.
    pub upper: Option<Target>,
}

/// As it is written.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |target: &Option<Target>| target.as_ref().map(ToString::to_string);
        let (lower, upper) = (side(&self.lower), side(&self.upper));
        write!(
            f,
            "{}:{}",
            lower.unwrap_or_default(),
            upper.unwrap_or_default()
        )
    }
}

impl FromStr for Range {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Range, TargetError> {
        let Some((lower, upper)) = text.split_once(':') else {
            let error = format!("`{text}` is no range");
            return Err(TargetError::new(Kind::Malformed, error)
                .help("a range is A:B, A: or :B, such as ae10:head, -2:current or :1975"));
        };
        let side = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some),
        };
        Ok(Range {
            lower: side(lower)?,
            upper: side(upper)?,
        })
    }
}

impl Range {
    /// The revisions in it, in chain order: those that the upper end stands on and that stand on
    /// the lower end.
    ///
    /// # Errors
    ///
    /// An end that leads nowhere, or a lower end that the upper one does not stand on.
    pub fn positions(&self, chain: &Chain<'_>, applied: &Applied) -> Resolved<Vec<usize>> {
        let (lower, upper) = self.ends(chain, applied)?;
        let below_upper = chain.closure(&upper);
        let Some(lower) = lower else {
            return Ok((0..chain.len()).filter(|&at| below_upper[at]).collect());
        };
        if let Some(&outside) = lower.iter().find(|&&at| !below_upper[at]) {
            return Err(TargetError::new(
                Kind::NotFound,
                format!(
                    "`{self}` is empty: {} does not stand on `{}`",
                    list(chain, &upper),
                    chain.get(outside).id
                ),
            )
            .help("the older end comes first: OLDER:NEWER"));
        }
        let below_lower = chain.closure(&lower);
        let above_lower = chain.descendants(&lower);
        let member = |&at: &usize| {
            lower.contains(&at) || (below_upper[at] && above_lower[at] && !below_lower[at])
        };
        Ok((0..chain.len()).filter(member).collect())
    }

    /// What an offline script starts from, and what it goes to.
    ///
    /// # Errors
    ///
    /// A start that only a database could tell.
    pub fn start(&self, chain: &Chain<'_>) -> Resolved<Applied> {
        let nothing = Applied::of_rows(chain, &[]);
        let Some(lower) = &self.lower else {
            return Ok(nothing);
        };
        if lower.is_relative_to_current() {
            return Err(TargetError::new(
                Kind::Malformed,
                format!("`{self}` starts at what is current, and a script is written without asking a database"),
            )
            .help("name the revision it starts from"));
        }
        let rows = match &lower.symbol {
            Some(Symbol::Heads) => Branch::of(chain, lower)?.heads(),
            _ => match point(&Branch::of(chain, lower)?, &nothing, lower)? {
                Point::At(at) => vec![at],
                Point::Base | Point::Below(_) => Vec::new(),
            },
        };
        Ok(Applied::of_rows(chain, &rows))
    }

    /// Both ends as positions; a lower end of `None` is before everything.
    fn ends(
        &self,
        chain: &Chain<'_>,
        applied: &Applied,
    ) -> Resolved<(Option<Vec<usize>>, Vec<usize>)> {
        // `A:+2` counts from A, `-2:B` from B; the other end is found first.
        let whole = Branch::whole(chain);
        if let Some(target) = steps(self.upper.as_ref()) {
            let lower = end(chain, applied, self.lower.as_ref(), || None)?;
            let from = single(chain, self, lower.as_deref())?;
            if target.offset < 0 {
                return Err(wrong_way(self));
            }
            let upper = walk::up(&whole, from, target.offset, target)?;
            return Ok((lower, positions(upper)));
        }
        let upper = end(chain, applied, self.upper.as_ref(), || Some(chain.heads()))?;
        let upper = upper.unwrap_or_default();
        if let Some(target) = steps(self.lower.as_ref()) {
            let from = single(chain, self, Some(&upper))?;
            if target.offset > 0 {
                return Err(wrong_way(self));
            }
            let (lower, _) = walk::down(&whole, from, target.offset, target)?;
            let lower = positions(lower);
            return Ok(((!lower.is_empty()).then_some(lower), upper));
        }
        Ok((end(chain, applied, self.lower.as_ref(), || None)?, upper))
    }
}

impl Target {
    /// What it names, for a command that looks: several for `heads` and `current`, nothing for
    /// `base`.
    ///
    /// # Errors
    ///
    /// It names no revision, or fits several.
    pub fn positions(&self, chain: &Chain<'_>, applied: &Applied) -> Resolved<Vec<usize>> {
        end(chain, applied, Some(self), || None).map(Option::unwrap_or_default)
    }
}

/// An end that is nothing but a number of steps.
fn steps(target: Option<&Target>) -> Option<&Target> {
    target.filter(|target| target.symbol.is_none() && target.branch.is_none())
}

/// One end as positions; `None` is before everything.
fn end(
    chain: &Chain<'_>,
    applied: &Applied,
    target: Option<&Target>,
    missing: impl FnOnce() -> Option<Vec<usize>>,
) -> Resolved<Option<Vec<usize>>> {
    let Some(target) = target else {
        return Ok(missing());
    };
    let branch = Branch::of(chain, target)?;
    match &target.symbol {
        Some(Symbol::Heads) => Ok(Some(branch.heads())),
        Some(Symbol::Current) if target.offset == 0 => Ok(Some(branch.tops(applied))),
        _ => match point(&branch, applied, target)? {
            Point::At(at) => Ok(Some(vec![at])),
            Point::Base | Point::Below(_) => Ok(None),
        },
    }
}

/// The one revision that steps are counted from.
fn single(chain: &Chain<'_>, range: &Range, from: Option<&[usize]>) -> Resolved<Point> {
    match from {
        None | Some([]) => Ok(Point::Base),
        Some([at]) => Ok(Point::At(*at)),
        Some(several) => Err(TargetError::new(
            Kind::Ambiguous,
            format!(
                "`{range}` is ambiguous: it counts from {}",
                list(chain, several)
            ),
        )
        .help("name the revision to count from")),
    }
}

fn positions(point: Point) -> Vec<usize> {
    match point {
        Point::At(at) => vec![at],
        Point::Base | Point::Below(_) => Vec::new(),
    }
}

fn wrong_way(range: &Range) -> TargetError {
    TargetError::new(
        Kind::Malformed,
        format!(
            "`{range}` counts the wrong way: steps go up from A in A:+N, and down from B in -N:B"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Folder, Options, load};

    /// a - b - c - e, b - d; e depends on d.
    fn listed(range: &str, applied: &[&str]) -> String {
        let mut folder = Folder::new("versions");
        for (id, parent, needs) in [
            ("a", "none", ""),
            ("b", "a", ""),
            ("c", "b", ""),
            ("d", "b", ""),
            ("e", "c", "-- depends_on: d\n"),
        ] {
            let text = format!(
                "-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n{needs}\n-- upgrade (sqlite): nothing\n-- downgrade: nothing\n"
            );
            folder.add(&format!("{id}.sql"), text.as_bytes());
        }
        let mut options = Options::new("versions");
        options.multiple_heads = true;
        let loaded = load(folder, &options).unwrap();
        let chain = loaded.packed().chain().unwrap();
        let rows: Vec<usize> = applied
            .iter()
            .map(|id| chain.index_of(id).unwrap())
            .collect();
        let applied = Applied::of_rows(&chain, &rows);
        let found = range
            .parse::<Range>()
            .and_then(|range| range.positions(&chain, &applied));
        match found {
            Ok(positions) => positions.iter().map(|&at| chain.get(at).id).collect(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn ranges_include_both_ends() {
        for (range, applied, wanted) in [
            (":", &[][..], "abcde"),
            ("b:", &[], "bcde"),
            ("b:c", &[], "bc"),
            (":c", &[], "abc"),
            ("base:c", &[], "abc"),
            ("a:+2", &[], "`+2` is ambiguous: after `b` come `c`, `d`"),
            ("b:c-1", &[], "b"),
            (":+2", &[], "ab"),
            ("-1:c", &[], "bc"),
            ("-9:c", &[], "`-9` leads too far: only 3 steps remain"),
            (":current", &[], ""),
            (":current", &["c"], "abc"),
            ("current:", &["c"], "ce"),
            ("-1:current", &["c"], "bc"),
            ("c:b", &[], "`c:b` is empty: `b` does not stand on `c`"),
            ("c", &[], "`c` is no range"),
            (
                "c:-1",
                &[],
                "`c:-1` counts the wrong way: steps go up from A in A:+N, and down from B in -N:B",
            ),
            (
                "+1:c",
                &[],
                "`+1:c` counts the wrong way: steps go up from A in A:+N, and down from B in -N:B",
            ),
        ] {
            assert_eq!(listed(range, applied), wanted, "{range}");
        }
    }
}
