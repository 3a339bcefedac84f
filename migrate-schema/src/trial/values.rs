//! The values of all tables, before a script and after it.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use crate::Result;
use crate::diff::Changes;
use crate::hazards::HazardKind;
use crate::model::{Column, Schema};
use crate::operation::{ColumnOperation, Operation};
use crate::sql::{ident, relation};
use crate::testing::TestDb;

/// By table and column, every value as a text, sorted.
pub(super) struct Values(BTreeMap<(String, String), Vec<String>>);

impl Values {
    pub(super) fn read(db: &mut TestDb<'_>, schema: &Schema) -> Result<Values> {
        let mut all = BTreeMap::new();
        for table in schema.tables.values() {
            for column in table.columns.iter().filter(|one| one.generated.is_none()) {
                let text = text(schema.dialect, &ident(&column.name), &column.kind);
                let values = read(db, &table.name, &text)?;
                all.insert((table.name.clone(), column.name.clone()), values);
            }
        }
        Ok(Values(all))
    }

    /// What the script has changed without a word of it in the file: each as a sentence.
    pub(super) fn changed_in_silence(&self, db: &mut TestDb<'_>, changes: &Changes) -> Vec<String> {
        let mut problems = Vec::new();
        for ((table, column), before) in &self.0 {
            let new_table = changes.renames.table(table).to_owned();
            let key = (new_table.clone(), column.clone());
            let new_column = changes.renames.columns.get(&key).unwrap_or(column);
            let after = changes.table_after(&new_table);
            let Some(after) = after.and_then(|table| table.column(new_column)) else {
                continue;
            };
            if after.generated.is_some() || is_announced(changes, &new_table, after) {
                continue;
            }
            let old = changes
                .table_before(&new_table)
                .and_then(|table| table.column(new_column));
            let kind = old.map_or(after.kind.as_str(), |old| old.kind.as_str());
            let name = ident(new_column);
            let plain = text(changes.dialect(), &name, kind);
            let Ok(mut now) = read(db, &new_table, &plain) else {
                continue;
            };
            let rows = now.len();
            if kind != after.kind {
                let as_it_was = back(changes.dialect(), &name, kind);
                // What can't be written in the old type can't be compared.
                let Ok(back) = read(db, &new_table, &text(changes.dialect(), &as_it_was, kind))
                else {
                    continue;
                };
                now.extend(back);
            }
            let lost = before.iter().find(|value| !now.contains(value));
            let is_filled = old.is_some_and(|old| old.nullable && !after.nullable);
            match lost {
                Some(value) if !(is_filled && value == "NULL") => problems.push(format!(
                    "it changes values of {new_table}.{new_column} without saying so, such as {value}"
                )),
                _ if rows != before.len() => problems.push(format!(
                    "{new_table} has {rows} rows where it had {}",
                    before.len()
                )),
                _ => {}
            }
        }
        problems
    }
}

fn text(dialect: Dialect, value: &str, kind: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("quote({value})"),
        // What is called otherwise is the same object.
        _ if kind.starts_with("reg") => format!("coalesce(({value})::oid::text, 'NULL')"),
        // Zeros behind a fraction are no value.
        _ if kind.starts_with("numeric") => {
            format!("coalesce(({value})::double precision::text, 'NULL')")
        }
        _ => format!("coalesce(({value})::text, 'NULL')"),
    }
}

fn back(dialect: Dialect, value: &str, kind: &str) -> String {
    match dialect {
        Dialect::Sqlite if kind.is_empty() => value.to_owned(),
        Dialect::Sqlite => format!("CAST({value} AS {kind})"),
        _ => format!("({value}::text)::{kind}"),
    }
}

fn read(db: &mut TestDb<'_>, table: &str, text: &str) -> Result<Vec<String>> {
    let query = format!("SELECT {text} FROM {} ORDER BY 1", relation(table));
    let rows: Vec<(String,)> = db.query(&query)?;
    Ok(rows.into_iter().map(|(value,)| value).collect())
}

/// Whether the file says that values of the column become others, or are given by somebody.
fn is_announced(changes: &Changes, table: &str, column: &Column) -> bool {
    let of = format!("{table}.{}", column.name);
    // Names may have spaces in them.
    let is_about = |what: &str| {
        let mut behind = what.split(&of).skip(1);
        behind.any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    };
    let is_announced = changes.hazards().into_iter().any(|hazard| {
        let is_loud = !matches!(hazard.kind, HazardKind::Breaks | HazardKind::Locks);
        is_loud && is_about(&hazard.what)
    });
    let is_renamed = changes.renames.values.keys().any(|_| true)
        && (!changes.renamed_values(table, &column.name).is_empty()
            || changes
                .to
                .enums
                .contains_key(&crate::sql::qualified::of_type(&column.kind)));
    let is_filled = changes.operations.iter().any(|change| {
        matches!(&change.operation, Operation::Column(ColumnOperation::Change { table: own, to, fill: Some(_), .. })
            if own == table && to.name == column.name)
    });
    is_announced || is_renamed || is_filled
}
