//! Enum values that a script adds and uses: PostgreSQL refuses to before a commit.

use std::collections::BTreeSet;

use migrate_chain::Dialect;

use super::operation::{Constraint, Operation};
use crate::model::{Column, Index};
use crate::sql::holds;

/// The enum types that a value is added to which another operation writes as a constant:
/// PostgreSQL refuses to use it before a commit.
pub(super) fn used_early(operations: &[Operation]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for operation in operations {
        let Operation::AddValue { of, value, .. } = operation else {
            continue;
        };
        let texts = operations.iter().flat_map(texts);
        if texts
            .into_iter()
            .any(|text| holds(text, Dialect::Postgres, value))
        {
            used.insert(of.clone());
        }
    }
    used
}

/// Everything an operation writes that may hold a constant.
fn texts(operation: &Operation) -> Vec<&str> {
    fn of_column(column: &Column) -> impl Iterator<Item = &str> {
        let generated = column
            .generated
            .as_ref()
            .map(|generated| generated.expression.as_str());
        column.default.as_deref().into_iter().chain(generated)
    }
    fn of_index(index: &Index) -> impl Iterator<Item = &str> {
        index
            .keys
            .iter()
            .chain(&index.predicate)
            .map(String::as_str)
    }
    match operation {
        Operation::CreateTable(table) => (table.columns.iter().flat_map(of_column))
            .chain(table.checks.values().map(|check| check.expression.as_str()))
            .collect(),
        Operation::AddColumn { column, fill, .. }
        | Operation::ChangeColumn {
            to: column, fill, ..
        } => of_column(column).chain(fill.as_deref()).collect(),
        Operation::AddConstraint {
            constraint: Constraint::Check(check),
            ..
        } => vec![&check.expression],
        Operation::CreateIndex { index, .. } => of_index(index).collect(),
        Operation::CreateOpaque { opaque, .. } => vec![&opaque.create],
        Operation::ReplaceEnum { columns, to, .. } => {
            (columns.iter().flat_map(|(_, column)| of_column(column)))
                .chain(to.values.iter().map(String::as_str))
                .collect()
        }
        _ => Vec::new(),
    }
}
