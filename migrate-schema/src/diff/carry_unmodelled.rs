//! What models have no attribute for is kept as the migrations made it: the order and the collation
//! of a key's columns, sequence options, storage parameters, MATCH FULL, NOT NULL ON CONFLICT; triggers, policies and
//! views.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Column, ForeignKey, Opaque, Schema, Table, Unique};
use crate::sql::qualified::schema_of;

/// The schema of the models, with what `from` has and no model can say.
pub(super) fn carry(from: &Schema, to: &Schema) -> Schema {
    let mut to = to.clone();
    let schemas = to.schemas.clone();
    for table in to.tables.values_mut() {
        if let Some(from) = from.tables.get(&table.name) {
            carry_table(from, table, &schemas);
        }
    }
    to.opaque.clone_from(&from.opaque);
    to.schemas.extend(from.schemas.iter().cloned());
    to
}

fn carry_table(from: &Table, table: &mut Table, schemas: &BTreeSet<String>) {
    // A reference into a schema that no model names.
    for (name, key) in &from.foreign_keys {
        let is_beside = schema_of(&key.references).is_some_and(|one| !schemas.contains(&one));
        let is_declared = (table.foreign_keys.values()).any(|one| one.columns == key.columns);
        let is_there = key.columns.iter().all(|one| table.column(one).is_some());
        if is_beside && !is_declared && is_there {
            (table.foreign_keys).insert(name.clone(), key.clone());
        }
    }
    for column in &mut table.columns {
        if let Some(from) = from.columns.iter().find(|from| from.name == column.name) {
            carry_column(from, column);
        }
    }
    if let (Some(from), Some(key)) = (&from.primary_key, &mut table.primary_key)
        && from.columns == key.columns
    {
        carry_clauses(&from.clauses, &mut key.clauses);
    }
    for unique in table.uniques.values_mut() {
        let same = |from: &&Unique| from.columns == unique.columns;
        if let Some(from) = from
            .uniques
            .get(&unique.name)
            .filter(same)
            .or_else(|| from.uniques.values().find(same))
        {
            carry_clauses(&from.clauses, &mut unique.clauses);
        }
    }
    for key in table.foreign_keys.values_mut() {
        let same = |from: &&ForeignKey| {
            (&from.columns, &from.references, &from.referenced)
                == (&key.columns, &key.references, &key.referenced)
        };
        let named = from.foreign_keys.get(&key.name).filter(same);
        if let Some(from) = named.or_else(|| from.foreign_keys.values().find(same)) {
            key.match_full |= from.match_full;
        }
    }
    for index in table.indexes.values_mut() {
        if let Some(from) = from.indexes.get(&index.name) {
            or(&mut index.storage, &from.storage);
            or(&mut index.comment, &from.comment);
        }
    }
    for kept in &from.opaque {
        declared_opaque(kept, table);
    }
    table.opaque.clone_from(&from.opaque);
    table.inherits.clone_from(&from.inherits);
    table.not_understood.clone_from(&from.not_understood);
}

/// What models declare by the name of something that is kept as it stands is that: it only says more than they can, such as
/// UNIQUE .. INCLUDE.
fn declared_opaque(kept: &Opaque, table: &mut Table) {
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

fn carry_column(from: &Column, column: &mut Column) {
    if !column.nullable {
        or(&mut column.not_null_on_conflict, &from.not_null_on_conflict);
    }
    if column.numbering == from.numbering {
        or(&mut column.sequence, &from.sequence);
    } else if column.numbering.is_some() && from.numbering.is_some() {
        // An identity column's sequence has the column's type, and can't be given one.
        let options = from
            .sequence
            .as_ref()
            .map(|options| match options.strip_prefix("AS ") {
                Some(rest) => rest
                    .split_once(' ')
                    .map_or(String::new(), |(_, rest)| rest.to_owned()),
                None => options.clone(),
            });
        or(
            &mut column.sequence,
            &options.filter(|options| !options.is_empty()),
        );
    }
}

fn carry_clauses(from: &BTreeMap<String, String>, to: &mut BTreeMap<String, String>) {
    if to.is_empty() {
        to.clone_from(from);
    }
}

fn or(to: &mut Option<String>, from: &Option<String>) {
    if to.is_none() {
        to.clone_from(from);
    }
}
