//! Indexes that no constraint owns, taken apart from the server's own definition.

use migrate_chain::Dialect;

use super::session::Session;
use super::tables::Tables;
use crate::Result;
use crate::model::{Index, Opaque};
use crate::sql::cursor::{Cursor, Token, lex, source, split_at_commas};
use crate::sql::normal;

pub(super) fn read(session: &mut Session<'_>, tables: &mut Tables) -> Result<()> {
    let rows = session.rows(
        "SELECT i.indrelid, c.relname, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid), \
           pg_catalog.pg_get_expr(i.indpred, i.indrelid), {name:c.relnamespace:c.relname}, \
           pg_catalog.obj_description(c.oid, 'pg_class') \
         FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         WHERE {in:c.relnamespace} AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k \
           WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')) \
         ORDER BY c.relname",
    )?;
    for row in rows {
        let Some(table) = tables.get_mut(&row.text(0)) else {
            continue;
        };
        let (name, definition) = (row.text(1), row.text(3));
        let parts = parts(&definition, &name, row.get(4));
        let index = parts.filter(|_| row.is_true(2));
        match index {
            Some(mut index) => {
                index.comment = row.get(6);
                table.indexes.insert(name, index);
            }
            None => table.opaque.push(Opaque {
                kind: if row.is_true(2) {
                    "index".to_owned()
                } else {
                    "invalid index".to_owned()
                },
                name,
                create: super::commented(
                    super::unqualified(&definition, " ON ", session.schema()),
                    &format!("INDEX {}", row.text(5)),
                    row.get(6),
                ),
                drop: format!("DROP INDEX {}", row.text(5)),
                tables: vec![table.name.clone()],
                columns: None,
                before_tables: false,
            }),
        }
    }
    Ok(())
}

/// `None` for one that says more.
fn parts(definition: &str, name: &str, predicate: Option<String>) -> Option<Index> {
    let tokens = lex(definition, Dialect::Postgres)?;
    let mut cursor = Cursor::new(&tokens);
    cursor.take(&["CREATE"]).then_some(())?;
    let unique = cursor.take(&["UNIQUE"]);
    cursor.take(&["INDEX"]).then_some(())?;
    cursor.take_name()?;
    cursor.take(&["ON"]).then_some(())?;
    cursor.take(&["ONLY"]);
    cursor.take_name()?;
    if cursor.take_symbol(b'.') {
        cursor.take_name()?;
    }
    cursor.take(&["USING"]).then_some(())?;
    let method = cursor.take_name()?;
    let text = |part: &[Token<'_>]| match normal::without_parentheses(part) {
        inside if inside.len() < part.len() => format!("({})", source(definition, inside)),
        _ => source(definition, part).to_owned(),
    };
    let keys = split_at_commas(cursor.take_parentheses()?);
    let keys = keys.into_iter().map(text).collect();
    let include = if cursor.take(&["INCLUDE"]) {
        split_at_commas(cursor.take_parentheses()?)
            .into_iter()
            .map(|part| Cursor::new(part).take_name())
            .collect::<Option<Vec<_>>>()?
    } else {
        Vec::new()
    };
    let nulls_not_distinct = cursor.take(&["NULLS", "NOT", "DISTINCT"]);
    let storage = if cursor.take(&["WITH"]) {
        Some(source(definition, cursor.take_parentheses()?).to_owned())
    } else {
        None
    };
    // The predicate's text is asked for apart.
    let is_whole = cursor.is_at_end() || cursor.take(&["WHERE"]) && predicate.is_some();
    is_whole.then(|| Index {
        name: name.to_owned(),
        unique,
        method,
        keys,
        include,
        predicate: predicate.map(|predicate| super::inside(&predicate)),
        nulls_not_distinct,
        storage,
        comment: None,
    })
}
