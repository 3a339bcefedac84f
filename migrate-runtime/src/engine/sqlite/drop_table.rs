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

/// An error if a statement of the script, at `range`, drops a table and changes rows of others by that. Tables that the
/// rest of the script drops as well may lose theirs.
pub(crate) async fn check<C: Driver>(
    connection: &mut C,
    script: &str,
    range: Range<usize>,
) -> Result<(), DbError> {
    let Some(dropped) = dropped(script.get(range.clone()).unwrap_or("")) else {
        return Ok(());
    };
    let found = connection.rows(&select_schema(&dropped)).await?;
    let Some(schema) = found.cell() else {
        return Ok(());
    };
    let table = &dropped.table;
    let keys = connection.rows(&select_keys(schema, table)).await?;
    for key in keys.iter() {
        let (child, on_delete) = (key.text(0), key.text(1));
        let schema = identifier(schema);
        let sql = format!(
            "SELECT count(*) FROM {schema}.{} AS child WHERE EXISTS (SELECT 1 FROM {schema}.{} AS parent WHERE {})",
            identifier(&child),
            identifier(table),
            key.text(2)
        );
        let rows = connection.rows(&sql).await?;
        let count = rows.cell().and_then(|cell| cell.parse().ok()).unwrap_or(0);
        if count == 0 || is_dropped_later(script, range.end, &child) {
            continue;
        }
        return Err(refusal(table, &child, &on_delete, count));
    }
    Ok(())
}

/// Tells what would be lost, and both ways out.
fn refusal(table: &str, child: &str, on_delete: &str, count: u64) -> DbError {
    let (rows, refer) = match count {
        1 => ("row", "it refers"),
        _ => ("rows", "they refer"),
    };
    let harm = match on_delete {
        "CASCADE" => "delete",
        "SET NULL" => "SET NULL in",
        _ => "SET DEFAULT in",
    };
    DbError::new(
        Class::Other,
        format!(
            "dropping `{table}` would {harm} {count} {rows} of `{child}`, because {refer} to it (ON DELETE {on_delete})\n\
             hint: to rebuild the table, switch foreign keys off: `-- upgrade (sqlite, foreign keys off)`; to be rid of these rows, delete them in the script, before"
        ),
    )
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

/// The schema in which the table is found, if foreign keys are on; they lead to tables of the same schema.
fn select_schema(name: &Name) -> String {
    let schema = match &name.schema {
        Some(schema) => literal(Dialect::Sqlite, schema),
        None => format!(
            "CASE WHEN EXISTS (SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND name = {} COLLATE NOCASE) \
             THEN 'temp' ELSE 'main' END",
            literal(Dialect::Sqlite, &name.table)
        ),
    };
    format!("SELECT {schema} FROM pragma_foreign_keys WHERE foreign_keys")
}

/// The foreign keys of other tables that refer to it and change rows when its rows are deleted: the table, what it does,
/// and what joins the two. SQLite ignores a key here whose parent lacks a column, and so does this.
fn select_keys(schema: &str, table: &str) -> String {
    format!(
        "SELECT child.name, key.on_delete, group_concat('parent.\"' || replace(parent.name, '\"', '\"\"') || \
         '\" = child.\"' || replace(key.\"from\", '\"', '\"\"') || '\"', ' AND ') \
         FROM {}.sqlite_master AS child, pragma_foreign_key_list(child.name, {schema}) AS key \
         LEFT JOIN pragma_table_xinfo({table}, {schema}) AS parent ON CASE WHEN key.\"to\" IS NULL \
         THEN parent.pk = key.seq + 1 ELSE parent.name = key.\"to\" COLLATE NOCASE END \
         WHERE child.type = 'table' AND key.\"table\" = {table} COLLATE NOCASE AND child.name <> {table} COLLATE NOCASE \
         AND key.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') GROUP BY child.name, key.id \
         HAVING count(parent.name) = count(*) ORDER BY child.name, key.id",
        identifier(schema),
        schema = literal(Dialect::Sqlite, schema),
        table = literal(Dialect::Sqlite, table),
    )
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
