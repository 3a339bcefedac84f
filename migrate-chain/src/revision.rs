use std::ops::Range;

use crate::fingerprint::{Fingerprint, content_of_code};
use crate::place::{Place, Snippet, locate};
use crate::{Dialect, Direction, Language, Properties};

/// One revision of a chain.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Revision<'a> {
    /// Its id.
    pub id: &'a str,
    /// The first line of its header.
    pub message: &'a str,
    /// Its file, relative to the versions directory.
    pub path: &'a str,
    /// SQL, or Rust code.
    pub language: Language,
    /// When a person made it, as they wrote it.
    pub created: Option<&'a str>,
    /// The release that brought it.
    pub version: Option<&'a str>,
    /// Why it breaks older clients, if it does.
    pub breaking: Option<&'a str>,
    /// Of Rust code: what a person bumps when it does something else.
    pub(crate) code_content: Option<&'a str>,
    /// The labels its own header gives.
    pub labels: Vec<&'a str>,
    /// The ids a squash stands for, the last of them last.
    pub replaces: Vec<&'a str>,
    /// The file's text; of Rust code the header only.
    pub(crate) file: &'a str,
    /// Its place among the file names, which breaks ties.
    pub(crate) file_order: usize,
    pub(crate) fingerprints: [Option<Fingerprint>; 2],
    pub(crate) actions: [[Action<'a>; 2]; 2],
}

/// What a revision does in one direction on one database.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<'a> {
    /// The chain does not serve the database.
    Absent,
    /// Runs SQL.
    Script(Script<'a>),
    /// Does nothing, on purpose.
    Nothing,
    /// Calls the function of a Rust-coded revision.
    Code(Properties),
    /// A direction that cannot be: the reason.
    Irreversible(&'a str),
    /// Still to be written: nothing may run it.
    Blank,
}

impl Action<'_> {
    /// The section's properties; the defaults where it runs nothing.
    pub fn properties(&self) -> Properties {
        match self {
            Action::Script(script) => script.properties,
            Action::Code(properties) => *properties,
            Action::Absent | Action::Nothing | Action::Irreversible(_) | Action::Blank => {
                Properties::default()
            }
        }
    }

    /// True when what it leaves is usable (a new enum value), or gone (`SET CONSTRAINTS`), only after a commit.
    pub fn needs_commit(&self) -> bool {
        matches!(self, Action::Script(script) if script.needs_commit)
    }
}

/// A section's SQL, verbatim.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Script<'a> {
    /// What runs.
    pub text: &'a str,
    /// Where it starts in the file, in bytes.
    pub offset: usize,
    /// What stands in the section's parentheses.
    pub properties: Properties,
    /// What it leaves is usable (a new enum value), or gone (`SET CONSTRAINTS`), only after a commit.
    pub needs_commit: bool,
    /// The places of its statements, for a section outside a transaction; empty otherwise.
    pub statements: Vec<Range<usize>>,
}

impl<'a> Revision<'a> {
    /// What it does.
    pub fn action(&self, direction: Direction, dialect: Dialect) -> &Action<'a> {
        &self.actions[dialect.index()][direction as usize]
    }

    /// Its fingerprint on a dialect that the chain serves.
    pub fn fingerprint(&self, dialect: Dialect) -> Option<Fingerprint> {
        self.fingerprints[dialect.index()]
    }

    /// What its fingerprint is taken of, before normalisation: the upgrade script, or for Rust code
    /// a constant, because its source must stay editable.
    pub fn content(&self, dialect: Dialect) -> String {
        match self.action(Direction::Upgrade, dialect) {
            Action::Script(script) => script.text.to_owned(),
            Action::Code(_) => content_of_code(self.code_content),
            Action::Absent | Action::Nothing | Action::Irreversible(_) | Action::Blank => {
                String::new()
            }
        }
    }

    /// The text of its file; of Rust code the header only.
    pub fn text(&self) -> &'a str {
        self.file
    }

    /// True while its script is still to be written: nothing may run it.
    pub fn is_blank(&self) -> bool {
        self.actions
            .iter()
            .flatten()
            .any(|action| *action == Action::Blank)
    }

    /// The last revision a squash replaces: a database that has it recorded is at the squash.
    pub fn alias(&self) -> Option<&'a str> {
        self.replaces.last().copied()
    }

    /// The place and the line of `range`, in bytes of its file.
    pub fn locate(&self, root: &str, range: Range<usize>) -> (Place, Snippet) {
        locate(&format!("{root}/{}", self.path), self.file, range)
    }
}
