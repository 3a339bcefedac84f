//! A table made anew, with all its changes at once: a new one, its rows, the old one's name.

use migrate_chain::Dialect;

use super::super::definition::{index, table};
use super::super::script::Script;
use super::super::stand_in::stand_in;
use crate::diff::{Changes, free_name};
use crate::model::{Column, Numbering, Table};
use crate::operation::{ColumnOperation, OpaqueOperation, Operation, converted};
use crate::sql::qualified::bare;
use crate::sql::{ident, literal, relation};

/// Writes the rebuild of a table.
pub(super) fn rebuild(
    script: &mut Script,
    changes: &Changes,
    from: &Table,
    to: &Table,
    reasons: &[String],
) {
    script.group(&format!("rebuild {}", to.name));
    script.comment(&format!(
        "{} is made anew, because SQLite can't change it in place: {}.",
        to.name,
        reasons.join(", ")
    ));
    warnings(script, changes, to);
    let mut copied = copied(script, changes, from, to);
    if let Some(rowid) = rowid(from, to) {
        copied.insert(0, (rowid.to_owned(), rowid.to_owned()));
    }
    let new = free_name(&[&changes.from, &changes.to], &to.name, "_new");
    script.run(&table(Dialect::Sqlite, to, &new));
    if !copied.is_empty() {
        let columns: Vec<String> = copied.iter().map(|(column, _)| ident(column)).collect();
        let values: Vec<&str> = copied.iter().map(|(_, value)| value.as_str()).collect();
        script.run(&format!(
            "INSERT INTO {} ({})\nSELECT {}\nFROM {}",
            relation(&new),
            columns.join(", "),
            values.join(", "),
            relation(&to.name)
        ));
    }
    if is_numbered(from) && is_numbered(to) {
        let (old, new) = (literal(&bare(&to.name)), literal(&bare(&new)));
        script.comment("The numbers of deleted rows are not given again.");
        script.run(&format!("DELETE FROM sqlite_sequence WHERE name = {new}"));
        script.run(&format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
        ));
    }
    script.run(&format!("DROP TABLE {}", relation(&to.name)));
    script.run(&format!(
        "ALTER TABLE {} RENAME TO {}",
        relation(&new),
        relation(&to.name)
    ));
    for one in to.indexes.values() {
        script.run(&index(&to.name, one));
    }
    for opaque in &to.opaque {
        let shown = changes.operations.iter().any(|change| {
            matches!(&change.operation, Operation::Opaque(OpaqueOperation::Create { table: Some(table), opaque: other, .. })
                if *table == to.name && other.name == opaque.name)
        });
        if !shown {
            script.create(changes, Some(&to.name), opaque, &[]);
        }
    }
}

/// The name of the rowid, which the copy of a row keeps: full-text tables and whatever else has no foreign key refer to
/// it. None where a column is the rowid, where there is none, or where columns have all of its names.
fn rowid(from: &Table, to: &Table) -> Option<&'static str> {
    if from.without_rowid || to.without_rowid || to.rowid_column().is_some() {
        return None;
    }
    let is_column = |name: &str| {
        let mut columns = from.columns.iter().chain(&to.columns);
        columns.any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let mut names = ["rowid", "_rowid_", "oid"].into_iter();
    names.find(|name| !is_column(name))
}

fn is_numbered(table: &Table) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.numbering == Some(Numbering::AutoIncrement))
}

/// What may fail, and what is lost.
fn warnings(script: &mut Script, changes: &Changes, to: &Table) {
    let own = changes
        .operations
        .iter()
        .filter(|change| change.table() == Some(to.name.as_str()));
    for change in own {
        if let Operation::Column(ColumnOperation::Drop { column, .. }) = &change.operation
            && column.generated.is_none()
        {
            script.comment(&format!(
                "This loses the values of {}.{}.",
                to.name, column.name
            ));
        }
        // A new column says it where its value stands.
        if matches!(
            change.operation,
            Operation::Column(ColumnOperation::Add { .. })
        ) {
            continue;
        }
        for hazard in change.hazards(changes) {
            script.warn(&hazard);
        }
    }
}

