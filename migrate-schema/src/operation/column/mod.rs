//! Columns of tables that exist.

mod conversion;
mod hazards;
mod numbering;
mod postgres;

use conversion::Conversion;
pub(crate) use hazards::{of_kind, unfilled};

use super::{Change, Describe, Operation, Phase, Role};
use crate::diff::{Changes, inlined};
use crate::hazards::Hazard;
use crate::model::Column;
use crate::render::{PostgresScript, SqliteScript, definition};
use crate::sql::{ident, relation};

/// What is done to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnOperation {
    /// Adds it.
    Add {
        /// The table.
        table: String,
        /// The column.
        column: Box<Column>,
        /// What the rows that exist are given, if someone has said so.
        fill: Option<String>,
    },
    /// Changes it.
    Change {
        /// The table.
        table: String,
        /// As it was, by its new name.
        from: Box<Column>,
        /// As it will be.
        to: Box<Column>,
        /// What rows that have no value are given, if someone has said so.
        fill: Option<String>,
    },
    /// Drops it.
    Drop {
        /// The table.
        table: String,
        /// What it was.
        column: Column,
    },
    /// Renames it.
    Rename {
        /// The table.
        table: String,
        /// What it was called before the script.
        old: String,
        /// What it is called now: another name than the old one in the middle of a swap.
        from: String,
        /// The new one.
        to: String,
    },
}

impl From<ColumnOperation> for Operation {
    fn from(operation: ColumnOperation) -> Operation {
        Operation::Column(operation)
    }
}

impl Describe for ColumnOperation {
    fn table(&self) -> Option<&str> {
        let (ColumnOperation::Add { table, .. }
        | ColumnOperation::Change { table, .. }
        | ColumnOperation::Drop { table, .. }
        | ColumnOperation::Rename { table, .. }) = self;
        Some(table)
    }

    fn phase(&self, role: &Role) -> Phase {
        match self {
            ColumnOperation::Add { column, .. } if column.generated.is_some() => {
                Phase::AddGeneratedColumn
            }
            ColumnOperation::Add { .. } => Phase::AddColumn,
            ColumnOperation::Change { .. } => Phase::ChangeColumn,
            ColumnOperation::Drop { .. } if matches!(role, Role::TakenDown { .. }) => {
                Phase::TakeColumnDown
            }
            ColumnOperation::Drop { column, .. } if column.generated.is_some() => {
                Phase::DropGeneratedColumn
            }
            ColumnOperation::Drop { .. } => Phase::DropColumn,
            ColumnOperation::Rename { .. } => Phase::RenameColumn,
        }
    }

    fn describe(&self) -> String {
        match self {
            ColumnOperation::Add { table, column, .. } => {
                format!("add column {table}.{}", column.name)
            }
            ColumnOperation::Change {
                table,
                from,
                to,
                fill: Some(_),
            } if from == to => format!("fill column {table}.{}", to.name),
            ColumnOperation::Change {
                table, from, to, ..
            } => format!("change column {table}.{}: {}", to.name, changed(from, to)),
            ColumnOperation::Drop { table, column } => {
                format!("drop column {table}.{}", column.name)
            }
            ColumnOperation::Rename { table, old, to, .. } => {
                format!("rename column {table}.{old} to {to}")
            }
        }
    }

    fn hazards(&self, _change: &Change, changes: &Changes) -> Vec<Hazard> {
        match self {
            ColumnOperation::Add {
                table,
                column,
                fill,
            } => hazards::added(changes, table, column, fill.as_deref()),
            ColumnOperation::Change {
                table,
                from,
                to,
                fill,
            } => hazards::changed(changes, table, from, to, fill.as_deref()),
            ColumnOperation::Drop { table, column } => hazards::dropped(table, column),
            ColumnOperation::Rename { table, old, to, .. } => {
                vec![Hazard::breaks(format!("renames {table}.{old} to {to}"))]
            }
        }
    }

    fn constants(&self) -> Vec<&str> {
        match self {
            ColumnOperation::Add { column, fill, .. }
            | ColumnOperation::Change {
                to: column, fill, ..
            } => constants(column).chain(fill.as_deref()).collect(),
            ColumnOperation::Drop { .. } | ColumnOperation::Rename { .. } => Vec::new(),
        }
    }

