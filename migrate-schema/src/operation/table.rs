//! Tables as a whole.

use migrate_chain::Dialect;

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::Table;
use crate::render::{PostgresScript, SqliteScript, definition};
use crate::sql::qualified::moved;
use crate::sql::relation;

/// What is done to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableOperation {
    /// Creates it, foreign keys that have to wait and indexes apart.
    Create(Table),
    /// Drops it.
    Drop(Table),
    /// Renames it.
    Rename {
        /// What it was called before the script.
        old: String,
        /// What it is called now: another name than the old one in the middle of a swap.
        from: String,
        /// The new one.
        to: String,
    },
    /// Changes what it is: STRICT, WITHOUT ROWID (SQLite).
    ChangeKind {
        /// As it was.
        from: Box<Table>,
        /// As it will be.
        to: Box<Table>,
    },
    /// Changes its comment (PostgreSQL).
    Comment {
        /// The table.
        table: String,
        /// The old comment.
        from: Option<String>,
        /// The new one.
        to: Option<String>,
    },
}

impl From<TableOperation> for Operation {
    fn from(operation: TableOperation) -> Operation {
        Operation::Table(operation)
    }
}

impl Describe for TableOperation {
    fn table(&self) -> Option<&str> {
        Some(match self {
            TableOperation::Create(table) | TableOperation::Drop(table) => &table.name,
            TableOperation::Rename { to, .. } => to,
            TableOperation::ChangeKind { to, .. } => &to.name,
            TableOperation::Comment { table, .. } => table,
        })
    }

    fn phase(&self, _role: &Role) -> Phase {
        match self {
            TableOperation::Create(_) => Phase::CreateTable,
            TableOperation::Drop(_) => Phase::DropTable,
            TableOperation::Rename { .. } => Phase::RenameTable,
            TableOperation::ChangeKind { .. } => Phase::ChangeTable,
            TableOperation::Comment { .. } => Phase::CommentTable,
        }
    }

    fn describe(&self) -> String {
        match self {
            TableOperation::Create(table) => format!("create table {}", table.name),
            TableOperation::Drop(table) => format!("drop table {}", table.name),
            TableOperation::Rename { old, to, .. } => format!("rename table {old} to {to}"),
            TableOperation::ChangeKind { to, .. } => {
                format!("change the kind of table {}", to.name)
            }
            TableOperation::Comment { table, .. } => format!("change the comment of table {table}"),
        }
    }

    fn hazards(&self, _change: &Change, changes: &Changes) -> Vec<Hazard> {
        match self {
            TableOperation::Rename { old, to, .. } => {
                vec![Hazard::breaks(format!("renames {old} to {to}"))]
            }
            TableOperation::Drop(table) => vec![
                Hazard::breaks(format!("drops {}", table.name)),
                Hazard::new(HazardKind::Loses, format!("the rows of {}", table.name)),
            ],
            TableOperation::ChangeKind { from, to } => {
                let lost = queries::lost_rowid(changes, &to.name).into_iter();
                lost.chain(super::column::of_kind(changes, from, to))
                    .collect()
            }
            TableOperation::Create(_) | TableOperation::Comment { .. } => Vec::new(),
        }
    }

    fn constants(&self) -> Vec<&str> {
        let TableOperation::Create(table) = self else {
            return Vec::new();
        };
        let checks = table.checks.values().map(|check| check.expression.as_str());
        let columns = table.columns.iter().flat_map(super::column::constants);
        columns.chain(checks).collect()
    }

    fn postgres(&self, _change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            TableOperation::Create(table) => create_postgres(table, script),
            TableOperation::Drop(table) => {
                let rows = format!("This loses the rows of {}.", table.name);
                script.text.comment(&rows);
                script
                    .text
                    .run(&format!("DROP TABLE {}", relation(&table.name)));
            }
            TableOperation::Rename { from, to, .. } => {
                for statement in moved("TABLE", from, to, script.changes) {
                    script.text.run(&statement);
                }
            }
            TableOperation::Comment { table, to, .. } => {
                script.comment_on("TABLE", &relation(table), to.as_deref());
            }
            // SQLite's.
            TableOperation::ChangeKind { .. } => {}
        }
    }

    fn sqlite(&self, _change: &Change, script: &mut SqliteScript<'_>) {
        match self {
            TableOperation::Create(table) => {
                script.text.group(&table.name);
                if script.changes.is_back {
                    let rows = format!("{} comes back without its rows.", table.name);
                    script.text.comment(&rows);
                }
                let create = definition::table(Dialect::Sqlite, table, &table.name);
                script.text.run(&create);
            }
            TableOperation::Drop(table) => {
                script.text.group(&table.name);
                let rows = format!("This loses the rows of {}.", table.name);
                script.text.comment(&rows);
                script
                    .text
                    .run(&format!("DROP TABLE {}", relation(&table.name)));
            }
            TableOperation::Rename { from, to, .. } => {
                script.text.group("renames");
                script.text.run(&format!(
                    "ALTER TABLE {} RENAME TO {}",
                    relation(from),
                    relation(to)
                ));
            }
            // A rebuild does the one; the other is PostgreSQL's.
            TableOperation::ChangeKind { .. } | TableOperation::Comment { .. } => {}
        }
    }
}

fn create_postgres(table: &Table, script: &mut PostgresScript<'_>) {
    if script.changes.is_back {
        let rows = format!("{} comes back without its rows.", table.name);
        script.text.comment(&rows);
    }
    let create = definition::table(Dialect::Postgres, table, &table.name);
    script.text.run(&create);
    if table.comment.is_some() {
        script.comment_on("TABLE", &relation(&table.name), table.comment.as_deref());
    }
    for column in &table.columns {
        script.serial_options(&table.name, column);
    }
    for column in table.columns.iter().filter(|one| one.comment.is_some()) {
        script.comment_column(&table.name, column);
    }
}
