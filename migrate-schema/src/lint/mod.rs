//! What a reviewer wants to know of revisions before they run: which break older programs, lose data, lock heavily, or
//! may fail on rows that exist.
//!
//! Two sources feed the [`rules`](rules()): the statements of a section as far as they are understood, and the schema
//! before and after the revision, as a scratch database shows it. What the schemas tell and no statement explains (a `DO`
//! block, Rust code, a table that is made anew) becomes an act of the nearest statement, so that the rules know one form
//! of everything.
//!
//! A finding is allowed with a comment in the file, in front of the statement or at its end, or in the header for the
//! whole revision: `-- lint:allow ID: reason`.

mod allow;
mod breaking;
mod finding;
mod fix;
mod hidden;
pub(crate) mod locks;
mod replay;
mod rules;
mod statement;
mod step;
#[cfg(test)]
#[cfg(all(feature = "rusqlite", feature = "postgres"))]
mod tests;
#[cfg(feature = "postgres")]
mod trace;

pub use finding::{Finding, Group};
pub use fix::{Elsewhere, Fix, Following, Rewritten, fix, same};
pub use locks::{Lock, LockMode};
pub use rules::{Rule, rules};

use migrate_chain::{Dialect, Direction};
use migrate_runtime::Migrations;

use crate::Result;
use crate::diff::Changes;
use crate::introspect::Ignore;
use crate::scratch::Scratch;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Scope<'s> {
    /// The revisions, as positions of the chain.
    pub positions: &'s [usize],
    /// What a scratch database holds beside the chain's own objects.
    pub ignore: &'s Ignore,
    /// True for the rules of [`Group::Design`], too.
    pub design: bool,
    /// The oldest SQLite in use, as major and minor version: what came later is a finding.
    pub sqlite: Option<(u32, u32)>,
    /// The oldest PostgreSQL in use.
    pub postgres: Option<(u32, u32)>,
    /// True where [`Section::changes`] are kept.
    pub changes: bool,
    /// True where each revision is judged as if it ran by itself, on rows that are there: not after those in front of it.
    pub alone: bool,
}

impl<'s> Scope<'s> {
    /// Revisions at these positions, without matters of design.
    pub fn new(positions: &'s [usize], ignore: &'s Ignore) -> Scope<'s> {
        Scope {
            positions,
            ignore,
            design: false,
            sqlite: None,
            postgres: None,
            changes: false,
            alone: false,
        }
    }

    /// Whether the rules of [`Group::Design`] are asked for.
    #[must_use]
    pub fn design(self, design: bool) -> Scope<'s> {
        Scope { design, ..self }
    }

    /// The oldest version of a database that is in use.
    #[must_use]
    pub fn at_least(mut self, dialect: Dialect, oldest: Option<(u32, u32)>) -> Scope<'s> {
        match dialect {
            Dialect::Sqlite => self.sqlite = oldest,
            _ => self.postgres = oldest,
        }
        self
    }

    pub(crate) fn oldest(&self, dialect: Dialect) -> Option<(u32, u32)> {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            _ => self.postgres,
        }
    }

    /// Whether each section keeps both schemas around it.
    #[must_use]
    pub fn changes(self, changes: bool) -> Scope<'s> {
        Scope { changes, ..self }
    }

    /// Whether each revision is judged as if it ran by itself.
    #[must_use]
    pub fn alone(self, alone: bool) -> Scope<'s> {
        Scope { alone, ..self }
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// In the order of the files. Those that a comment allows are left out.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why, each as a sentence.
    pub notes: Vec<String>,
    /// What each section does, in the order of the chain.
    pub sections: Vec<Section>,
    /// The revisions that break programs of a release which has what is below them, as positions of the chain.
    pub(crate) breaks: Vec<usize>,
}

/// What a section of a revision does on a database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Section {
    /// The revision, as a position of the chain.
    pub position: usize,
    /// Which of its sections it is.
    pub direction: Direction,
    /// On which database.
    pub dialect: Dialect,
    /// What it changes in the schema, a line each; `None` where no scratch database has shown it.
    pub operations: Option<Vec<String>>,
    /// The operations with the schema before and after them, of an upgrade, where the [`Scope`] asks for it.
    pub changes: Option<Box<Changes>>,
    /// PostgreSQL: the locks that it takes on tables which were there before, as its statements tell.
    pub locks: Vec<Lock>,
    /// PostgreSQL: those locks as the scratch server has shown them; `None` where it didn't run there, or in no transaction.
    pub traced: Option<Vec<Lock>>,
}

/// Looks at revisions, on each of the databases; where there is no scratch database for one, at their text alone.
///
/// # Errors
///
/// The chain is broken, or a scratch database can't be made.
pub fn lint(
    migrations: &Migrations,
    scope: Scope<'_>,
    databases: &[(Dialect, Option<Scratch<'_>>)],
) -> Result<Report> {
    let chain = migrations.chain()?;
    let mut report = Report::default();
    for (dialect, scratch) in databases {
        replay::lint(
            migrations,
            &chain,
            scope,
            *dialect,
            scratch.as_ref(),
            &mut report,
        )?;
    }
    for &at in scope.positions {
        breaking::add(&chain, at, &report.breaks, &mut report.findings);
        allow::apply(&chain, at, databases, &mut report.findings);
        breaking::remove_allowed(&chain, at, &mut report.findings);
    }
    report.findings.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.place.clone(), finding.group, finding.id.clone());
        key(one).cmp(&key(other))
    });
    Ok(report)
}
