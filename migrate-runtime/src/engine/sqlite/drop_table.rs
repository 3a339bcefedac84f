//! The guard before a DROP TABLE: with foreign keys on, SQLite first deletes the rows of the table, and with them, or in
//! place of their keys, whatever `ON DELETE` says of the rows that refer to it
//! (<https://sqlite.org/foreignkeys.html#fk_schemacommands>).
//!
//! So every recipe of a rebuild loses rows of other tables without a word: the copy that is renamed, the backup table of
//! SQLite's own FAQ, a DROP in one revision and a CREATE in the next. Where the key only forbids (`NO ACTION`,
//! `RESTRICT`), SQLite itself refuses.

use std::ops::Range;

use migrate_chain::sql::{Token, TokenKind, identifier, literal, tokens, unquoted};
use migrate_chain::{Dialect, sql};

use crate::driver::{Class, DbError, Driver};

/// A table as a statement names it.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    schema: Option<String>,
    table: String,
}

/// A foreign key of another table.
struct Key {
    child: String,
    id: String,
    columns: Vec<String>,
    /// The columns that they refer to; empty: the primary key.
    parents: Vec<String>,
    on_delete: String,
}

/// An error if a statement of the script, at `range`, drops a table and changes rows of others by that. Tables that the
/// rest of the script drops as well may lose theirs.
pub(super) async fn check<C: Driver>(
    connection: &mut C,
    script: &str,
    range: Range<usize>,
) -> Result<(), DbError> {
    let Some(dropped) = dropped(script.get(range.clone()).unwrap_or("")) else {
        return Ok(());
    };
    if connection.rows("PRAGMA foreign_keys").await?.cell() != Some("1") {
        return Ok(());
    }
    let schema = schema(connection, &dropped).await?;
    let keys = keys(connection, &schema, &dropped.table).await?;
    for key in keys {
        let count = count(connection, &schema, &dropped.table, &key).await?;
        if count == 0 || is_dropped_later(script, range.end, &key.child) {
            continue;
        }
        let rows = if count == 1 { "row" } else { "rows" };
        let harm = match key.on_delete.as_str() {
            "CASCADE" => format!("delete {count} {rows} of `{}`", key.child),
            action => format!("{action} in {count} {rows} of `{}`", key.child),
        };
        return Err(DbError::new(
            Class::Other,
            format!(
                "dropping `{}` would {harm}, because {} to it (ON DELETE {})\n\
                 hint: to rebuild the table, switch foreign keys off: `-- upgrade (sqlite, foreign keys off)`; to be rid of these rows, delete them in the script, before",
                dropped.table,
                if count == 1 {
                    "it refers"
                } else {
                    "they refer"
                },
                key.on_delete
            ),
        ));
    }
    Ok(())
}

/// The table that a statement drops.
fn dropped(statement: &str) -> Option<Name> {
    // A word is looked at before the rest is read, because most statements drop nothing.
    if !sql::mentions(statement, "drop") {
        return None;
    }
    let tokens = tokens(statement, Dialect::Sqlite)?;
    let text = |token: &Token| statement.get(token.start..token.end).unwrap_or("");
    let mut rest = tokens.iter().peekable();
    let mut is = |word: &str| {
        let is = |token: &&Token| {
            token.kind == TokenKind::Word && text(token).eq_ignore_ascii_case(word)
        };
        rest.next_if(is).is_some()
    };
    if !(is("DROP") && is("TABLE")) {
        return None;
    }
    let _ = is("IF") && is("EXISTS");
    let first = unquoted(text(rest.next()?));
    match rest.next_if(|token| token.kind == TokenKind::Symbol(b'.')) {
        None => Some(Name {
            schema: None,
            table: first,
        }),
        Some(_) => Some(Name {
            schema: Some(first),
            table: unquoted(text(rest.next()?)),
        }),
    }
}

/// True when a later statement of the script drops the table.
fn is_dropped_later(script: &str, from: usize, table: &str) -> bool {
    let rest = script.get(from..).unwrap_or("");
    sql::statements(rest, Dialect::Sqlite).any(|statement| {
        let dropped = dropped(rest.get(statement.range).unwrap_or(""));
        dropped.is_some_and(|dropped| dropped.table.eq_ignore_ascii_case(table))
    })
}

