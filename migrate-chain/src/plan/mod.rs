//! From what is applied and a target to a complete list of steps, before anything runs.

mod branch;
mod range;
mod resolve;
mod runs;
mod stamp;
mod steps;
mod walk;

use crate::chain::Chain;
use crate::file::Direction;
use crate::target::{Target, TargetError};

pub use range::Range;
pub use runs::Run;

/// What a database has applied: a set of revisions that holds, with each, all it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    member: Vec<bool>,
}

impl Applied {
    /// Everything that the recorded revisions stand on, and they themselves.
    pub fn of_rows(chain: &Chain<'_>, rows: &[usize]) -> Applied {
        Applied {
            member: chain.closure(rows),
        }
    }

    /// True when the revision at a position is applied.
    pub fn contains(&self, position: usize) -> bool {
        self.member.get(position).copied().unwrap_or(false)
    }

    /// Positions of what is applied, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.member
            .iter()
            .enumerate()
            .filter(|(_, member)| **member)
            .map(|(at, _)| at)
    }

    /// True when nothing is.
    pub fn is_empty(&self) -> bool {
        !self.member.contains(&true)
    }

    /// What is recorded for it: the revisions that no other applied one stands on.
    pub fn rows(&self, chain: &Chain<'_>) -> Vec<usize> {
        let top = |&at: &usize| {
            !chain
                .required_by(at)
                .iter()
                .any(|&above| self.contains(above))
        };
        self.iter().filter(top).collect()
    }
}

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

/// One revision in one direction, and what it changes in the recorded state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The revision's position.
    pub revision: usize,
    /// Which way.
    pub direction: Direction,
    /// Positions of the recorded revisions it replaces.
    pub removes: Vec<usize>,
    /// Positions of those it records.
    pub adds: Vec<usize>,
}

/// The steps from what is applied to a goal, in order. Made without a database.
///
/// ```
/// use migrate_chain::{Applied, Chain, Folder, Goal, Options, Plan, Target, load};
///
/// let mut folder = Folder::new("versions");
/// for (id, parent) in [("a", "none"), ("b", "a"), ("c", "b")] {
///     let text = format!("-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n\n\
///         -- upgrade (sqlite): nothing\n-- downgrade: nothing\n");
///     folder.add(&format!("{id}.sql"), text.as_bytes());
/// }
/// let loaded = load(folder, &Options::new("versions"))?;
/// let chain = loaded.packed().chain()?;
/// let applied = Applied::of_rows(&chain, &[0]);
/// let plan = Plan::new(&chain, &applied, Goal::Upgrade(&"+1".parse()?))?;
/// let ids: Vec<&str> = plan.steps.iter().map(|step| chain.get(step.revision).id).collect();
/// assert_eq!(ids, ["b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Positions recorded before.
    pub from: Vec<usize>,
    /// Positions recorded after.
    pub to: Vec<usize>,
    /// True when the steps are recorded without running them.
    pub stamp: bool,
    /// What a person should know before agreeing, such as branches that go down with another.
    pub notes: Vec<String>,
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

    /// The plan to a down-closed set of revisions, by position: what a run that takes several
    /// transactions carries on to, wherever another process has brought the database meanwhile.
    pub fn to(chain: &Chain<'_>, applied: &Applied, mut wanted: Vec<bool>) -> Plan {
        wanted.resize(chain.len(), false);
        steps::change_to(chain, applied, wanted, false)
    }

    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
