//! Indexes that no constraint owns.

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::Changes;
use crate::hazards::{Hazard, HazardKind, queries};
use crate::model::Index;
use crate::render::{PostgresScript, SqliteScript, definition};
use crate::sql::qualified::beside;
use crate::sql::{ident, mentions, relation};
use migrate_chain::Dialect;

/// What is done to an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexOperation {
    /// Creates it.
    Create {
        /// The table.
        table: String,
        /// What it is.
        index: Index,
    },
    /// Drops it.
    Drop {
        /// The table.
        table: String,
        /// What it was.
        index: Index,
    },
    /// Renames it.
    Rename {
        /// The table.
        table: String,
        /// As it was.
        from: Index,
        /// As it will be.
        to: Index,
    },
}

impl From<IndexOperation> for Operation {
    fn from(operation: IndexOperation) -> Operation {
        Operation::Index(operation)
    }
}

impl Describe for IndexOperation {
    fn table(&self) -> Option<&str> {
        let (IndexOperation::Create { table, .. }
        | IndexOperation::Drop { table, .. }
        | IndexOperation::Rename { table, .. }) = self;
        Some(table)
    }

    fn phase(&self, _role: &Role) -> Phase {
        match self {
            IndexOperation::Create { index, .. } if index.unique => Phase::AddConstraint,
            IndexOperation::Create { .. } => Phase::CreateIndex,
            IndexOperation::Drop { .. } => Phase::DropIndex,
            IndexOperation::Rename { .. } => Phase::RenameIndex,
        }
    }

    fn describe(&self) -> String {
        let kind = |index: &Index| {
            if index.unique {
                "unique index"
            } else {
                "index"
            }
        };
        match self {
            IndexOperation::Create { table, index } => {
                format!("create {} {} on {table}", kind(index), index.name)
            }
            IndexOperation::Drop { table, index } => {
                format!("drop {} {} on {table}", kind(index), index.name)
            }
            IndexOperation::Rename { table, from, to } => {
                format!("rename index {} on {table} to {}", from.name, to.name)
            }
        }
    }

    fn hazards(&self, _change: &Change, changes: &Changes) -> Vec<Hazard> {
        match self {
            IndexOperation::Create { table, index } if changes.table_before(table).is_some() => {
                created(table, index, changes)
            }
            _ => Vec::new(),
        }
    }

    fn constants(&self) -> Vec<&str> {
        match self {
            IndexOperation::Create { index, .. } => {
                let texts = index.keys.iter().chain(&index.predicate);
                texts.map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }

    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>) {
        let is_online = script.changes.is_online;
        match self {
            IndexOperation::Create { table, index } => {
                script.warn(change);
                if is_online {
                    script
                        .text
                        .run(&definition::index_concurrently(table, index));
                } else {
                    script.text.run(&definition::index(table, index));
                }
                if index.comment.is_some() {
                    let name = relation(&beside(table, &index.name));
                    script.comment_on("INDEX", &name, index.comment.as_deref());
                }
            }
            IndexOperation::Drop { table, index } => {
                if let Some(because) = change.because() {
                    let name = &index.name;
                    let again = format!("{name} is created again below: {because}.");
                    script.text.comment(&again);
                }
                let how = if is_online { "CONCURRENTLY " } else { "" };
                let name = relation(&beside(table, &index.name));
                script.text.run(&format!("DROP INDEX {how}{name}"));
            }
            IndexOperation::Rename { table, from, to } => {
                let (from, to) = (relation(&beside(table, &from.name)), ident(&to.name));
                script
                    .text
                    .run(&format!("ALTER INDEX {from} RENAME TO {to}"));
            }
        }
    }

    fn sqlite(&self, change: &Change, script: &mut SqliteScript<'_>) {
        match self {
            IndexOperation::Create { table, index } => {
                script.text.group(table);
                script.warn(change);
                script.text.run(&definition::index(table, index));
            }
            IndexOperation::Drop { table, index } => {
                script.text.group(table);
                let name = ident(&index.name);
                script.text.run(&format!("DROP INDEX {name}"));
            }
            IndexOperation::Rename { table, from, to } => {
                script.text.group(table);
                // Where names change places, all of them are gone by now.
                let is_gone = script.changes.operations.iter().any(|change| {
                    matches!(&change.operation, Operation::Index(IndexOperation::Drop { index, .. }) if index.name == from.name)
                });
                if !is_gone {
                    let name = ident(&from.name);
                    script.text.run(&format!("DROP INDEX {name}"));
                }
                script.text.run(&definition::index(table, to));
            }
        }
    }
}

/// What an index that is new does to a table with rows.
fn created(table: &str, index: &Index, changes: &Changes) -> Vec<Hazard> {
    let read = format!("{table} is read for {}", index.name);
    let mut hazards = vec![Hazard::new(HazardKind::Locks, read)];
    let rows = queries::rows(changes, table, &|column| is_on(index, column));
    if index.unique && (!rows.is_null || index.nulls_not_distinct) {
        let predicate = index
            .predicate
            .as_ref()
            .map_or(String::new(), |text| format!(" WHERE {text}"));
        let plain = index.keys.join(", ");
        let query = format!(
            "SELECT {plain}, count(*) FROM {}{predicate} GROUP BY {plain} HAVING count(*) > 1",
            rows.named(table)
        );
        let what = format!("rows of {table} that are equal in {plain}");
        hazards.push(Hazard::new(HazardKind::MayFail, what).query_if(!rows.is_retyped, query));
    }
    hazards
}

/// Whether an index is about a column.
pub(crate) fn is_on(index: &Index, column: &str) -> bool {
    let mut texts = index.keys.iter().chain(&index.predicate);
    texts.any(|text| mentions(text, Dialect::Postgres, column))
        || index.include.iter().any(|one| one == column)
}
