//! Which tables SQLite can alter in place, and which have to be made anew.

use std::collections::BTreeMap;

use super::check_enums::CheckValues;
use crate::model::{Column, Schema, Table};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, Operation, TableOperation,
    constraints,
};
use crate::sql::mentions;
use migrate_chain::Dialect::Sqlite;

/// The tables that have to be made anew, each with what asks for it.
pub(super) fn rebuilds(operations: &[Change], from: &Schema) -> BTreeMap<String, Vec<String>> {
    let mut rebuilds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations {
        let Some(table) = operation.table().and_then(|table| from.tables.get(table)) else {
            continue;
        };
        if let Some(reason) = reason(operation, operations, table, from) {
            let reasons = rebuilds.entry(table.name.clone()).or_default();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    rebuilds
}

/// What ALTER TABLE can't do about an operation.
fn reason(change: &Change, all: &[Change], table: &Table, from: &Schema) -> Option<String> {
    match &change.operation {
        Operation::Table(TableOperation::ChangeKind { from, to }) => {
            Some(if from.strict == to.strict {
                "WITHOUT ROWID".to_owned()
            } else {
                "STRICT".to_owned()
            })
        }
        Operation::Column(ColumnOperation::Change { to, .. }) => {
            Some(format!("`{}` changes", to.name))
        }
        Operation::Column(ColumnOperation::Add { column, fill, .. })
            if fill.is_some() || !is_native(column, all, &table.name) =>
        {
            Some(format!("`{}` can't be added in place", column.name))
        }
        Operation::Column(ColumnOperation::Drop { column, .. }) => {
            let tied = is_tied(column, table, from);
            tied.then(|| format!("`{}` can't be dropped in place", column.name))
        }
        Operation::Constraint(operation) => constraint_reason(change, operation, all),
        _ => None,
    }
}

fn constraint_reason(
    change: &Change,
    operation: &ConstraintOperation,
    all: &[Change],
) -> Option<String> {
    if let Some(values) = CheckValues::of(change, all) {
        return Some(format!("the values of `{}` change", values.column));
    }
    match operation {
        ConstraintOperation::Drop { constraint, .. } => {
            Some(format!("a {} goes", constraint.kind()))
        }
        ConstraintOperation::Add { table, constraint } => {
            let inline = added(all, table).any(|column| {
                inlined(all, table, &column.name).contains(&constraint)
                    && is_native(column, all, table)
            });
            (!inline).then(|| format!("a {} comes", constraint.kind()))
        }
        ConstraintOperation::Rename { .. } | ConstraintOperation::Validate { .. } => None,
    }
}

fn added<'o>(all: &'o [Change], of: &'o str) -> impl Iterator<Item = &'o Column> {
    all.iter()
        .filter_map(move |change| match &change.operation {
            Operation::Column(ColumnOperation::Add { table, column, .. }) if table == of => {
                Some(&**column)
            }
            _ => None,
        })
}

/// The constraints that are written behind a column in ADD COLUMN: those about it alone.
pub(crate) fn inlined<'o>(all: &'o [Change], of: &str, column: &str) -> Vec<&'o Constraint> {
    let others: Vec<&Column> = added(all, of)
        .filter(|other| other.name != column)
        .collect();
    let added = all.iter().filter_map(|change| match &change.operation {
        Operation::Constraint(ConstraintOperation::Add { table, constraint }) if table == of => {
            Some(constraint)
        }
        _ => None,
    });
    let own = added.filter(|constraint| match constraint {
        Constraint::ForeignKey(key) => key.columns == [column],
        Constraint::Check(check) => {
            let of = |name: &str| mentions(&check.expression, Sqlite, name);
            of(column) && !others.iter().any(|other| of(&other.name))
        }
        Constraint::PrimaryKey(_) | Constraint::Unique(_) => false,
    });
    own.collect()
}

/// Whether ADD COLUMN takes the column.
fn is_native(column: &Column, all: &[Change], table: &str) -> bool {
    if let Some(generated) = &column.generated {
        return !generated.stored && column.nullable;
    }
    let refers = inlined(all, table, &column.name)
        .iter()
        .any(|constraint| matches!(constraint, Constraint::ForeignKey(_)));
    let default = column
        .default
        .as_deref()
        .filter(|text| !text.eq_ignore_ascii_case("null"));
    let fits = match default {
        None => column.nullable,
        Some(default) => is_constant(default) && !refers,
    };
    fits && column.numbering.is_none()
}

/// Whether a default is the same for every row, so that SQLite can leave the rows as they are.
fn is_constant(default: &str) -> bool {
    !default.starts_with('(') && !default.to_ascii_lowercase().starts_with("current_")
}

/// Whether anything that stays mentions the column, so that DROP COLUMN would be refused.
fn is_tied(column: &Column, table: &Table, from: &Schema) -> bool {
    let name = &column.name;
    let own = constraints(table)
        .iter()
        .any(|constraint| constraint.is_about(name, Sqlite));
    let computed = table.columns.iter().any(|other| {
        let generated = other.generated.as_ref().filter(|_| other.name != *name);
        generated.is_some_and(|generated| mentions(&generated.expression, Sqlite, name))
    });
    let referred = from.tables.values().any(|other| {
        let mut keys = other.foreign_keys.values();
        keys.any(|key| key.references == table.name && key.referenced.contains(name))
    });
    let triggers = from.tables.values().flat_map(|other| {
        let own = other.name == table.name;
        other
            .opaque
            .iter()
            .filter(move |opaque| own || opaque.tables.contains(&table.name))
    });
    let views = from
        .opaque
        .iter()
        .filter(|opaque| opaque.tables.contains(&table.name));
    let mut opaque_objects = triggers.chain(views);
    own || computed
        || referred
        || opaque_objects.any(|opaque| mentions(&opaque.create, Sqlite, name))
}
