use std::fmt;

use migrate_chain::{Chain, Direction};

use crate::Adopted;
use crate::log::LogEntry;

/// The steps that a run would take, complete and checked: what `ask` shows, a dry run prints and
/// the engine executes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Plan {
    /// Recorded heads before.
    pub from: Vec<String>,
    /// Recorded heads after.
    pub to: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// What a person should know before agreeing.
    pub notes: Vec<String>,
    /// Revisions that the database has and this program doesn't, newest first.
    pub ahead: Vec<String>,
    /// What the first steps take over from another tool, if anything.
    pub adopted: Option<Adopted>,
}

/// One revision in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedStep {
    /// The revision's id.
    pub revision: String,
    /// Its parents.
    pub down_revision: Vec<String>,
    /// The first line of its header.
    pub message: String,
    /// Its file, relative to the crate.
    pub path: String,
    /// Which way.
    pub direction: Direction,
    /// True when it is recorded without running.
    pub stamp: bool,
    /// The other tool that has applied it, so that it is recorded only.
    pub adopted_from: Option<String>,
    /// What that tool calls it.
    pub adopts: Vec<String>,
    /// Why it breaks older clients, if it does.
    pub breaking: Option<String>,
    /// Which of the plan's transactions it runs in, from 0; `None` for a `no transaction` step.
    pub transaction: Option<usize>,
}

impl Plan {
    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl PlannedStep {
    pub(crate) fn of(
        chain: &Chain<'_>,
        step: &migrate_chain::Step,
        stamp: bool,
        transaction: Option<usize>,
    ) -> PlannedStep {
        let revision = chain.get(step.revision);
        PlannedStep {
            revision: revision.id.to_owned(),
            down_revision: crate::state::ids(chain, chain.parents(step.revision)),
            message: revision.message.to_owned(),
            path: format!("{}/{}", chain.root, revision.path),
            direction: step.direction,
            stamp,
            adopted_from: None,
            adopts: Vec::new(),
            breaking: revision.breaking.map(str::to_owned),
            transaction,
        }
    }

    /// The downgrade of a revision that the program doesn't have, or its record's end.
    pub(crate) fn of_log(entry: &LogEntry, stamp: bool) -> PlannedStep {
        PlannedStep {
            revision: entry.revision.clone(),
            down_revision: entry.down_revision.clone(),
            message: entry.message.clone(),
            path: "the log in the database".to_owned(),
            direction: Direction::Downgrade,
            stamp,
            adopted_from: None,
            adopts: Vec::new(),
            breaking: entry.breaking.clone(),
            transaction: None,
        }
    }
}

/// As Alembic tells it: `upgrade a, b -> c, msg`, `downgrade c -> a, b, msg`,
/// `stamp_revision a -> b`.
impl fmt::Display for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = self.down_revision.join(", ");
        let (from, to) = match self.direction {
            Direction::Upgrade => (below.as_str(), self.revision.as_str()),
            Direction::Downgrade => (self.revision.as_str(), below.as_str()),
        };
        if self.adopted_from.is_some() {
            return write!(f, "adopt {from} -> {to}, {}", self.message);
        }
        if self.stamp {
            return write!(f, "stamp_revision {from} -> {to}");
        }
        write!(f, "{} {from} -> {to}", self.direction)?;
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ", {message}"),
        }
    }
}

/// A step a line, with what a person should know.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{step}")?;
            if let Some(reason) = &step.breaking {
                write!(f, " (breaking: {reason})")?;
            }
        }
        for note in &self.notes {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}
