//! The history of another tool in a database that has none of ours: to begin at the base would run everything on top of what
//! that tool has made.

use super::Name;
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::error::{Refusal, RefusalKind};
use crate::{Error, ErrorKind, Result};

/// The tables in which tools keep their histories, and the tool.
const HISTORIES: [(&str, &str); 11] = [
    ("_sqlx_migrations", "sqlx"),
    ("__diesel_schema_migrations", "diesel"),
    ("refinery_schema_history", "refinery"),
    ("seaql_migrations", "sea-orm"),
    ("goose_db_version", "goose"),
    (SHARED, "dbmate, Rails, Ecto or another tool"),
    ("flyway_schema_history", "Flyway"),
    ("atlas_schema_revisions", "Atlas"),
    ("_prisma_migrations", "Prisma"),
    ("alembic_version", "Alembic"),
    ("django_migrations", "Django"),
];

/// The name that tools share for theirs; of those only golang-migrate's has a column `dirty`.
const SHARED: &str = "schema_migrations";

const GOLANG_MIGRATE: &str = "golang-migrate";

/// What is answered of a table with rows: [`Database::has_rows`].
pub(crate) const SOME: &str = "1";

/// What is answered of one that has the column that was asked for.
pub(crate) const WITH_COLUMN: &str = "2";

/// What stands for rusqlite_migration's count, which is in no table.
pub(crate) const USER_VERSION: &str = "user_version";

/// The names of these tables.
pub(crate) fn names() -> [&'static str; HISTORIES.len()] {
    HISTORIES.map(|(name, _)| name)
}

/// Whose a table of that name is.
fn tool_of(table: &str) -> &'static str {
    let known = HISTORIES.iter().find(|(name, _)| *name == table);
    known.map_or("rusqlite_migration or another tool", |(_, tool)| tool)
}

impl<D: Database> Engine<'_, '_, D> {
    /// Refuses to begin at the base where another tool has a history, unless the app says that the two live side by side.
    /// `found` are the tables of such names, each as SQL names it, one a line.
    pub(crate) async fn no_other_history(&mut self, found: &str) -> Result<()> {
        for name in found.lines() {
            let Name { table, .. } = Name::of(name, D::DIALECT);
            if self.migrator.migrations.lives_beside(&table) {
                continue;
            }
            // Their tables have one name, of which dbmate's is not golang-migrate's.
            let is_shared = table == SHARED;
            let is_ours = self.is_taken_over(&table);
            if is_ours && !(is_shared && self.is_of_dbmate()) {
                continue;
            }
            let cell = if table == USER_VERSION {
                Some(SOME.to_owned())
            } else {
                let rows = self.driver.rows(&D::has_rows(name, &table, "dirty")).await;
                // One that can't be read has something to hide.
                rows.map_or(Some(SOME.to_owned()), |rows| rows.cell().map(str::to_owned))
            };
            let tool = match cell.as_deref() {
                None => continue,
                Some(WITH_COLUMN) if is_shared => GOLANG_MIGRATE,
                Some(_) if is_ours => continue,
                Some(_) => tool_of(&table),
            };
            return Err(self.begins_on_top(&table, tool));
        }
        Ok(())
    }

    /// True of the table that `adopt.sql` is about.
    fn is_taken_over(&self, table: &str) -> bool {
        let adoption = self.other.as_ref().map(|other| &other.adoption);
        adoption.is_some_and(|adoption| match adoption.table {
            Some(name) => Name::of(name, D::DIALECT).table.eq_ignore_ascii_case(table),
            None => table == USER_VERSION,
        })
    }

    fn is_of_dbmate(&self) -> bool {
        (self.other.as_ref()).is_some_and(|other| other.adoption.tool == "dbmate")
    }

    fn begins_on_top(&self, table: &str, tool: &str) -> Error {
        let other = self.other.as_ref().filter(|other| other.is_present);
        let message = match other {
            Some(other) => format!(
                "{} and, by `{table}`, {tool} have both migrated this database",
                other.adoption.tool
            ),
            None => format!(
                "nothing is recorded here yet, and `{table}` is the history of {tool}: a start would run everything from the base on top of it"
            ),
        };
        let error = Error::new(ErrorKind::Adoption, message)
            .with_note("nothing was changed, here or there");
        let error = match other {
            Some(other) => error.with_refusal(Refusal {
                kind: RefusalKind::TwoTools,
                from: other.adoption.tool.to_owned(),
                keys: vec![table.to_owned()],
            }),
            None => error
                .with_help("`cargo migrate import` makes revisions of that tool's files, and with them a start, or `adopt`, takes the database over")
                .with_help("`stamp REV` records what a person knows to be applied"),
        };
        error.with_help(format!(
            "if it belongs to another program, say so where the chain is embedded: `beside = [{table:?}]`, in the macro, in migrate.toml, or `.beside(&[{table:?}])` of `Migrations::from_dir`"
        ))
    }
}
