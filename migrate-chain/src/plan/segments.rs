use std::ops::Range;

use super::Plan;
use crate::chain::Chain;
use crate::{Dialect, Properties, Transaction};

/// Steps of a plan that share a transaction, or one step that runs in none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment {
    /// Indexes into the plan's steps.
    pub steps: Range<usize>,
    /// False for a `no transaction` step, which is alone.
    pub in_transaction: bool,
    /// SQLite's foreign keys are off meanwhile, and checked before COMMIT.
    pub foreign_keys_off: bool,
}

/// What a step says about where the plan commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Boundaries {
    /// What stands in the section's parentheses.
    pub properties: Properties,
    /// What it leaves is usable, or gone, only after a commit.
    pub needs_commit: bool,
    /// Commits after the step, whatever the step says of it.
    pub alone: bool,
}

impl Segment {
    /// A segment without a step: what is recorded changes, and nothing runs.
    pub const EMPTY: Segment = Segment {
        steps: 0..0,
        in_transaction: true,
        foreign_keys_off: false,
    };

    /// Groups steps, so that the plan commits as rarely as they allow.
    pub fn group(steps: impl Iterator<Item = Boundaries>, dialect: Dialect) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        let mut closed = true;
        for (index, step) in steps.enumerate() {
            let Boundaries {
                properties,
                needs_commit,
                alone,
            } = step;
            let foreign_keys_off = properties.foreign_keys_off && dialect == Dialect::Sqlite;
            let own = properties.transaction != Transaction::Shared;
            match segments.last_mut() {
                Some(last) if !closed && !own && last.foreign_keys_off == foreign_keys_off => {
                    last.steps.end = index + 1;
                }
                _ => segments.push(Segment {
                    steps: index..index + 1,
                    in_transaction: properties.transaction != Transaction::Outside,
                    foreign_keys_off,
                }),
            }
            closed = own || needs_commit || alone;
        }
        segments
    }
}

impl Plan {
    /// Where the plan commits: as rarely as its steps allow, or after each one.
    pub fn segments(&self, chain: &Chain<'_>, dialect: Dialect, per_step: bool) -> Vec<Segment> {
        let boundaries = self.steps.iter().map(|step| {
            // A stamp runs nothing, so nothing of a section matters to it.
            if self.stamp {
                return Boundaries::default();
            }
            let action = chain.get(step.revision).action(step.direction, dialect);
            Boundaries {
                properties: action.properties(),
                needs_commit: action.needs_commit(),
                alone: per_step,
            }
        });
        Segment::group(boundaries, dialect)
    }
}
