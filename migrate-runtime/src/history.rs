//! The chain, with what a database has of it: what `history` lists.

use std::fmt;

use crate::StepInProgress;

/// A revision of the chain, and what a database has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// Its id.
    pub revision: String,
    /// Its parents.
    pub down_revision: Vec<String>,
    /// What else it depends on.
    pub depends_on: Vec<String>,
    /// The first line of its header.
    pub message: String,
    /// Its file, relative to the crate.
    pub path: String,
    /// True when the database has it.
    pub applied: bool,
    /// True when it is one of the recorded heads.
    pub current: bool,
    /// True when no other has it as its parent.
    pub head: bool,
    /// How far it came, where it is a `no transaction` step that is under way or was interrupted.
    pub in_progress: Option<StepInProgress>,
}

/// Alembic's line: `1975 -> 27c6 (head) (current), add email`.
impl fmt::Display for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.down_revision.as_slice() {
            [] => f.write_str("<base>")?,
            parents => f.write_str(&parents.join(", "))?,
        }
        write!(f, " -> {}", self.revision)?;
        for (holds, mark) in [(self.head, " (head)"), (self.current, " (current)")] {
            if holds {
                f.write_str(mark)?;
            }
        }
        write!(f, ", {}", self.message)
    }
}
