use std::ops::Range;

use super::steps::Plan;
use crate::chain::Chain;
use crate::{Action, Dialect, Transaction};

/// Steps of a plan that share a transaction, or one step that runs in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Indexes into the plan's steps.
    pub steps: Range<usize>,
    /// False for a `no transaction` step, which is alone.
    pub in_transaction: bool,
    /// SQLite's foreign keys are off meanwhile, and checked before COMMIT.
    pub foreign_keys_off: bool,
}

impl Plan {
    /// Where the plan commits: as rarely as its steps allow, or after each one.
    pub fn runs(&self, chain: &Chain<'_>, dialect: Dialect, per_step: bool) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut closed = true;
        for (index, step) in self.steps.iter().enumerate() {
            let action = chain.get(step.revision).action(step.direction, dialect);
            // A stamp runs nothing, so nothing of a section matters to it.
            let properties = if self.stamp {
                Default::default()
            } else {
                action.properties()
            };
            let enum_value =
                !self.stamp && matches!(action, Action::Script(script) if script.adds_enum_value);
            let foreign_keys_off = properties.foreign_keys_off && dialect == Dialect::Sqlite;
            let alone = properties.transaction != Transaction::Shared;
            match runs.last_mut() {
                Some(run) if !closed && !alone && run.foreign_keys_off == foreign_keys_off => {
                    run.steps.end = index + 1;
                }
                _ => runs.push(Run {
                    steps: index..index + 1,
                    in_transaction: properties.transaction != Transaction::Outside,
                    foreign_keys_off,
                }),
            }
            // PostgreSQL lets a new enum value be used only after a commit.
            closed = alone || enum_value || (per_step && !self.stamp);
        }
        runs
    }
}
