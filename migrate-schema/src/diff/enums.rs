//! PostgreSQL's enum types: values that can be added in place, and types that have to be replaced.

use std::collections::BTreeSet;

use super::free_name;
use crate::model::{Column, Enum, Schema};
use crate::operation::{Change, EnumOperation};
use crate::sql::qualified::of_type;

/// Compares the enum types, whose values have been renamed. Types in `replaced` are not added to in
/// place: PostgreSQL lets a new value be used only after a commit.
pub(super) fn enums(from: &Schema, to: &Schema, replaced: &BTreeSet<String>) -> Vec<Change> {
    let mut operations = Vec::new();
    for new in to.enums.values() {
        let Some(old) = from.enums.get(&new.name) else {
            operations.push(Change::asked(EnumOperation::Create(new.clone())));
            continue;
        };
        if old.values != new.values {
            match added(old, new).filter(|_| !replaced.contains(&new.name)) {
                Some(added) => operations.extend(added),
                None => replace(from, to, old, new, &mut operations),
            }
        }
        if old.comment != new.comment {
            operations.push(Change::asked(EnumOperation::Comment {
                of: new.name.clone(),
                from: old.comment.clone(),
                to: new.comment.clone(),
            }));
        }
    }
    for old in from.enums.values() {
        if !to.enums.contains_key(&old.name) {
            operations.push(Change::asked(EnumOperation::Drop(old.clone())));
        }
    }
    operations
}

/// The values to add, if nothing else has changed; the last ones first, so that each can stand in
/// front of one that is there.
fn added(from: &Enum, to: &Enum) -> Option<Vec<Change>> {
    let kept: Vec<&String> = to
        .values
        .iter()
        .filter(|value| from.values.contains(value))
        .collect();
    if kept != from.values.iter().collect::<Vec<_>>() {
        return None;
    }
    let mut added = Vec::new();
    let last = from.values.last();
    let mut tail = true;
    for (at, value) in to.values.iter().enumerate().rev() {
        tail &= Some(value) != last;
        if !from.values.contains(value) && !tail {
            added.push(Change::asked(EnumOperation::AddValue {
                of: to.name.clone(),
                value: value.clone(),
                before: to.values.get(at + 1).cloned(),
            }));
        }
    }
    let ends = to
        .values
        .iter()
        .rposition(|value| Some(value) == last)
        .map_or(0, |at| at + 1);
    added.extend(to.values.iter().skip(ends).map(|value| {
        Change::asked(EnumOperation::AddValue {
            of: to.name.clone(),
            value: value.clone(),
            before: None,
        })
    }));
    Some(added)
}

/// The old type makes room under another name and goes at the end.
fn replace(from: &Schema, to: &Schema, old: &Enum, new: &Enum, operations: &mut Vec<Change>) {
    let mut columns = Vec::new();
    for table in to.tables.values() {
        let Some(before) = from.tables.get(&table.name) else {
            continue;
        };
        for column in &table.columns {
            let same = |one: &&Column| one.name == column.name && one.kind == column.kind;
            let stays = before.columns.iter().any(|one| same(&one));
            if stays && is_of(column, &new.name) && column.generated.is_none() {
                columns.push((table.name.clone(), column.clone()));
            }
        }
    }
    let meanwhile = free_name(&[from, to], &old.name, "_old");
    operations.push(Change::asked(EnumOperation::Replace {
        from: old.clone(),
        to: new.clone(),
        meanwhile: meanwhile.clone(),
        columns,
    }));
    operations.push(Change::temporary(EnumOperation::Drop(Enum {
        name: meanwhile,
        ..old.clone()
    })));
}

/// Whether a column is of the type, or an array of it.
pub(super) fn is_of(column: &Column, name: &str) -> bool {
    of_type(&column.kind) == name
}
