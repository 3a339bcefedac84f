//! Reads PostgreSQL's catalog, from version 14 on, in the server's own spelling of types and expressions.

mod attached;
mod constraints;
mod depends;
mod indexes;
mod inventory;
mod objects;
mod privileges;
mod session;
mod tables;

use std::collections::BTreeMap;

use migrate_chain::Dialect;
use postgres::Client;

use self::inventory::Kind;
use self::session::{Others, Reach, Session};
use super::Ignore;
use crate::Result;
use crate::model::{Enum, Schema};
use crate::sql::cursor::{lex, source};
use crate::sql::{literal, normal};
use migrate_chain::sql::identifier;

/// Reads one schema of a database; by default the one that `current_schema()` names.
///
/// Objects of that schema are named without it, whatever the session's `search_path` is, so that a script can be run in
/// another one. The session's settings are put back.
///
/// # Errors
///
/// There is no such schema, or what the database said.
pub fn postgres(client: &mut Client, schema: Option<&str>, ignore: &Ignore) -> Result<Schema> {
    let reach = Reach {
        default: schema,
        ignore,
        others: Others::None,
    };
    Session::within(client, &reach, |session| read(session, ignore))
}

/// Reads all schemas of a database, except those of the server, of extensions, those that are unmanaged as a whole, and
/// those of other chains, which have a record of their own. The default schema is the first of the `search_path` that no
/// model names.
///
/// # Errors
///
/// No schema of the `search_path` exists, or what the database said.
pub fn postgres_schemas(client: &mut Client, ignore: &Ignore) -> Result<Schema> {
    let reach = Reach {
        default: None,
        ignore,
        others: Others::All,
    };
    Session::within(client, &reach, |session| read(session, ignore))
}

/// Reads a database that is held against `made`, what its migrations make. Of a schema that they don't make it is only
/// known that it is there.
///
/// The default schema is that of the name or else `current_schema()`, unless the migrations make that: then it is the
/// first of the `search_path` that they don't make.
///
/// # Errors
///
/// The errors of [`postgres()`].
pub fn postgres_beside(
    client: &mut Client,
    made: &Schema,
    schema: Option<&str>,
    ignore: &Ignore,
) -> Result<Schema> {
    let reach = Reach {
        default: schema.filter(|name| !made.schemas.contains(*name)),
        ignore,
        others: Others::Made(&made.schemas),
    };
    Session::within(client, &reach, |session| read(session, ignore))
}

fn read(session: &mut Session<'_>, ignore: &Ignore) -> Result<Schema> {
    let mut tables = tables::read(session, ignore)?;
    constraints::read(session, &mut tables)?;
    indexes::read(session, &mut tables)?;
    attached::read(session, &mut tables)?;
    privileges::of_tables(session, &mut tables)?;
    let mut opaque = objects::read(session, &tables, ignore)?;
    opaque.extend(privileges::of_schemas(session)?);
    Ok(Schema {
        dialect: Dialect::Postgres,
        default_schema: session.default_schema(),
        schemas: session.schemas().clone(),
        tables: tables
            .into_values()
            .map(|table| (table.name.clone(), table))
            .collect(),
        enums: enums(session, ignore)?,
        opaque,
        extensions: extensions(session)?,
    })
}

fn extensions(session: &mut Session<'_>) -> Result<Vec<String>> {
    let rows = session.rows(
        "SELECT extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
    )?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

fn enums(session: &mut Session<'_>, ignore: &Ignore) -> Result<BTreeMap<String, Enum>> {
    let mut enums = BTreeMap::new();
    let rows = session.rows_of(
        Kind::Enum,
        "SELECT {key:t.typnamespace:t.typname}, e.enumlabel, pg_catalog.obj_description(t.oid, 'pg_type') \
         FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid \
         WHERE t.typtype = 'e' AND {in:t.typnamespace} AND {free:pg_type:t.oid} \
         ORDER BY t.typnamespace, t.typname, e.enumsortorder",
    )?;
    for row in rows {
        let name = row.text(0);
        if session.is_ignored(ignore, &name) {
            continue;
        }
        let found = enums.entry(name.clone()).or_insert_with(|| Enum {
            name,
            values: Vec::new(),
            comment: row.get(2),
        });
        found.values.extend(row.get(1));
    }
    Ok(enums)
}

/// An expression without the parentheses that enclose the whole.
fn inside(expression: &str) -> String {
    let tokens = lex(expression, Dialect::Postgres).unwrap_or_default();
    match normal::without_parentheses(&tokens) {
        [] => expression.to_owned(),
        inside => source(expression, inside).to_owned(),
    }
}

/// A definition with what a person says of `target`, such as `VIEW v`.
fn commented(mut definition: String, target: &str, comment: Option<String>) -> String {
    if let Some(comment) = comment {
        definition.push_str(&format!(";\nCOMMENT ON {target} IS {}", literal(&comment)));
    }
    definition
}

/// A definition without our schema's name, which the server writes behind `head` whatever the `search_path` is.
fn unqualified(definition: &str, head: &str, schema: &str) -> String {
    let plain = format!("{head}{schema}.");
    let quoted = format!("{head}{}.", identifier(schema));
    for qualified in [plain, quoted] {
        if definition.contains(&qualified) {
            return definition.replacen(&qualified, head, 1);
        }
    }
    definition.to_owned()
}
