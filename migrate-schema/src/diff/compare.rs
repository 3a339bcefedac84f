//! One comparison, carried out: the phases in their order.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::renames::Renames;
use super::tables::TableComparison;
use super::{Changes, dependents, enum_commit, enums, rebuild};
use crate::model::{Schema, Table};
use crate::operation::{
    Change, ColumnOperation, EnumOperation, IndexOperation, OpaqueOperation, TableOperation,
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
        match used_early.is_empty() {
            true => changes,
            false => self.replacing(&used_early),
        }
    }

    /// The changes, with new types in the place of those enum types that are named.
    fn replacing(&self, replaced: &BTreeSet<String>) -> Changes {
        let Comparison { from, to, .. } = *self;
        let mut comparison = TableComparison {
            dialect: from.dialect,
            fills: self.fills,
            operations: renamed(from.dialect, self.renames),
            kept: Vec::new(),
            used: BTreeSet::new(),
        };
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
        let rebuilds = match from.dialect {
            Dialect::Sqlite => rebuild::rebuilds(&operations, from),
            _ => BTreeMap::new(),
        };
        dependents::dependents(&mut operations, &kept, from, to, &rebuilds);
        operations.sort_by_key(Change::phase);
        Changes {
            renames: self.renames.clone(),
            operations,
            spent: Vec::new(),
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
fn renamed(dialect: Dialect, renames: &Renames) -> Vec<Change> {
    let enums = (renames.enums.iter()).map(|(from, to)| {
        Change::asked(EnumOperation::Rename {
            from: from.clone(),
            to: to.clone(),
        })
    });
    let values = renames.values.iter();
    let values = values.filter(|_| dialect == Dialect::Postgres);
    let values = values.map(|((of, from), to)| {
        Change::asked(EnumOperation::RenameValue {
            of: of.clone(),
            from: from.clone(),
            to: to.clone(),
        })
    });
    let tables = (renames.tables.iter()).map(|(from, to)| {
        Change::asked(TableOperation::Rename {
            from: from.clone(),
            to: to.clone(),
        })
    });
    let columns = (renames.columns.iter()).map(|((table, from), to)| {
        Change::asked(ColumnOperation::Rename {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        })
    });
    enums.chain(values).chain(tables).chain(columns).collect()
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
            })
        });
        // In a circle the first by name begins.
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}
