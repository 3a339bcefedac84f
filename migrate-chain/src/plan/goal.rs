use super::applied::Applied;
use super::steps::{self, Plan};
use super::{resolve, stamp};
use crate::chain::Chain;
use crate::target::{Target, TargetError};

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goal<'t> {
    /// Run upgrades up to a target.
    Upgrade(&'t Target),
    /// Run downgrades down to a target.
    Downgrade(&'t Target),
    /// Record targets without running anything.
    Stamp(&'t [Target]),
}

impl Plan {
    /// Finds the steps.
    ///
    /// # Errors
    ///
    /// A target that is not for this goal, names no revision, fits several, lies too far, or on
    /// the wrong side of what is applied.
    pub fn new(chain: &Chain<'_>, applied: &Applied, goal: Goal<'_>) -> Result<Plan, TargetError> {
        match goal {
            Goal::Upgrade(target) => {
                let wanted = resolve::upgrade(chain, applied, target)?;
                let reached = chain.closure(&wanted);
                Ok(steps::change(chain, applied, reached, false))
            }
            Goal::Downgrade(target) => {
                let (seeds, notes) = resolve::downgrade(chain, applied, target)?;
                let gone = chain.dependents(&seeds);
                let kept = (0..chain.len())
                    .map(|at| applied.contains(at) && !gone[at])
                    .collect();
                let mut plan = steps::change_to(chain, applied, kept, false);
                plan.notes = notes;
                Ok(plan)
            }
            Goal::Stamp(targets) => {
                let rows = stamp::stamp(chain, applied, targets)?;
                Ok(steps::change_to(chain, applied, chain.closure(&rows), true))
            }
        }
    }
}
