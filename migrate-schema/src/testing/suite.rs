use migrate_chain::{Chain, Dialect, nearest};
use migrate_runtime::Migrations;
use migrate_runtime::schema::Schema as Models;

use super::Result;
use crate::Error;

/// A chain, its models, and what its tests have to be told: each test is a method.
///
/// [`migration_tests!`](crate::migration_tests) makes it and calls them. By hand:
///
/// ```
/// # #[cfg(feature = "rusqlite")] {
/// # use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
/// # #[derive(Table)]
/// # #[table(name = "notes")]
/// # struct Note {
/// #     #[column(primary_key)]
/// #     id: i64,
/// # }
/// # static SCHEMA: Schema = schema![Note];
/// # static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
/// use migrate_schema::testing::Suite;
///
/// let suite = Suite::new(&MIGRATIONS, &SCHEMA, env!("CARGO_MANIFEST_DIR"))
///     .rows("notes", None, &["INSERT INTO notes VALUES (7)"]);
/// suite.stairway()?;
/// suite.upgrade_with_data()?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Suite<'a> {
    pub(super) migrations: &'a Migrations,
    pub(super) models: &'a Models,
    pub(super) crate_dir: &'a str,
    pub(super) rows: Vec<Given<'a>>,
    pub(super) removes_rows: Vec<&'a str>,
    pub(super) old_clients: Vec<Given<'a>>,
}

/// Statements for a table or a release.
#[derive(Debug, Clone)]
pub(super) struct Given<'a> {
    pub(super) name: &'a str,
    /// Of one database only.
    dialect: Option<Dialect>,
    pub(super) sql: Vec<&'a str>,
}

impl Given<'_> {
    pub(super) fn is_for(&self, dialect: Dialect) -> bool {
        self.dialect.is_none_or(|one| one == dialect)
    }
}

impl<'a> Suite<'a> {
    /// `crate_dir` is the folder of the crate that embeds the chain: `env!("CARGO_MANIFEST_DIR")`.
    pub fn new(migrations: &'a Migrations, models: &'a Models, crate_dir: &'a str) -> Suite<'a> {
        Suite {
            migrations,
            models,
            crate_dir,
            rows: Vec::new(),
            removes_rows: Vec::new(),
            old_clients: Vec::new(),
        }
    }

    /// Rows of a table for [`upgrade_with_data`](Suite::upgrade_with_data), on one database or on all:
    /// before each revision the first of the statements that works is kept. They needn't work at
    /// every revision, but one must as long as the table is empty. Without any the table stays empty.
    #[must_use]
    pub fn rows(mut self, table: &'a str, dialect: Option<Dialect>, sql: &[&'a str]) -> Suite<'a> {
        self.rows.push(Given {
            name: table,
            dialect,
            sql: sql.to_vec(),
        });
        self
    }

    /// A revision that removes rows on purpose.
    #[must_use]
    pub fn removes_rows(mut self, revision: &'a str) -> Suite<'a> {
        self.removes_rows.push(revision);
        self
    }

    /// Queries of an earlier release or revision for
    /// [`old_client_compat`](Suite::old_client_compat), on one database or on all.
    #[must_use]
    pub fn old_client(
        mut self,
        release: &'a str,
        dialect: Option<Dialect>,
        sql: &[&'a str],
    ) -> Suite<'a> {
        self.old_clients.push(Given {
            name: release,
            dialect,
            sql: sql.to_vec(),
        });
        self
    }

    /// For the macro: the options of a kind.
    #[doc(hidden)]
    #[must_use]
    pub fn with(self, options: impl FnOnce(Suite<'a>) -> Suite<'a>) -> Suite<'a> {
        options(self)
    }
}

/// The position of a revision that an option names.
pub(super) fn position(chain: &Chain<'_>, option: &str, id: &str) -> Result<usize> {
    chain
        .index_of(id)
        .ok_or_else(|| unknown(option, id, chain.revisions().iter().map(|one| one.id)))
}

/// What to say of a name that an option gives and nothing has.
pub(super) fn unknown<'n>(
    option: &str,
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    let error = Error::new(format!("`{option}` names `{name}`, which is not there"));
    match nearest(name, known.iter().copied()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None if known.is_empty() => error,
        None => error.with_help(format!("there are: {}", known.join(", "))),
    }
}
