//! Indexes as options of the table, their keys taken apart.

use migrate_chain::sql::unquoted;
use migrate_chain::{Constraint, Dialect};

use super::constraint::Attributes;
use super::literal::literal;
use super::table::Of;
use crate::model::Index;
use crate::sql::cursor::{Cursor, Token, lex, source};

/// The attributes of all indexes that models can say.
pub(super) fn attributes(of: &Of<'_>, attributes: &mut Attributes) {
    for index in of.table.indexes.values() {
        let keys: Option<Vec<Key>> = index.keys.iter().map(|one| key(of, one)).collect();
        if let Some(keys) = keys {
            let option = option(of, index, &keys);
            attributes.table.push(format!("index({option})"));
        }
    }
}

/// Whether models can say it. One that they can't is kept, as every index is that they don't declare.
pub(super) fn is_sayable(of: &Of<'_>, index: &Index) -> bool {
    index.keys.iter().all(|one| key(of, one).is_some())
}

enum Key {
    /// As it stands among the columns.
    Column {
        name: String,
        written: String,
    },
    Expression(String),
}

fn option(of: &Of<'_>, index: &Index, keys: &[Key]) -> String {
    let mut options: Vec<String> = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    let mut has_expression = false;
    for key in keys {
        match key {
            Key::Column { name, written } => {
                run.push(written);
                columns.push(name.clone());
            }
            Key::Expression(text) => {
                has_expression = true;
                if !run.is_empty() {
                    options.push(format!("columns({})", run.join(", ")));
                    run.clear();
                }
                options.push(format!("expr = {}", literal(text)));
            }
        }
    }
    if !run.is_empty() {
        options.push(format!("columns({})", run.join(", ")));
    }
    options.extend(if has_expression {
        Some(format!("name = {}", literal(&index.name)))
    } else {
        of.name(Constraint::Index, &columns, &index.name)
    });
    options.extend(index.unique.then(|| "unique".to_owned()));
    if !["", "btree"].contains(&index.method.as_str()) {
        options.push(format!("method = {}", literal(&index.method)));
    }
    if !index.include.is_empty() {
        options.push(format!("include({})", of.list(&index.include)));
    }
    options.extend(
        index
            .nulls_not_distinct
            .then(|| "nulls_not_distinct".to_owned()),
    );
    let predicate = index.predicate.iter();
    options.extend(predicate.map(|text| format!("where = {}", literal(text))));
    options.join(", ")
}

/// A key, if its parts have a place in the attribute.
fn key(of: &Of<'_>, text: &str) -> Option<Key> {
    let tokens = lex(text, of.dialect)?;
    column(of, text, &tokens).or_else(|| expression(of, text, &tokens))
}

/// A column, and what is written behind it.
fn column(of: &Of<'_>, text: &str, tokens: &[Token<'_>]) -> Option<Key> {
    let mut cursor = Cursor::new(tokens);
    let name = unquoted(cursor.next()?.text);
    let mut written = of.field(&name)?;
    let mut collation = None;
    if cursor.take(&["COLLATE"]) {
        collation = Some(cursor.take_name()?);
        if cursor.take_symbol(b'.') {
            // A collation is named without a schema; an expression can say it.
            return None;
        }
    }
    let rest = cursor.rest();
    let at = rest.iter().position(|token| {
        ["ASC", "DESC", "NULLS"]
            .iter()
            .any(|word| token.is_word(word))
    });
    let (class, order) = rest.split_at(at.unwrap_or(rest.len()));
    if class
        .first()
        .is_some_and(|token| token.is_symbol(b'(') || token.is_symbol(b'.'))
    {
        return None;
    }
    if let Some(collation) = collation {
        written.push_str(&format!(" collate {}", literal(&collation)));
    }
    if !class.is_empty() {
        if of.dialect == Dialect::Sqlite {
            return None;
        }
        written.push_str(&format!(" ops {}", literal(source(text, class))));
    }
    let mut cursor = Cursor::new(order);
    if cursor.take(&["DESC"]) {
        written.push_str(" desc");
    } else {
        cursor.take(&["ASC"]);
    }
    if cursor.take(&["NULLS", "FIRST"]) {
        written.push_str(" nulls_first");
    } else if cursor.take(&["NULLS", "LAST"]) {
        written.push_str(" nulls_last");
    }
    cursor.is_at_end().then_some(Key::Column { name, written })
}

/// An expression with nothing behind it.
fn expression(of: &Of<'_>, text: &str, tokens: &[Token<'_>]) -> Option<Key> {
    let is_order = |token: &Token<'_>| {
        ["ASC", "DESC", "FIRST", "LAST"]
            .iter()
            .any(|word| token.is_word(word))
    };
    if tokens.last().is_some_and(is_order) {
        return None;
    }
    if of.dialect == Dialect::Sqlite {
        return Some(Key::Expression(text.to_owned()));
    }
    // PostgreSQL writes a function's call bare, and everything else in parentheses; then what belongs to the index.
    let mut cursor = Cursor::new(tokens);
    if !tokens.first()?.is_symbol(b'(') {
        cursor.take_name()?;
        if cursor.take_symbol(b'.') {
            cursor.take_name()?;
        }
    }
    let inside = cursor.take_parentheses()?;
    let text = if tokens.first()?.is_symbol(b'(') {
        source(text, inside)
    } else {
        text
    };
    cursor.is_at_end().then(|| Key::Expression(text.to_owned()))
}
