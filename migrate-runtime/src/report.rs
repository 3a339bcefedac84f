use std::fmt;
use std::time::Duration;

use migrate_chain::Direction;

use crate::Difference;
use crate::plan::PlannedStep;
use crate::times::{milliseconds, seconds};

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// In a word.
    pub outcome: Outcome,
    /// Recorded heads before.
    pub from: Vec<String>,
    /// Recorded heads after.
    pub to: Vec<String>,
    /// What ran, in order.
    pub steps: Vec<StepReport>,
    /// How long it waited for another process, if it had to.
    pub waited: Option<Duration>,
    /// Revisions that the database has and this program doesn't, newest first.
    pub ahead: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Revisions whose edited content a repair has accepted.
    pub repaired: Vec<Difference>,
    /// What another tool had applied and is recorded now, if there was such.
    pub adopted: Option<Adopted>,
}

/// What another tool had applied, and was recorded without running.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// The tool.
    pub from: String,
    /// The revisions, in order.
    pub revisions: Vec<String>,
    /// The recorded heads after the last of them.
    pub heads: Vec<String>,
}

impl Adopted {
    pub(crate) fn new(from: &str, revisions: Vec<String>, heads: Vec<String>) -> Adopted {
        Adopted {
            from: from.to_owned(),
            revisions,
            heads,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing was pending.
    UpToDate,
    /// The steps were applied.
    Applied,
    /// The database has later revisions, none of which breaks this program.
    Ahead,
    /// Nothing was done: the program is to start without looking, or the plan was declined.
    Skipped,
}

/// A step that ran.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StepReport {
    /// What it was.
    pub step: PlannedStep,
    /// How long it took, as seen from here; steps that travel together share what they took.
    pub duration: Duration,
}

/// What another tool has applied, beside what is recorded here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherTool {
    /// Its name, as `adopt.sql` gives it.
    pub name: String,
    /// Revisions that it has applied and that are not recorded here.
    pub to_adopt: Vec<String>,
    /// Revisions that are recorded here and that it doesn't have.
    pub lacking: Vec<String>,
}

impl OtherTool {
    pub(crate) fn new(name: &str, to_adopt: Vec<String>, lacking: Vec<String>) -> OtherTool {
        OtherTool {
            name: name.to_owned(),
            to_adopt,
            lacking,
        }
    }
}

impl Report {
    pub(crate) fn new(outcome: Outcome) -> Report {
        Report {
            outcome,
            from: Vec::new(),
            to: Vec::new(),
            steps: Vec::new(),
            waited: None,
            ahead: Vec::new(),
            notes: Vec::new(),
            repaired: Vec::new(),
            adopted: None,
        }
    }

    /// Of a run that leaves the recorded heads as they are.
    pub(crate) fn standing(outcome: Outcome, heads: Vec<String>) -> Report {
        Report {
            from: heads.clone(),
            to: heads,
            ..Report::new(outcome)
        }
    }

    /// How many transactions the steps so far took.
    pub(crate) fn transactions(&self) -> usize {
        let numbers = self.steps.iter().filter_map(|done| done.step.transaction);
        numbers.max().map_or(0, |last| last + 1)
    }
}

/// A line for a log: `up to date at b2`, or the steps with their times.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |heads: &[String]| match heads {
            [] => "base".to_owned(),
            heads => heads.join(", "),
        };
        match self.outcome {
            Outcome::UpToDate => write!(f, "up to date at {}", at(&self.to))?,
            Outcome::Skipped => f.write_str("skipped")?,
            Outcome::Ahead => write!(
                f,
                "the database is ahead, at {}, and compatible",
                at(&self.ahead)
            )?,
            Outcome::Applied => {
                let count = self.steps.len();
                let plural = if count == 1 { "" } else { "s" };
                write!(
                    f,
                    "{count} step{plural}, from {} to {}",
                    at(&self.from),
                    at(&self.to)
                )?;
            }
        }
        for StepReport { step, duration } in &self.steps {
            let way = match step.direction {
                Direction::Upgrade => "+",
                Direction::Downgrade => "-",
            };
            write!(f, "\n  {way} {} {}", step.revision, step.message)?;
            if !step.stamp {
                write!(f, " ({:.1} ms)", milliseconds(*duration))?;
            }
        }
        if let Some(waited) = self.waited {
            write!(f, "\n  waited {:.1} s for another process", seconds(waited))?;
        }
        Ok(())
    }
}
