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

/// What stands for rusqlite_migration's count, which is in no table.
pub(crate) const USER_VERSION: &str = "user_version";

/// The names of these tables.
pub(crate) fn names() -> [&'static str; HISTORIES.len()] {
    HISTORIES.map(|(name, _)| name)
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
            let tool = self.tool(name, &table).await?;
            if self.is_taken_over(&table, tool) {
                continue;
            }
            let is_count = table == USER_VERSION;
            // One that can't be read has something to hide.
            let has_rows = is_count || {
                let rows = self.driver.rows(&D::has_rows(name)).await;
                rows.map_or(true, |rows| rows.cell() == Some("1"))
            };
            if has_rows {
                return Err(self.begins_on_top(&table, tool));
            }
        }
        Ok(())
    }

    /// Whose history a table is.
    async fn tool(&mut self, name: &str, table: &str) -> Result<&'static str> {
        if table == SHARED {
            let sql = D::has_column(name, table, "dirty");
            let rows = self.read_patiently(&sql).await;
            let rows =
                rows.map_err(|error| Error::database("look whose history a table is", error))?;
            if rows.cell() == Some("1") {
                return Ok(GOLANG_MIGRATE);
            }
        }
        let known = HISTORIES.iter().find(|(name, _)| *name == table);
        Ok(known.map_or("rusqlite_migration or another tool", |(_, tool)| tool))
    }

    /// True of the table that `adopt.sql` is about.
    fn is_taken_over(&self, table: &str, tool: &str) -> bool {
        let adoption = self.other.as_ref().map(|other| &other.adoption);
        adoption.is_some_and(|adoption| match adoption.table {
            Some(_) if table == SHARED && tool == GOLANG_MIGRATE && adoption.tool == "dbmate" => {
                false
            }
            Some(name) => Name::of(name, D::DIALECT).table.eq_ignore_ascii_case(table),
            None => table == USER_VERSION,
        })
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