/// The columns that are written, each with the expression over the old table.
fn copied(
    script: &mut Script,
    changes: &Changes,
    from: &Table,
    to: &Table,
) -> Vec<(String, String)> {
    let mut copied = Vec::new();
    for column in &to.columns {
        // What is computed is computed again.
        if column.generated.is_some() {
            continue;
        }
        let fill = fill(changes, to, column);
        let value = match from.column(&column.name) {
            Some(old) => Some(kept(script, changes, to, old, column, fill)),
            None => added(script, changes, to, column, fill),
        };
        copied.extend(value.map(|value| (column.name.clone(), value)));
    }
    copied
}

fn fill(changes: &Changes, to: &Table, column: &Column) -> Option<String> {
    changes
        .operations
        .iter()
        .find_map(|change| match &change.operation {
            Operation::Column(
                ColumnOperation::Add {
                    table,
                    column: one,
                    fill,
                }
                | ColumnOperation::Change {
                    table,
                    to: one,
                    fill,
                    ..
                },
            ) if *table == to.name && one.name == column.name => fill.clone(),
            _ => None,
        })
}

/// The value of a column that was there.
fn kept(
    script: &mut Script,
    changes: &Changes,
    table: &Table,
    old: &Column,
    new: &Column,
    fill: Option<String>,
) -> String {
    // A number or text column takes what fits by itself, and a value that doesn't is kept as it is.
    let value = converted(changes, &table.name, old, new).unwrap_or_else(|| ident(&new.name));
    let values = changes.renamed_values(&table.name, &new.name);
    let value = if values.is_empty() {
        value
    } else {
        let cases = values
            .iter()
            .map(|(from, to)| format!("WHEN {} THEN {}", literal(from), literal(to)));
        let cases: Vec<String> = cases.collect();
        format!("CASE {value} {} ELSE {value} END", cases.join(" "))
    };
    if !old.nullable || new.nullable {
        return value;
    }
    let instead = fill.or_else(|| {
        new.default
            .clone()
            .filter(|text| !text.eq_ignore_ascii_case("null"))
    });
    match instead.or_else(|| back(script, changes, table, new, "has no value")) {
        Some(instead) => format!("COALESCE({value}, {instead})"),
        None => value,
    }
}

/// The value of a new column; `None` where the database gives one.
fn added(
    script: &mut Script,
    changes: &Changes,
    table: &Table,
    column: &Column,
    fill: Option<String>,
) -> Option<String> {
    if fill.is_some() {
        return fill;
    }
    let key = table
        .primary_key
        .as_ref()
        .is_some_and(|key| key.columns == [column.name.as_str()]);
    let is_rowid = key && column.kind.eq_ignore_ascii_case("integer") && !table.without_rowid;
    let given = column.nullable || column.default.is_some() || is_rowid;
    if changes.is_back && given {
        script.comment(&format!(
            "{}.{} comes back without its values.",
            table.name, column.name
        ));
    }
    if given {
        return None;
    }
    if let Some(value) = back(
        script,
        changes,
        table,
        column,
        "comes back without its values",
    ) {
        return Some(value);
    }
    script.comment(&format!(
        "{0}.{1} takes no NULL and has no default: rows that exist need a value. Write it in place of NULL \
         below; until then this fails if {0} has rows.",
        table.name, column.name
    ));
    Some("NULL".to_owned())
}

/// On the way back something stands in for values that are gone.
fn back(
    script: &mut Script,
    changes: &Changes,
    table: &Table,
    column: &Column,
    why: &str,
) -> Option<String> {
    let value = stand_in(changes, table, column).filter(|_| changes.is_back)?;
    script.comment(&format!(
        "{}.{} {why}: rows get {value}.",
        table.name, column.name
    ));
    Some(value)
}
