//! Foreign keys among tables that come or go together.

use std::collections::BTreeSet;

use super::Room;
use super::keys::is_what_it_stands_on;
use crate::model::{ForeignKey, Schema};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, IndexOperation, Operation,
    TableOperation,
};

impl Room<'_> {
    /// A new table's foreign keys are part of it if what they refer to is there by then.
    pub(super) fn late_foreign_keys(&mut self) {
        let mut made: BTreeSet<String> = BTreeSet::new();
        let changes: Vec<Change> = (self.operations.iter())
            .filter(|change| {
                let table = change.table();
                table.is_some_and(|table| self.from.tables.contains_key(table))
            })
            .cloned()
            .collect();
        let changes_for = |key: &ForeignKey| changes.iter().any(|change| comes_first(change, key));
        let mut late = Vec::new();
        for change in self.operations.iter_mut() {
            let Operation::Table(TableOperation::Create(table)) = &mut change.operation else {
                continue;
            };
            made.insert(table.name.clone());
            let is_late = |key: &&ForeignKey| {
                let references = &key.references;
                if made.contains(references) {
                    !is_constraint(self.to, key)
                } else {
                    changes_for(key) || !self.from.tables.contains_key(references)
                }
            };
            let names: Vec<String> = (table.foreign_keys.values())
                .filter(is_late)
                .map(|key| key.name.clone())
                .collect();
            for name in names {
                if let Some(key) = table.foreign_keys.remove(&name) {
                    late.push(Change::put_back(ConstraintOperation::Add {
                        table: table.name.clone(),
                        constraint: Constraint::ForeignKey(key),
                    }));
                }
            }
        }
        self.operations.extend(late);
    }

    /// Of tables that go and refer to each other, the first would not go.
    pub(super) fn early_foreign_keys(&mut self) {
        let mut going: Vec<String> = Vec::new();
        let mut first = Vec::new();
        for change in self.operations.iter() {
            let Operation::Table(TableOperation::Drop(table)) = &change.operation else {
                continue;
            };
            going.push(table.name.clone());
        }
        for (at, name) in going.iter().enumerate() {
            for other in going.iter().skip(at + 1) {
                let table = self.from.tables.get(other);
                let keys = table
                    .into_iter()
                    .flat_map(|table| table.foreign_keys.values());
                first.extend(keys.filter(|key| key.references == *name).map(|key| {
                    let drop = ConstraintOperation::Drop {
                        table: other.clone(),
                        constraint: Constraint::ForeignKey(key.clone()),
                    };
                    Change::taken_down(drop, format!("{name} and {other} refer to each other"))
                }));
            }
        }
        first.retain(|change| !self.operations.contains(change));
        self.operations.extend(first);
    }
}

/// Whether the operation makes what a foreign key refers to: its columns, or the key that they are.
fn comes_first(change: &Change, key: &ForeignKey) -> bool {
    let is_of = |table: &str, column: &str| {
        table == key.references && key.referenced.iter().any(|one| one == column)
    };
    match &change.operation {
        Operation::Column(
            ColumnOperation::Add { table, column, .. }
            | ColumnOperation::Change {
                table, to: column, ..
            },
        ) => is_of(table, &column.name),
        Operation::Constraint(ConstraintOperation::Add { .. })
        | Operation::Index(IndexOperation::Create { .. }) => is_what_it_stands_on(change, key),
        _ => false,
    }
}

/// Whether what a foreign key refers to is a constraint of its table, and not an index that is created behind it.
fn is_constraint(schema: &Schema, key: &ForeignKey) -> bool {
    let table = schema.tables.get(&key.references);
    table.is_some_and(|table| {
        let own = table.primary_key.iter().map(|own| &own.columns);
        let mut keys = own.chain(table.uniques.values().map(|own| &own.columns));
        keys.any(|columns| super::sorted(columns) == super::sorted(&key.referenced))
    })
}
