//! What is no table and not modelled: sequences, types, functions, views. Kept as they stand, in an order in which they can
//! be created.

mod kinds;

pub(super) use kinds::create_sequence;

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;
use migrate_chain::sql::TokenKind;

use super::depends::{self, Depends, Node};
use super::inventory::Kind;
use super::session::Session;
use super::tables::Tables;
use super::{attached, privileges};
use crate::Result;
use crate::introspect::Ignore;
use crate::model::Opaque;
use crate::sql::cursor::lex;
use crate::sql::qualified::bare;
use migrate_chain::sql::unquoted;

const CLASS: &str = "pg_class";
const TYPE: &str = "pg_type";
const PROC: &str = "pg_proc";
const COLLATION: &str = "pg_collation";

/// An object on its way into the schema.
struct Found {
    opaque: Opaque,
    /// What can't be seen by the server: the text of a function.
    body: String,
    /// Created behind it.
    followers: Vec<Opaque>,
}

pub(super) fn read(
    session: &mut Session<'_>,
    tables: &Tables,
    ignore: &Ignore,
) -> Result<Vec<Opaque>> {
    let mut found = BTreeMap::new();
    for (kind, catalog, query, statement) in kinds::ALL {
        for row in session.rows_of(kind, query)? {
            if !session.is_ignored(ignore, &row.text(1)) {
                let node = (catalog.to_owned(), row.text(0));
                found.insert(node, statement(&row, session.schema()));
            }
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let depends = &depends::read(session)?;
    for (node, statements) in privileges::of_objects(session)? {
        if let Some(object) = found.get_mut(&node) {
            for statement in statements {
                object.opaque.create.push_str(";\n");
                object.opaque.create.push_str(&statement);
            }
        }
    }
    followers(session, &mut found)?;

    let needed = needed_by_tables(tables, depends);
    for (node, object) in &mut found {
        let mut mentioned: BTreeSet<String> = depends
            .all(node)
            .into_iter()
            .filter(|(catalog, _)| catalog == CLASS)
            .filter_map(|(_, oid)| tables.get(oid))
            .map(|table| table.name.clone())
            .collect();
        let needs_none = mentioned.is_empty();
        mentioned.extend(words(&object.body, tables));
        object.opaque.tables = mentioned.into_iter().collect();
        object.opaque.before_tables = match object.opaque.kind.as_str() {
            "sequence" | "type" | "domain" | "collation" => needs_none,
            "view" | "materialized view" => false,
            _ => needs_none && needed.contains(node),
        };
        for follower in &mut object.followers {
            follower.tables.clone_from(&object.opaque.tables);
        }
    }
    Ok(in_order(found, depends))
}

/// Triggers, rules and indexes of views.
fn followers(session: &mut Session<'_>, found: &mut BTreeMap<Node, Found>) -> Result<()> {
    for (kind, query, statement) in [
        (
            Kind::View,
            kinds::VIEW_INDEXES,
            kinds::view_index as kinds::Read<Opaque>,
        ),
        (Kind::Rule, attached::RULES, attached::rule),
        (Kind::Trigger, attached::TRIGGERS, attached::trigger),
    ] {
        for row in session.rows_of(kind, query)? {
            if let Some(view) = found.get_mut(&(CLASS.to_owned(), row.text(0))) {
                view.followers.push(statement(&row, session.schema()));
            }
        }
    }
    Ok(())
}

fn needed_by_tables<'d>(tables: &Tables, depends: &'d Depends) -> BTreeSet<&'d Node> {
    let nodes = tables.keys().map(|oid| (CLASS.to_owned(), oid.clone()));
    nodes.flat_map(|node| depends.all(&node)).collect()
}

/// The tables whose names stand in a text.
fn words(body: &str, tables: &Tables) -> Vec<String> {
    let mut words = BTreeSet::new();
    let mut ahead = vec![body.to_owned()];
    while let Some(text) = ahead.pop() {
        for token in lex(&text, Dialect::Postgres).unwrap_or_default() {
            match token.kind {
                TokenKind::Word => {
                    words.insert(token.text.to_lowercase());
                }
                TokenKind::Name => {
                    words.insert(unquoted(token.text));
                }
                // EXECUTE 'SELECT ... FROM t'; a text in a text ends this, since each is shorter.
                TokenKind::Text if token.text.starts_with('\'') => ahead.push(unquoted(token.text)),
                _ => {}
            }
        }
    }
    let names = tables.values().map(|table| &table.name);
    names
        .filter(|name| words.contains(&bare(name)))
        .cloned()
        .collect()
}

/// What was created first comes first, unless it needs something that follows.
fn in_order(mut found: BTreeMap<Node, Found>, depends: &Depends) -> Vec<Opaque> {
    let mut nodes: Vec<Node> = found.keys().cloned().collect();
    nodes.sort_by_key(|(_, oid)| oid.parse::<u64>().unwrap_or(u64::MAX));
    let mut order = Vec::new();
    // The function of a view's trigger may need the view.
    let mut triggers = Vec::new();
    let mut seen = BTreeSet::new();
    for node in nodes {
        // A stack of our own: views can be nested as deep as somebody likes.
        let mut stack = vec![(node, false)];
        while let Some((node, is_ready)) = stack.pop() {
            if is_ready {
                if let Some(object) = found.remove(&node) {
                    order.push(object.opaque);
                    let (last, next): (Vec<_>, Vec<_>) = (object.followers.into_iter())
                        .partition(|follower| follower.kind == "trigger");
                    order.extend(next);
                    triggers.extend(last);
                }
            } else if seen.insert(node.clone()) {
                let needed: Vec<Node> = depends.direct(&node).cloned().collect();
                stack.push((node, true));
                stack.extend(needed.into_iter().map(|node| (node, false)));
            }
        }
    }
    order.extend(triggers);
    order
}
