//! What stands in the way of a change although nobody changes it: taken down before, put back after.

mod circles;
mod keys;
mod opaque;
mod retyped;

pub(crate) use opaque::unread;

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use super::operation::{Constraint, Operation};
use super::tables::Kept;
use crate::model::{Index, Schema};
use crate::sql::mentions;

/// Adds the operations that make room for others.
pub(super) fn dependents(
    operations: &mut Vec<Operation>,
    kept: &[Kept],
    from: &Schema,
    to: &Schema,
    rebuilds: &BTreeMap<String, Vec<String>>,
) {
    let mut room = Room {
        operations,
        kept,
        from,
        to,
    };
    if from.dialect == Dialect::Postgres {
        room.computed();
        room.retyped();
        room.keys();
    }
    room.opaque(rebuilds);
    if from.dialect == Dialect::Postgres {
        room.late_foreign_keys();
        room.early_foreign_keys();
    }
}

struct Room<'a> {
    operations: &'a mut Vec<Operation>,
    kept: &'a [Kept],
    from: &'a Schema,
    to: &'a Schema,
}

impl Room<'_> {
    /// Drops and adds what stays and is in the way.
    fn constraints(&mut self, because: &str, in_the_way: impl Fn(&str, &Constraint) -> bool) {
        for kept in self.kept {
            let Kept::Constraint { table, from, to } = kept else {
                continue;
            };
            if !in_the_way(table, to) || self.is_dropped(table, from) {
                continue;
            }
            self.operations.retain(|operation| match operation {
                Operation::RenameConstraint {
                    table: of,
                    from: name,
                    ..
                } => of != table || Some(name.as_str()) != from.name(),
                Operation::ValidateConstraint {
                    table: of,
                    constraint,
                } => of != table || constraint != to,
                _ => true,
            });
            self.operations.push(Operation::DropConstraint {
                table: table.clone(),
                constraint: from.clone(),
                because: Some(because.to_owned()),
            });
            self.operations.push(Operation::AddConstraint {
                table: table.clone(),
                constraint: to.clone(),
                again: true,
            });
        }
    }

    fn is_dropped(&self, table: &str, constraint: &Constraint) -> bool {
        self.operations.iter().any(|operation| {
            matches!(operation, Operation::DropConstraint { table: of, constraint: other, .. }
                if of == table && other.name() == constraint.name())
        })
    }

    fn indexes(&mut self, because: &str, in_the_way: impl Fn(&str, &Index) -> bool) {
        for kept in self.kept {
            let Kept::Index { table, from, to } = kept else {
                continue;
            };
            let dropped = self.operations.iter().any(|operation| {
                matches!(operation, Operation::DropIndex { index, .. } if index.name == from.name)
            });
            if dropped || !in_the_way(table, to) {
                continue;
            }
            self.operations.retain(|operation| {
                !matches!(operation, Operation::RenameIndex { from: old, .. } if old.name == from.name)
            });
            self.operations.push(Operation::DropIndex {
                table: table.clone(),
                index: from.clone(),
                because: Some(because.to_owned()),
            });
            self.operations.push(Operation::CreateIndex {
                table: table.clone(),
                index: to.clone(),
                again: true,
            });
        }
    }
}

/// Whether a foreign key refers to one of the columns.
fn refers(constraint: &Constraint, table: &str, columns: &[String]) -> bool {
    match constraint {
        Constraint::ForeignKey(key) => {
            key.references == table && key.referenced.iter().any(|column| columns.contains(column))
        }
        _ => false,
    }
}

pub(super) fn is_on(index: &Index, column: &str) -> bool {
    let texts = index.keys.iter().chain(&index.predicate);
    texts
        .into_iter()
        .any(|text| mentions(text, Dialect::Postgres, column))
        || index.include.iter().any(|one| one == column)
}

fn sorted(columns: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = columns.iter().collect();
    sorted.sort();
    sorted
}
