//! Rows made up for a schema, so that a revision meets tables that are not empty.

use migrate_chain::Dialect;

use super::TestDb;
use crate::model::{Column, Schema, Table};
use crate::text::{ident, literal};

/// Puts a row into every table, parents first; tables whose rules no made-up row keeps (a CHECK on a
/// format, for example) stay without.
pub(super) fn seed(db: &mut TestDb<'_>, schema: &Schema, number: usize) {
    for table in parents_first(schema) {
        let statement = insert(schema, table, number);
        // It is only data: what matters is the rows that are in.
        let _ = db.execute(&statement);
    }
}

fn parents_first(schema: &Schema) -> Vec<&Table> {
    let mut left: Vec<&Table> = schema.tables.values().collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|table| {
            table.foreign_keys.values().all(|key| {
                key.references == table.name || !left.iter().any(|one| one.name == key.references)
            })
        });
        // In a circle the first by name begins.
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}

fn insert(schema: &Schema, table: &Table, number: usize) -> String {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for column in &table.columns {
        if column.generated.is_some()
            || (column.numbering.is_some() && schema.dialect != Dialect::Sqlite)
        {
            continue;
        }
        columns.push(ident(&column.name));
        values.push(referenced(table, column).unwrap_or_else(|| value(schema, column, number)));
    }
    match columns.is_empty() {
        true => format!("INSERT INTO {} DEFAULT VALUES", ident(&table.name)),
        false => format!(
            "INSERT INTO {} ({}) VALUES ({})",
            ident(&table.name),
            columns.join(", "),
            values.join(", ")
        ),
    }
}

/// Of a foreign key's column: what the newest row of the parent has.
fn referenced(table: &Table, column: &Column) -> Option<String> {
    for key in table.foreign_keys.values() {
        let Some(at) = key.columns.iter().position(|one| *one == column.name) else {
            continue;
        };
        if key.references == table.name {
            // A row may refer to itself, or to none.
            return column.nullable.then(|| "NULL".to_owned());
        }
        let of = key.referenced.get(at)?;
        let order: Vec<String> = (key.referenced.iter())
            .map(|one| format!("{} DESC", ident(one)))
            .collect();
        return Some(format!(
            "(SELECT {} FROM {} ORDER BY {} LIMIT 1)",
            ident(of),
            ident(&key.references),
            order.join(", ")
        ));
    }
    None
}

/// A value of the column's type, another for every number.
fn value(schema: &Schema, column: &Column, number: usize) -> String {
    let kind = column.kind.to_ascii_lowercase();
    if let Some(of) = schema.enums.get(&column.kind) {
        return of
            .values
            .first()
            .map_or("NULL".to_owned(), |value| literal(value));
    }
    let any = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if kind.ends_with("[]") {
        "'{}'".to_owned()
    } else if any(&["bool"]) {
        match schema.dialect {
            Dialect::Sqlite => "1".to_owned(),
            _ => "true".to_owned(),
        }
    } else if any(&["timestamp", "date"]) {
        "'2026-11-20 10:02:11'".to_owned()
    } else if any(&["interval"]) {
        "'1 day'".to_owned()
    } else if any(&["time"]) {
        "'10:02:11'".to_owned()
    } else if any(&["int", "serial", "num", "dec", "real", "float", "doub"]) {
        number.to_string()
    } else if any(&["uuid"]) {
        format!("'00000000-0000-4000-8000-{number:012x}'")
    } else if any(&["json"]) {
        "'{}'".to_owned()
    } else if any(&["blob"]) {
        format!("x'{number:08x}'")
    } else if any(&["bytea"]) {
        format!("'\\x{number:08x}'")
    } else {
        // With leading zeros the newest is the greatest in the order of texts, too.
        format!("'{number:04}'")
    }
}
