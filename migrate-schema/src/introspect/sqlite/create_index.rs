//! Reads `CREATE INDEX`, to the last token.

use migrate_chain::sql::TokenKind;

use crate::model::Column;
use crate::sql::cursor::{Cursor, Token, split_at_commas};
use crate::sql::names::ident;
use crate::sql::normal;
use migrate_chain::sql::unquoted;

/// Reads `CREATE INDEX`: whether it is unique, its keys and its predicate.
pub(super) fn read(
    tokens: &[Token<'_>],
    columns: &[Column],
) -> Option<(bool, Vec<String>, Option<String>)> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut cursor = Cursor::new(tokens);
    cursor.take(&["CREATE"]).then_some(())?;
    let unique = cursor.take(&["UNIQUE"]);
    cursor.take(&["INDEX"]).then_some(())?;
    cursor.take(&["IF", "NOT", "EXISTS"]);
    cursor.take_name()?;
    if cursor.take_symbol(b'.') {
        cursor.take_name()?;
    }
    cursor.take(&["ON"]).then_some(())?;
    cursor.take_name()?;
    let keys = split_at_commas(cursor.take_parentheses()?);
    let keys = keys.into_iter().map(|key| index_key(key, columns, &names));
    let keys = keys.collect();
    let predicate = if cursor.take(&["WHERE"]) {
        Some(normal::expression(cursor.rest(), &names))
    } else {
        None
    };
    cursor.is_at_end().then_some((unique, keys, predicate))
}

fn index_key(tokens: &[Token<'_>], columns: &[Column], names: &[String]) -> String {
    let (key, order) = match tokens.split_last() {
        Some((last, before)) if last.is_word("DESC") => (before, " DESC"),
        Some((last, before)) if last.is_word("ASC") => (before, ""),
        _ => (tokens, ""),
    };
    let key = normal::without_parentheses(key);
    // A column in its own collation is just the column.
    if let [column, collate, collation] = key
        && collate.is_word("COLLATE")
        && let Some(own) = columns
            .iter()
            .find(|own| own.name.eq_ignore_ascii_case(&unquoted(column.text)))
        && normal::collation(&unquoted(collation.text))
            == own.collation.as_deref().unwrap_or("BINARY")
    {
        return format!("{}{order}", ident(&own.name));
    }
    // SQLite takes a string for the column of that name here.
    if let [only] = key
        && only.kind == TokenKind::Text
        && let Some(own) = names
            .iter()
            .find(|own| own.eq_ignore_ascii_case(&unquoted(only.text)))
    {
        return format!("{}{order}", ident(own));
    }
    format!("{}{order}", normal::text(key, names))
}
