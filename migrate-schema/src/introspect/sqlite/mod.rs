//! Reads SQLite: `sqlite_schema.sql` to the last token, checked against what the pragmas say.
//!
//! The statements are read by our own small reader: the one parser there is (`sqlite3-parser`) compiles C for the host,
//! brings eight crates and gives expressions back in a spelling of its own, where ours keeps each token.

mod catalog;
mod create_index;
mod create_table;
mod mentions;
mod pragmas;

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;
use rusqlite::Connection;

use self::catalog::{Catalog, Object};
use self::mentions::Mentions;
use super::Ignore;
use crate::model::{Index, Opaque, Schema, Table};
use crate::sql::cursor::lex;
use crate::sql::qualified::join;
use crate::{Error, Result};
use migrate_chain::sql::identifier;

/// Reads the `main` database of a connection.
///
/// # Errors
///
/// What the database said.
pub fn sqlite(conn: &Connection, ignore: &Ignore) -> Result<Schema> {
    let catalog = Catalog::read(conn).map_err(cant)?;
    let mentions = Mentions::of(&catalog);
    let mut tables = BTreeMap::new();
    for object in catalog.tables(ignore) {
        let table = table(conn, &catalog, object, &mentions)?;
        tables.insert(object.name.clone(), table);
    }
    complete_references(&mut tables);
    let mut opaque = opaque(&catalog, &mentions, ignore);
    name_apart(&mut tables, &mut opaque);
    Ok(Schema {
        dialect: Dialect::Sqlite,
        default_schema: String::new(),
        schemas: BTreeSet::new(),
        opaque,
        tables,
        enums: BTreeMap::new(),
        extensions: Vec::new(),
    })
}

/// A dot in a name is part of it, as the names of the model say it.
fn name_apart(tables: &mut BTreeMap<String, Table>, opaque: &mut [Opaque]) {
    let apart = |name: &mut String| *name = join(None, name);
    let all = |opaque: &mut [Opaque]| {
        for one in opaque {
            one.tables.iter_mut().for_each(apart);
        }
    };
    all(opaque);
    for table in tables.values_mut() {
        apart(&mut table.name);
        all(&mut table.opaque);
        let keys = table.foreign_keys.values_mut();
        keys.for_each(|key| apart(&mut key.references));
    }
    let named = std::mem::take(tables).into_values();
    *tables = named.map(|table| (table.name.clone(), table)).collect();
}

fn cant(error: rusqlite::Error) -> Error {
    Error::new("can't read the schema").with_source(error)
}

fn table(
    conn: &Connection,
    catalog: &Catalog,
    object: &Object,
    mentions: &Mentions,
) -> Result<Table> {
    let reported = pragmas::table(conn, &object.name).map_err(cant)?;
    let tokens = lex(&object.sql, Dialect::Sqlite);
    let read = tokens
        .ok_or_else(|| "a quote in it is never closed".to_owned())
        .and_then(|tokens| create_table::read(&tokens))
        .and_then(|mut table| {
            table.name.clone_from(&object.name);
            reported.agrees(&table).map(|()| table)
        });
    let mut table = match read {
        Ok(table) => table,
        Err(reason) => reported.clone().into_table(&object.name, reason),
    };
    reported.apply_to(&mut table);
    for index in catalog.of("index", &object.name) {
        match index_of(index, &table) {
            Some(index) => {
                table.indexes.insert(index.name.clone(), index);
            }
            None => table.opaque.push(opaque_of(index, mentions)),
        }
    }
    let triggers = catalog.of("trigger", &object.name);
    table
        .opaque
        .extend(triggers.map(|trigger| opaque_of(trigger, mentions)));
    Ok(table)
}

fn index_of(object: &Object, table: &Table) -> Option<Index> {
    let tokens = lex(&object.sql, Dialect::Sqlite)?;
    let (unique, keys, predicate) = create_index::read(&tokens, &table.columns)?;
    Some(Index {
        name: object.name.clone(),
        unique,
        method: String::new(),
        keys,
        include: Vec::new(),
        predicate,
        nulls_not_distinct: false,
        storage: None,
        comment: None,
    })
}

/// A foreign key that names no columns means the primary key of the other table.
fn complete_references(tables: &mut BTreeMap<String, Table>) {
    let keys: Vec<(String, Vec<String>)> = tables
        .values()
        .map(|table| {
            let key = table.primary_key.as_ref();
            (
                table.name.clone(),
                key.map(|key| key.columns.clone()).unwrap_or_default(),
            )
        })
        .collect();
    let columns: BTreeMap<String, Vec<String>> = tables
        .values()
        .map(|table| {
            let names = table.columns.iter().map(|column| column.name.clone());
            (table.name.clone(), names.collect())
        })
        .collect();
    for table in tables.values_mut() {
        for key in table.foreign_keys.values_mut() {
            let parent = keys
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&key.references));
            if let Some((name, parent_key)) = parent {
                key.references.clone_from(name);
                if key.referenced.is_empty() {
                    key.referenced.clone_from(parent_key);
                }
                for name in &mut key.referenced {
                    let own = columns
                        .get(&key.references)
                        .and_then(|own| own.iter().find(|own| own.eq_ignore_ascii_case(name)));
                    if let Some(own) = own {
                        name.clone_from(own);
                    }
                }
            }
            if key.referenced.is_empty() && table.not_understood.is_none() {
                table.not_understood = Some(format!(
                    "a foreign key refers to the primary key of `{}`, which has none",
                    key.references
                ));
            }
        }
    }
}

/// Views in the order in which they can be created, each with its triggers, and virtual tables.
fn opaque(catalog: &Catalog, mentions: &Mentions, ignore: &Ignore) -> Vec<Opaque> {
    let is_kept = |object: &&Object| !ignore.contains(&object.name);
    let mut kept: Vec<Opaque> = catalog
        .virtual_tables()
        .filter(is_kept)
        .map(|object| opaque_of(object, mentions))
        .collect();
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    let mut views: Vec<&Object> = catalog.views().filter(is_kept).collect();
    views.sort_by_key(|view| (mentions.depth(&view.name), &view.name));
    for view in views {
        kept.push(opaque_of(view, mentions));
        let triggers = catalog.of("trigger", &view.name);
        kept.extend(triggers.map(|trigger| opaque_of(trigger, mentions)));
    }
    kept
}

fn opaque_of(object: &Object, mentions: &Mentions) -> Opaque {
    let what = match object.kind.as_str() {
        "view" => "VIEW",
        "trigger" => "TRIGGER",
        "index" => "INDEX",
        _ => "TABLE",
    };
    let kind = match what {
        "TABLE" => "virtual table",
        _ => object.kind.as_str(),
    };
    Opaque {
        kind: kind.to_owned(),
        name: object.name.clone(),
        create: object.sql.clone(),
        drop: format!("DROP {what} {}", crate::sql::names::ident(&object.name)),
        tables: mentions.tables(object),
        columns: None,
        before_tables: false,
    }
}

/// What runs a pragma on a table of `main`.
fn pragma(name: &str, argument: &str) -> String {
    format!("PRAGMA main.{name}({})", identifier(argument))
}
