//! Which changes of the schema an act of a statement makes, and which it takes back.

use std::ops::Range;

use crate::diff::Changes;
use crate::lint::statement::{Act, ConstraintDef, ConstraintKind, Statement};
use crate::lint::step::is_named;
use crate::model::{Column, Index, Schema};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, IndexOperation, Operation,
};
use crate::render::definition;
use crate::sql::mentions;
use crate::sql::qualified::beside;

use super::cut::With;

/// Everything that statements do, in order.
pub(super) fn acts(statements: &[Statement]) -> impl Iterator<Item = (&Range<usize>, &Act)> {
    let all = statements.iter().flat_map(|statement| &statement.acts);
    all.filter(|(_, act)| !matches!(act, Act::Names(_)))
        .map(|(range, act)| (range, act))
}

/// The changes that an act makes and that read a whole table.
pub(super) fn of<'c>(act: &Act, changes: &'c Changes) -> impl Iterator<Item = &'c Change> {
    let asked = changes.operations.iter().filter(|one| one.is_asked());
    asked.filter(move |change| makes(act, change))
}

fn makes(act: &Act, change: &Change) -> bool {
    match (&change.operation, act) {
        (
            Operation::Index(IndexOperation::Create { table, index }),
            Act::CreateIndex {
                name,
                table: of,
                columns,
                is_unique,
                ..
            },
        ) => {
            let is_it = match name {
                Some(name) => is_named(&index.name, name),
                // The server has chosen a name.
                None => *is_unique == index.unique && columns_of(index) == *columns,
            };
            is_named(table, of) && is_it
        }
        (Operation::Index(IndexOperation::Drop { table, index }), Act::DropIndex { name, .. }) => {
            is_named(&beside(table, &index.name), name)
        }
        (
            Operation::Constraint(ConstraintOperation::Add { table, constraint }),
            Act::AddConstraint {
                table: of,
                constraint: said,
            },
        ) => is_named(table, of) && is_it(constraint, said),
        // What stands behind a new column.
        (
            Operation::Constraint(ConstraintOperation::Add { table, constraint }),
            Act::AddColumn { table: of, column },
        ) => {
            let is_said = match constraint {
                Constraint::ForeignKey(key) => {
                    column.references.is_some() && same(&key.columns, &column.name)
                }
                Constraint::Unique(key) => column.is_unique && same(&key.columns, &column.name),
                Constraint::Check(check) => {
                    let text = &check.expression;
                    column.has_check
                        && mentions(text, migrate_chain::Dialect::Postgres, &column.name)
                }
                Constraint::PrimaryKey(key) => {
                    column.is_primary_key && same(&key.columns, &column.name)
                }
            };
            is_named(table, of) && is_said
        }
        (
            Operation::Constraint(
                ConstraintOperation::Add { table, constraint }
                | ConstraintOperation::Validate { table, constraint },
            ),
            Act::Validate { table: of, name },
        ) => is_named(table, of) && constraint.name().is_some_and(|own| is_named(own, name)),
        (
            Operation::Column(ColumnOperation::Change {
                table, from, to, ..
            }),
            Act::SetNotNull { table: of, column },
        ) => is_named(table, of) && is_named(&to.name, column) && from.nullable && !to.nullable,
        // A key takes no NULL.
        (
            Operation::Column(ColumnOperation::Change {
                table, from, to, ..
            }),
            Act::AddConstraint {
                table: of,
                constraint,
            },
        ) => {
            let is_part = constraint.columns.iter().any(|one| is_named(&to.name, one));
            let is_key = constraint.kind == ConstraintKind::PrimaryKey;
            is_named(table, of) && is_key && is_part && from.nullable && !to.nullable
        }
        (
            Operation::Column(ColumnOperation::Add { table, column, .. }),
            Act::AddColumn {
                table: of,
                column: said,
            },
        ) => {
            let default = column.default.as_deref();
            let is_it = is_named(table, of) && is_named(&column.name, &said.name);
            is_it && default.is_some_and(crate::sql::is_volatile)
        }
        _ => false,
    }
}

fn is_it(constraint: &Constraint, said: &ConstraintDef) -> bool {
    let (kind, columns) = match constraint {
        Constraint::PrimaryKey(key) => (ConstraintKind::PrimaryKey, &key.columns[..]),
        Constraint::Unique(key) => (ConstraintKind::Unique, &key.columns[..]),
        Constraint::ForeignKey(key) => (ConstraintKind::ForeignKey, &key.columns[..]),
        Constraint::Check(_) => (ConstraintKind::Check, &[][..]),
    };
    let is_named_so = match (&said.name, constraint.name()) {
        (Some(said), Some(own)) => is_named(own, said),
        _ => {
            let mut both = columns.iter().zip(&said.columns);
            columns.len() == said.columns.len()
                && !columns.is_empty()
                && both.all(|(one, other)| is_named(one, other))
        }
    };
    kind == said.kind && is_named_so && !said.using_index
}

fn same(columns: &[String], column: &str) -> bool {
    matches!(columns, [one] if is_named(one, column))
}

fn columns_of(index: &Index) -> Vec<String> {
    let bare = |key: &String| migrate_chain::sql::unquoted(key);
    index.keys.iter().map(bare).collect()
}

/// What is left of an act once the changes that read a whole table are made later: a new column without them.
pub(super) fn left(act: &Act, halfway: &Schema) -> With {
    let Act::AddColumn { table, column } = act else {
        return With::Nothing;
    };
    let mut tables = halfway.tables.values();
    let table = tables.find(|one| is_named(&one.name, table));
    let left = table.and_then(|table| {
        let mut columns = table.columns.iter();
        columns.find(|one| is_named(&one.name, &column.name))
    });
    left.map_or(With::Nothing, |left| With::Text(added(left)))
}

/// A new column as an action of `ALTER TABLE`; a default that differs from row to row comes after it, or rows would be
/// written.
fn added(column: &Column) -> String {
    let volatile = column
        .default
        .clone()
        .filter(|text| crate::sql::is_volatile(text));
    let plain = Column {
        default: column.default.clone().filter(|_| volatile.is_none()),
        ..column.clone()
    };
    let added = format!("ADD COLUMN {}", definition::column(&plain, None));
    match volatile {
        Some(default) => {
            let name = crate::sql::ident(&column.name);
            format!("{added}, ALTER COLUMN {name} SET DEFAULT {default}")
        }
        None => added,
    }
}

/// Whether an act of a downgrade takes a change back.
pub(super) fn undoes(act: &Act, change: &Change) -> bool {
    match (&change.operation, act) {
        (
            Operation::Index(IndexOperation::Create { table, index }),
            Act::DropIndex { name, .. },
        ) => is_named(&beside(table, &index.name), name),
        (
            Operation::Index(IndexOperation::Drop { table, index }),
            Act::CreateIndex {
                name: Some(name),
                table: of,
                ..
            },
        ) => is_named(table, of) && is_named(&index.name, name),
        (
            Operation::Constraint(ConstraintOperation::Add { table, constraint }),
            Act::DropConstraint {
                table: of, name, ..
            },
        ) => is_named(table, of) && constraint.name().is_some_and(|own| is_named(own, name)),
        (
            Operation::Column(ColumnOperation::Change { table, to, .. }),
            Act::DropNotNull { table: of, column },
        ) => is_named(table, of) && is_named(&to.name, column),
        _ => false,
    }
}
