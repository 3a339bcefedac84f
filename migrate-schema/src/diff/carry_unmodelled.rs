//! What models have no attribute for is kept as the migrations made it: the order and the collation
//! of a key's columns, sequence options, storage parameters, MATCH FULL, NOT NULL ON CONFLICT; triggers, policies and
//! views.

use std::collections::BTreeMap;

use crate::model::{Column, Opaque, Schema, Table, Unique};

/// What is wanted, with what the base has and no model can say.
pub(super) fn carry(base: &Schema, wanted: &Schema) -> Schema {
    let mut wanted = wanted.clone();
    for table in wanted.tables.values_mut() {
        if let Some(base) = base.tables.get(&table.name) {
            carry_table(base, table);
        }
    }
    wanted.opaque.clone_from(&base.opaque);
    wanted
}

fn carry_table(base: &Table, table: &mut Table) {
    for column in &mut table.columns {
        if let Some(base) = base.columns.iter().find(|base| base.name == column.name) {
            carry_column(base, column);
        }
    }
    if let (Some(base), Some(key)) = (&base.primary_key, &mut table.primary_key)
        && base.columns == key.columns
    {
        carry_clauses(&base.clauses, &mut key.clauses);
    }
    for unique in table.uniques.values_mut() {
        let same = |base: &&Unique| base.columns == unique.columns;
        if let Some(base) = base
            .uniques
            .get(&unique.name)
            .filter(same)
            .or_else(|| base.uniques.values().find(same))
        {
            carry_clauses(&base.clauses, &mut unique.clauses);
        }
    }
    for key in table.foreign_keys.values_mut() {
        if let Some(base) = base.foreign_keys.values().find(|base| {
            (&base.columns, &base.references, &base.referenced)
                == (&key.columns, &key.references, &key.referenced)
        }) {
            key.match_full |= base.match_full;
        }
    }
    for index in table.indexes.values_mut() {
        if let Some(base) = base.indexes.get(&index.name) {
            or(&mut index.storage, &base.storage);
            or(&mut index.comment, &base.comment);
        }
    }
    for kept in &base.opaque {
        said_by(kept, table);
    }
    table.opaque.clone_from(&base.opaque);
    table.not_understood.clone_from(&base.not_understood);
}

/// What models declare by the name of something that is kept verbatim is that: it only says more than they can, such as
/// UNIQUE .. INCLUDE.
fn said_by(kept: &Opaque, table: &mut Table) {
    match kept.kind.as_str() {
        "constraint" => {
            table.uniques.remove(&kept.name);
            table.foreign_keys.remove(&kept.name);
            table.checks.remove(&kept.name);
        }
        "index" => {
            table.indexes.remove(&kept.name);
        }
        _ => {}
    }
}

fn carry_column(base: &Column, column: &mut Column) {
    if !column.nullable {
        or(&mut column.not_null_on_conflict, &base.not_null_on_conflict);
    }
    if column.numbering == base.numbering {
        or(&mut column.sequence, &base.sequence);
    }
}

fn carry_clauses(base: &BTreeMap<String, String>, wanted: &mut BTreeMap<String, String>) {
    if wanted.is_empty() {
        wanted.clone_from(base);
    }
}

fn or(wanted: &mut Option<String>, base: &Option<String>) {
    if wanted.is_none() {
        wanted.clone_from(base);
    }
}
