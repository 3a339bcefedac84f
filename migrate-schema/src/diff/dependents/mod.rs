//! What stands in the way of a change although nobody changes it: taken down before, put back after.

mod circles;
mod keys;
mod opaque;
mod renamed;
mod retyped;

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use super::renames::Renames;
use super::tables::Kept;
use crate::model::{Index, Schema};
use crate::operation::{Change, Constraint, ConstraintOperation, IndexOperation, Operation};

/// Adds the operations that make room for others.
pub(super) fn dependents(
    operations: &mut Vec<Change>,
    kept: &[Kept],
    schemas: &Schemas<'_>,
    rebuilds: &BTreeMap<String, Vec<String>>,
) {
    let from = schemas.from;
    let mut room = Room {
        operations,
        kept,
        start: schemas.start,
        from,
        to: schemas.to,
        renames: schemas.renames,
        is_back: schemas.is_back,
    };
    if from.dialect == Dialect::Postgres {
        room.computed();
        room.retyped();
        room.keys();
    }
    room.opaque(rebuilds);
    room.renamed();
    if from.dialect == Dialect::Postgres {
        room.late_foreign_keys();
        room.early_foreign_keys();
    }
}

/// What is compared.
pub(super) struct Schemas<'a> {
    /// Before the renames.
    pub(super) start: &'a Schema,
    pub(super) from: &'a Schema,
    pub(super) to: &'a Schema,
    pub(super) renames: &'a Renames,
    pub(super) is_back: bool,
}

struct Room<'a> {
    operations: &'a mut Vec<Change>,
    kept: &'a [Kept],
    start: &'a Schema,
    renames: &'a Renames,
    is_back: bool,
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
            self.operations.retain(|change| match &change.operation {
                Operation::Constraint(ConstraintOperation::Rename {
                    table: of,
                    from: name,
                    ..
                }) => of != table || Some(name.as_str()) != from.name(),
                Operation::Constraint(ConstraintOperation::Validate {
                    table: of,
                    constraint,
                }) => of != table || constraint != to,
                _ => true,
            });
            let drop = ConstraintOperation::Drop {
                table: table.clone(),
                constraint: from.clone(),
            };
            let add = ConstraintOperation::Add {
                table: table.clone(),
                constraint: to.clone(),
            };
            self.operations.push(Change::taken_down(drop, because));
            self.operations.push(Change::put_back(add));
        }
    }

    fn is_dropped(&self, table: &str, constraint: &Constraint) -> bool {
        let is_drop = |change: &Change| match &change.operation {
            Operation::Constraint(ConstraintOperation::Drop {
                table: of,
                constraint: other,
            }) => of == table && other.name() == constraint.name(),
            _ => false,
        };
        self.operations.iter().any(is_drop)
    }

    fn indexes(&mut self, because: &str, in_the_way: impl Fn(&str, &Index) -> bool) {
        for kept in self.kept {
            let Kept::Index { table, from, to } = kept else {
                continue;
            };
            let dropped = self.operations.iter().any(|change| {
                matches!(&change.operation, Operation::Index(IndexOperation::Drop { index, .. })
                    if index.name == from.name)
            });
            if dropped || !in_the_way(table, to) {
                continue;
            }
            self.operations.retain(|change| {
                !matches!(&change.operation, Operation::Index(IndexOperation::Rename { from: old, .. })
                    if old.name == from.name)
            });
            let drop = IndexOperation::Drop {
                table: table.clone(),
                index: from.clone(),
            };
            let create = IndexOperation::Create {
                table: table.clone(),
                index: to.clone(),
            };
            self.operations.push(Change::taken_down(drop, because));
            self.operations.push(Change::put_back(create));
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

fn sorted(columns: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = columns.iter().collect();
    sorted.sort();
    sorted
}
