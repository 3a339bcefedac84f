use std::fmt;
use std::ops::Range;

use migrate_chain::{Diagnostic, Dialect, Direction, Place, Snippet};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Group {
    /// Programs of earlier releases fail.
    Breaks,
    /// Values are gone for good.
    Loses,
    /// Others wait while a table is read or written as a whole.
    Locks,
    /// Rows that exist may not fit, or the statement is not what it seems.
    MayFail,
    /// The schema could be better.
    Design,
}

impl Group {
    /// As it is written: `may-fail`.
    pub const fn name(self) -> &'static str {
        match self {
            Group::Breaks => "breaks",
            Group::Loses => "loses",
            Group::Locks => "locks",
            Group::MayFail => "may-fail",
            Group::Design => "design",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that a reviewer should know of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule: `drop-column`.
    pub id: String,
    /// What it is about; one rule may find several things in a statement.
    pub group: Group,
    /// The revision's id.
    pub revision: String,
    /// In which of its sections.
    pub direction: Direction,
    /// On which database.
    pub dialect: Dialect,
    /// Where.
    pub place: Place,
    /// The line.
    pub snippet: Snippet,
    /// Where, in bytes of the file.
    pub range: Range<usize>,
    /// What happens, and to whom.
    pub message: String,
    /// What to do instead.
    pub cure: String,
    /// The statement, in bytes of the file: what an allowance belongs to.
    pub(crate) statement: Range<usize>,
    /// The table that it is about.
    pub table: Option<String>,
}

impl Finding {
    /// The form in which all problems are shown.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut shown = Diagnostic::new(format!("[{}/{}] {}", self.group, self.id, self.message));
        shown.place = Some(self.place.clone());
        shown.snippet = Some(self.snippet.clone());
        shown.help(self.cure.clone())
    }
}
