//! One comparison, carried out: the phases in their order.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::rename_order::{Step, steps};
use super::renames::Renames;
use super::tables::TableComparison;
use super::{Changes, dependents, enum_commit, enums, free_name, rebuild};
use crate::model::{Schema, Table};
use crate::operation::{
    Change, ColumnOperation, ConstraintOperation, EnumOperation, IndexOperation, OpaqueOperation,
    Operation, SchemaOperation, TableOperation,
};

/// What a comparison is made of.
pub(super) struct Comparison<'a> {
    /// The schema to start from, before renames.
    pub(super) start: &'a Schema,
    /// The schema to start from, once the renames have run.
    pub(super) from: &'a Schema,
    pub(super) to: &'a Schema,
    pub(super) renames: &'a Renames,
    pub(super) fills: &'a BTreeMap<String, String>,
    pub(super) is_back: bool,
}

impl Comparison<'_> {
    pub(super) fn changes(&self) -> Changes {
        // A value that is added in place and used by another statement of the script: the type is
        // replaced instead.
        let changes = self.replacing(&BTreeSet::new());
        let used_early = enum_commit::used_early(&changes.operations);
        if used_early.is_empty() {
            changes
        } else {
            self.replacing(&used_early)
        }
    }

    /// The changes, with new types in the place of those enum types that are named.
    fn replacing(&self, replaced: &BTreeSet<String>) -> Changes {
        let Comparison { from, to, .. } = *self;
        let mut comparison = TableComparison {
            dialect: from.dialect,
            fills: self.fills,
            operations: renamed(self.start, to, self.renames),
            kept: Vec::new(),
            used: BTreeSet::new(),
        };
        let made = to.schemas.difference(&from.schemas).cloned();
        (comparison.operations).extend(made.map(SchemaOperation::Create).map(Change::asked));
        let gone = from.schemas.difference(&to.schemas).cloned();
        (comparison.operations).extend(gone.map(SchemaOperation::Drop).map(Change::asked));
        (comparison.operations).extend(enums::enums(from, to, replaced));
        for table in created_in_order(from, to) {
            (comparison.operations).push(Change::asked(TableOperation::Create(table.clone())));
            comparison.operations.extend(parts(table));
        }
        for (name, to) in &to.tables {
            if let Some(from) = from.tables.get(name) {
                comparison.tables(from, to);
            }
        }
        let mut dropped = created_in_order(to, from);
        dropped.reverse();
        let dropped = dropped.into_iter().cloned().map(TableOperation::Drop);
        comparison.operations.extend(dropped.map(Change::asked));
        let TableComparison {
            mut operations,
            kept,
            used,
            ..
        } = comparison;
        let all = operations.clone();
        operations.retain(|change| !is_inherited(change, &all, to));
        let rebuilds = match from.dialect {
            Dialect::Sqlite => rebuild::rebuilds(&operations, from),
            _ => BTreeMap::new(),
        };
        let schemas = dependents::Schemas {
            start: self.start,
            from,
            to,
            renames: self.renames,
            is_back: self.is_back,
        };
        dependents::dependents(&mut operations, &kept, &schemas, &rebuilds);
        free_taken_names(&mut operations, from, to);
        operations.sort_by_key(Change::phase);
        Changes {
            renames: self.renames.clone(),
            operations,
            spent: Vec::new(),
            kept: Vec::new(),
            rebuilds,
            start: self.start.clone(),
            from: from.clone(),
            to: to.clone(),
            used,
            fills: self.fills.clone(),
            is_online: false,
            is_back: self.is_back,
        }
    }
}

/// The renames as operations.
fn renamed(from: &Schema, to: &Schema, renames: &Renames) -> Vec<Change> {
    let is_same = |one: &str, other: &str| match from.dialect {
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
        _ => one == other,
    };
    let free = |name: &str| free_name(&[from, to], name, "_renamed");
    let mut changes = Vec::new();
    for step in steps(&renames.enums, is_same, free) {
        let operation = EnumOperation::Rename {
            old: step.old.clone().unwrap_or_default(),
            from: step.from.clone(),
            to: step.to.clone(),
        };
        changes.push(change(&step, operation));
    }
    if from.dialect == Dialect::Postgres {
        for (of, values) in by_owner(&renames.values) {
            let own = [from, to]
                .into_iter()
                .filter_map(|schema| schema.enums.get(of));
            let taken: Vec<&String> = own.flat_map(|one| &one.values).collect();
            for step in steps(&values, is_same, |value| free_among(&taken, value)) {
                let operation = EnumOperation::RenameValue {
                    of: of.to_owned(),
                    old: step.old.clone().unwrap_or_default(),
                    from: step.from.clone(),
                    to: step.to.clone(),
                };
                changes.push(change(&step, operation));
            }
        }
    }
    for step in steps(&renames.tables, is_same, free) {
        let operation = TableOperation::Rename {
            old: step.old.clone().unwrap_or_default(),
            from: step.from.clone(),
            to: step.to.clone(),
        };
        changes.push(change(&step, operation));
    }
    for (table, columns) in by_owner(&renames.columns) {
        let own = [from, to]
            .into_iter()
            .filter_map(|schema| schema.tables.get(table));
        let taken: Vec<&String> = own
            .flat_map(|one| &one.columns)
            .map(|column| &column.name)
            .collect();
        // SQLite renames a column to another case of its name in place.
        for step in steps(
            &columns,
            |one, other| one == other,
            |name| free_among(&taken, name),
        ) {
            let operation = ColumnOperation::Rename {
                table: table.to_owned(),
                old: step.old.clone().unwrap_or_default(),
                from: step.from.clone(),
                to: step.to.clone(),
            };
            changes.push(change(&step, operation));
        }
    }
    changes
}

