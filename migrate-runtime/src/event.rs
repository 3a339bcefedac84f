use std::fmt;
use std::time::Duration;

use crate::plan::{Plan, PlannedStep};
use crate::times::{milliseconds, seconds};

/// What an observer is told while a run goes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another process holds the lock, or the database is locked; told again from time to time.
    Waiting {
        /// Since when.
        waited: Duration,
        /// Who holds it, where the database can tell.
        holder: Option<&'a str>,
    },
    /// The lock is held and the plan is made.
    Planned {
        /// What will be done.
        plan: &'a Plan,
    },
    /// A step begins.
    StepStarted {
        /// Which.
        step: &'a PlannedStep,
        /// Its number, from 1.
        number: usize,
        /// Of how many.
        total: usize,
    },
    /// A step has run; it counts once its transaction commits.
    StepFinished {
        /// Which.
        step: &'a PlannedStep,
        /// Its number, from 1.
        number: usize,
        /// Of how many.
        total: usize,
        /// How long it took.
        duration: Duration,
    },
    /// A transaction failed for a reason that passes, and is tried again as a whole.
    Retrying {
        /// Which try failed, from 1.
        attempt: u32,
        /// What the database said.
        reason: &'a str,
        /// Who holds the lock that was not obtained in time, where that is the reason and the database can tell.
        holder: Option<&'a str>,
    },
    /// A transaction of the plan is committed.
    Committed {
        /// Recorded heads now.
        heads: &'a [String],
    },
}

/// A line for a log.
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Waiting { waited, holder } => {
                write!(
                    f,
                    "waiting for the migration lock since {:.1} s",
                    seconds(*waited)
                )?;
                match holder {
                    Some(holder) => write!(f, ", held by {holder}"),
                    None => Ok(()),
                }
            }
            Event::Planned { plan } => planned(plan, f),
            Event::StepStarted { step, .. } => write!(f, "Running {step}"),
            Event::StepFinished { step, duration, .. } => {
                write!(f, "Finished {step} in {:.1} ms", milliseconds(*duration))
            }
            Event::Retrying {
                attempt,
                reason,
                holder,
            } => {
                write!(f, "try {attempt} failed, trying again: {reason}")?;
                match holder {
                    Some(holder) => write!(f, ", held by {holder}"),
                    None => Ok(()),
                }
            }
            Event::Committed { heads } => write!(f, "Committed at {}", heads.join(", ")),
        }
    }
}

/// On one line: how many steps, where they lead, and the revisions, as far as they can be taken in.
fn planned(plan: &Plan, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const SHOWN: usize = 10;
    let at = |heads: &[String]| match heads {
        [] => "base".to_owned(),
        heads => heads.join(", "),
    };
    let count = plan.steps.len();
    let plural = if count == 1 { "" } else { "s" };
    let (from, to) = (at(&plan.from), at(&plan.to));
    write!(f, "Planned {count} step{plural}, from {from} to {to}")?;
    for (index, step) in plan.steps.iter().take(SHOWN).enumerate() {
        let before = if index == 0 { ": " } else { ", " };
        write!(f, "{before}{}", step.revision)?;
    }
    match count.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