    fn postgres(&self, change: &Change, script: &mut PostgresScript<'_>) {
        match self {
            ColumnOperation::Add {
                table,
                column,
                fill,
            } => script.add_column(table, column, fill.as_deref(), &change.role),
            ColumnOperation::Change {
                table,
                from,
                to,
                fill,
            } => {
                script.warn(change);
                if !is_made_anew(from, to) {
                    script.change_column(table, from, to, fill.as_deref());
                }
            }
            ColumnOperation::Drop { table, column } => {
                let of = format!("{table}.{}", column.name);
                match change.because() {
                    Some(because) => {
                        script
                            .text
                            .comment(&format!("{of} is made anew: {because}."));
                        if column.generated.is_none() {
                            script
                                .text
                                .comment(&format!("This loses the values of {of}."));
                        }
                    }
                    None if column.generated.is_none() => {
                        script
                            .text
                            .comment(&format!("This loses the values of {of}."));
                    }
                    None => {}
                }
                script.alter(table, &format!("DROP COLUMN {}", ident(&column.name)));
            }
            ColumnOperation::Rename {
                table, from, to, ..
            } => {
                let (from, to) = (ident(from), ident(to));
                script.alter(table, &format!("RENAME COLUMN {from} TO {to}"));
            }
        }
    }

    fn sqlite(&self, _change: &Change, script: &mut SqliteScript<'_>) {
        match self {
            ColumnOperation::Add { table, column, .. } => {
                script.text.group(table);
                if script.changes.is_back && column.generated.is_none() {
                    let values = format!("{table}.{} comes back without its values.", column.name);
                    script.text.comment(&values);
                }
                let mut text = definition::column(column, None);
                for constraint in inlined(&script.changes.operations, table, &column.name) {
                    text.push(' ');
                    text.push_str(&definition::behind_column(constraint));
                }
                let table = relation(table);
                script
                    .text
                    .run(&format!("ALTER TABLE {table} ADD COLUMN {text}"));
            }
            ColumnOperation::Drop { table, column } => {
                script.text.group(table);
                if column.generated.is_none() {
                    let values = format!("This loses the values of {table}.{}.", column.name);
                    script.text.comment(&values);
                }
                let (table, name) = (relation(table), ident(&column.name));
                script
                    .text
                    .run(&format!("ALTER TABLE {table} DROP COLUMN {name}"));
            }
            ColumnOperation::Rename {
                table, from, to, ..
            } => {
                script.text.group("renames");
                let (table, from, to) = (relation(table), ident(from), ident(to));
                let rename = format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}");
                script.text.run(&rename);
            }
            // A rebuild does it.
            ColumnOperation::Change { .. } => {}
        }
    }
}

/// PostgreSQL: whether the column is dropped and added again, because it is computed otherwise than before.
pub(crate) fn is_made_anew(from: &Column, to: &Column) -> bool {
    to.generated.is_some() && (from.generated != to.generated || from.kind != to.kind)
}

impl ColumnOperation {
    /// What is done to the column of another table.
    pub(crate) fn of(&self, other: &str) -> ColumnOperation {
        let mut of = self.clone();
        let (ColumnOperation::Add { table, .. }
        | ColumnOperation::Change { table, .. }
        | ColumnOperation::Drop { table, .. }
        | ColumnOperation::Rename { table, .. }) = &mut of;
        other.clone_into(table);
        of
    }
}

/// The expression that makes the old value of a column the new one; none where the database does it.
pub(crate) fn converted(
    changes: &Changes,
    table: &str,
    from: &Column,
    to: &Column,
) -> Option<String> {
    if from.kind == to.kind {
        None
    } else {
        Conversion::of(changes, table, from, to).using
    }
}

/// SQL of a column that may hold a constant of an enum type.
pub(super) fn constants(column: &Column) -> impl Iterator<Item = &str> {
    let generated = column.generated.as_ref().map(|one| one.expression.as_str());
    column.default.as_deref().into_iter().chain(generated)
}

/// What of a column is another.
fn changed(from: &Column, to: &Column) -> String {
    let mut changed = Vec::new();
    if from.kind != to.kind {
        changed.push(format!("type {} to {}", from.kind, to.kind));
    }
    if from.nullable != to.nullable {
        let now = if to.nullable {
            "may be NULL"
        } else {
            "now NOT NULL"
        };
        changed.push(now.to_owned());
    }
    let value = |default: &Option<String>| default.clone().unwrap_or_else(|| "none".to_owned());
    if from.default != to.default {
        let (from, to) = (value(&from.default), value(&to.default));
        changed.push(format!("default {from} to {to}"));
    }
    let others = [
        ("what it is computed from", from.generated != to.generated),
        (
            "numbering",
            from.numbering != to.numbering || from.sequence != to.sequence,
        ),
        ("collation", from.collation != to.collation),
        ("comment", from.comment != to.comment),
        (
            "conflict clause",
            from.not_null_on_conflict != to.not_null_on_conflict,
        ),
    ];
    changed.extend(
        others
            .into_iter()
            .filter(|&(_, is)| is)
            .map(|(what, _)| what.to_owned()),
    );
    if changed.is_empty() {
        "position".to_owned()
    } else {
        changed.join(", ")
    }
}