/// Whether PostgreSQL does to a table what is done to one that it inherits from.
fn is_inherited(change: &Change, all: &[Change], to: &Schema) -> bool {
    let Some(table) = change.table().and_then(|table| to.tables.get(table)) else {
        return false;
    };
    let same = |parent: &String| {
        all.iter().any(|other| {
            other.role == change.role
                && match (&change.operation, &other.operation) {
                    (Operation::Column(own), Operation::Column(other)) => own.of(parent) == *other,
                    (Operation::Constraint(own), Operation::Constraint(other)) => {
                        own.is_check() && own.of(parent) == *other
                    }
                    _ => false,
                }
        })
    };
    table.inherits.iter().any(same)
}

/// Keys and indexes that take each other's names, as those of two tables that change places do: each goes by way of a
/// name of our own. SQLite can't rename an index, so there each goes before one is made.
fn free_taken_names(operations: &mut Vec<Change>, from: &Schema, to: &Schema) {
    let old = |change: &Change| match &change.operation {
        Operation::Constraint(ConstraintOperation::Rename { from, .. }) => Some(from.clone()),
        Operation::Index(IndexOperation::Rename { from, .. }) => Some(from.name.clone()),
        _ => None,
    };
    let olds: Vec<String> = operations.iter().filter_map(old).collect();
    let mut on_the_way = Vec::new();
    for change in operations.iter_mut() {
        match &mut change.operation {
            Operation::Constraint(ConstraintOperation::Rename {
                table,
                from: old,
                to: new,
            }) if olds.contains(new) => {
                let meanwhile = free_name(&[from, to], old, "_renamed");
                let first = ConstraintOperation::Rename {
                    table: table.clone(),
                    from: std::mem::replace(old, meanwhile.clone()),
                    to: meanwhile,
                };
                on_the_way.push(Change::temporary(first));
            }
            Operation::Index(IndexOperation::Rename {
                table,
                from: old,
                to: new,
            }) if from.dialect == Dialect::Sqlite
                && olds.iter().any(|old| old.eq_ignore_ascii_case(&new.name)) =>
            {
                let drop = IndexOperation::Drop {
                    table: table.clone(),
                    index: old.clone(),
                };
                on_the_way.push(Change::temporary(drop));
            }
            Operation::Index(IndexOperation::Rename {
                table,
                from: old,
                to: new,
            }) if olds.contains(&new.name) => {
                let mut meanwhile = old.clone();
                meanwhile.name = free_name(&[from, to], &old.name, "_renamed");
                let first = IndexOperation::Rename {
                    table: table.clone(),
                    from: std::mem::replace(old, meanwhile.clone()),
                    to: meanwhile,
                };
                on_the_way.push(Change::temporary(first));
            }
            _ => {}
        }
    }
    // Of one phase, what stands in front runs first.
    operations.splice(0..0, on_the_way);
}

/// A step on the way is nobody's wish.
fn change(step: &Step, operation: impl Into<Operation>) -> Change {
    match step.old {
        Some(_) => Change::asked(operation),
        None => Change::temporary(operation),
    }
}

/// Old to new, for each table or enum.
fn by_owner(
    renames: &BTreeMap<(String, String), String>,
) -> BTreeMap<&str, BTreeMap<String, String>> {
    let mut owners: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for ((owner, old), new) in renames {
        let own = owners.entry(owner.as_str()).or_default();
        own.insert(old.clone(), new.clone());
    }
    owners
}

fn free_among(taken: &[&String], name: &str) -> String {
    let mut free = format!("{name}_renamed");
    while taken.iter().any(|other| other.eq_ignore_ascii_case(&free)) {
        free.push('_');
    }
    free
}

/// What belongs to a new table and is not part of its CREATE TABLE.
fn parts(table: &Table) -> Vec<Change> {
    let indexes = table.indexes.values().map(|index| {
        Change::asked(IndexOperation::Create {
            table: table.name.clone(),
            index: index.clone(),
        })
    });
    let opaque = table.opaque.iter().map(|opaque| {
        Change::put_back(OpaqueOperation::Create {
            table: Some(table.name.clone()),
            opaque: opaque.clone(),
            gone: Vec::new(),
        })
    });
    indexes.chain(opaque).collect()
}

/// The tables of `to` that `from` lacks, each behind those it refers to, as far as that goes.
fn created_in_order<'s>(from: &Schema, to: &'s Schema) -> Vec<&'s Table> {
    let mut left: Vec<&Table> = to
        .tables
        .values()
        .filter(|table| !from.tables.contains_key(&table.name))
        .collect();
    let mut ordered: Vec<&Table> = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|table| {
            let mut keys = table.foreign_keys.values();
            keys.all(|key| {
                key.references == table.name
                    || !left.iter().any(|other| other.name == key.references)
            }) && !(table.inherits.iter()).any(|parent| left.iter().any(|one| one.name == *parent))
        });
        // In a circle the first by name begins.
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}
