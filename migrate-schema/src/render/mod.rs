//! Operations as SQL that reads as if a careful person had written it.

pub(crate) mod definition;
mod postgres;
mod script;
mod spelled;
mod sqlite;
pub(crate) mod stand_in;

use migrate_chain::Dialect;

#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) use definition::{column, constraint, index};

pub(crate) use postgres::PostgresScript;
pub(crate) use script::reviews;
pub(crate) use sqlite::SqliteScript;

use crate::diff::Changes;

/// What stands in one section of a revision file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// The script; empty if there is nothing to do.
    pub text: String,
    /// SQLite: a table is made anew, so the section has to be `foreign keys off`.
    pub foreign_keys_off: bool,
    /// PostgreSQL: others work meanwhile, so the section has to be `no transaction`.
    pub no_transaction: bool,
}

/// Writes the script of some changes, in their direction.
///
/// ```
/// use migrate_chain::Dialect;
/// use migrate_schema::diff::{Answers, diff};
/// use migrate_schema::hints::Hints;
/// use migrate_schema::model::{Column, Schema, Table};
/// use migrate_schema::render::render;
///
/// let mut from = Schema::new(Dialect::Sqlite);
/// from.add(Table::new("users").with(Column::new("name", "TEXT")));
/// let mut to = from.clone();
/// to.add(Table::new("users").with(Column::new("name", "TEXT")).with(Column::new("age", "INTEGER")));
/// let changes = diff(&from, &to, &Hints::default(), &Answers::new())?;
/// assert_eq!(render(&changes).text, "ALTER TABLE users ADD COLUMN age INTEGER;\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn render(changes: &Changes) -> Section {
    match changes.dialect() {
        Dialect::Sqlite => sqlite::section(changes),
        _ => Section {
            text: postgres::script(changes),
            foreign_keys_off: false,
            no_transaction: changes.is_online,
        },
    }
}