/// The schema in which the table is found; keys lead to tables of the same one.
async fn schema<C: Driver>(connection: &mut C, name: &Name) -> Result<String, DbError> {
    if let Some(schema) = &name.schema {
        return Ok(schema.clone());
    }
    let table = literal(Dialect::Sqlite, &name.table);
    let is_temporary = format!(
        "SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = {table} COLLATE NOCASE"
    );
    let rows = connection.rows(&is_temporary).await?;
    let schema = if rows.cell().is_some() {
        "temp"
    } else {
        "main"
    };
    Ok(schema.to_owned())
}

/// The foreign keys of other tables that refer to it and change rows when its rows are deleted.
async fn keys<C: Driver>(
    connection: &mut C,
    schema: &str,
    table: &str,
) -> Result<Vec<Key>, DbError> {
    let sql = format!(
        "SELECT child.name, key.id, key.\"from\", key.\"to\", key.on_delete \
         FROM {}.sqlite_master AS child, pragma_foreign_key_list(child.name, {}) AS key \
         WHERE child.type = 'table' AND key.\"table\" = {table} COLLATE NOCASE AND child.name <> {table} COLLATE NOCASE \
         AND key.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY child.name, key.id, key.seq",
        identifier(schema),
        literal(Dialect::Sqlite, schema),
        table = literal(Dialect::Sqlite, table),
    );
    let mut keys: Vec<Key> = Vec::new();
    for row in connection.rows(&sql).await?.iter() {
        let (child, id) = (row.text(0), row.text(1));
        let is_new = |last: &Key| last.child != child || last.id != id;
        if keys.last().is_none_or(is_new) {
            keys.push(Key {
                child,
                id,
                columns: Vec::new(),
                parents: Vec::new(),
                on_delete: row.text(4),
            });
        }
        if let Some(key) = keys.last_mut() {
            key.columns.push(row.text(2));
            key.parents.extend(row.get(3).map(str::to_owned));
        }
    }
    Ok(keys)
}

/// How many rows refer to a row of the table.
async fn count<C: Driver>(
    connection: &mut C,
    schema: &str,
    table: &str,
    key: &Key,
) -> Result<usize, DbError> {
    let mut parents = key.parents.clone();
    if parents.len() != key.columns.len() {
        let sql = format!(
            "SELECT name FROM pragma_table_info({}, {}) WHERE pk > 0 ORDER BY pk",
            literal(Dialect::Sqlite, table),
            literal(Dialect::Sqlite, schema)
        );
        let rows = connection.rows(&sql).await?;
        parents = rows.iter().map(|row| row.text(0)).collect();
    }
    let on: Vec<String> = (parents.iter().zip(&key.columns))
        .map(|(parent, column)| {
            format!(
                "parent.{} = child.{}",
                identifier(parent),
                identifier(column)
            )
        })
        .collect();
    let schema = identifier(schema);
    let sql = format!(
        "SELECT count(*) FROM {schema}.{} AS child WHERE EXISTS (SELECT 1 FROM {schema}.{} AS parent WHERE {})",
        identifier(&key.child),
        identifier(table),
        on.join(" AND ")
    );
    let rows = connection.rows(&sql).await?;
    Ok(rows.cell().and_then(|cell| cell.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{Name, dropped};

    #[test]
    fn a_drop_is_read_as_sqlite_reads_it() {
        let name = |schema: Option<&str>, table: &str| {
            Some(Name {
                schema: schema.map(str::to_owned),
                table: table.to_owned(),
            })
        };
        for (statement, expected) in [
            ("DROP TABLE parent", name(None, "parent")),
            ("drop /* it */ table if exists [a b];", name(None, "a b")),
            ("DROP TABLE main.\"a\"\"b\"", name(Some("main"), "a\"b")),
            ("-- c\nDROP TABLE `temp` . 'x'", name(Some("temp"), "x")),
            ("DROP INDEX parent", None),
            ("ALTER TABLE parent DROP COLUMN x", None),
            ("SELECT 'DROP TABLE parent'", None),
        ] {
            assert_eq!(dropped(statement), expected, "{statement}");
        }
    }
}
