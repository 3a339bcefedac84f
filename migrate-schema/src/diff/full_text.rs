//! Full-text tables of SQLite whose text stands in a table of ours: they name it and its columns in words that SQLite
//! doesn't follow, so they are made anew where those are renamed.

use std::ops::Range;

use migrate_chain::Dialect;
use migrate_chain::sql::unquoted;

use super::renames::Renames;
use crate::model::Opaque;
use crate::sql::cursor::{Cursor, Token, lex, split_at_commas};
use crate::sql::qualified::bare;
use crate::sql::{literal, relation};

/// What a full-text table says of the table that holds its text.
pub(super) struct Content<'t> {
    create: &'t str,
    table: String,
    /// Words that are names: where they stand, and what of.
    names: Vec<(Range<usize>, Name)>,
}

/// What a word of it names.
enum Name {
    Table,
    Column(String),
}

impl<'t> Content<'t> {
    /// `None` for a table that holds its own text, and for everything else.
    pub(super) fn of(opaque: &'t Opaque) -> Option<Content<'t>> {
        if opaque.kind != "virtual table" {
            return None;
        }
        let open = opaque.create.find('(')?;
        let (head, rest) = opaque.create.split_at(open);
        if !head.to_ascii_lowercase().contains("fts5") {
            return None;
        }
        let tokens = lex(rest, Dialect::Sqlite)?;
        let inside = Cursor::new(&tokens).take_parentheses()?;
        let (mut table, mut names) = (None, Vec::new());
        for part in split_at_commas(inside) {
            let range = |token: &Token<'_>| open + token.start..open + token.end;
            match part {
                [option, equals, value] if equals.text == "=" => {
                    let text = unquoted(value.text);
                    match unquoted(option.text).to_ascii_lowercase().as_str() {
                        "content" if !text.is_empty() => {
                            table = Some(text);
                            names.push((range(value), Name::Table));
                        }
                        "content_rowid" => names.push((range(value), Name::Column(text))),
                        _ => {}
                    }
                }
                [column, ..] => names.push((range(column), Name::Column(unquoted(column.text)))),
                [] => {}
            }
        }
        Some(Content {
            create: &opaque.create,
            table: table?,
            names,
        })
    }

    /// The statement by the new names.
    pub(super) fn renamed(&self, renames: &Renames) -> String {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let table = renames
            .tables
            .iter()
            .find(|(old, _)| is_same(old, &self.table));
        let table = table.map(|(_, new)| new.as_str());
        let new_name = |name: &Name| match name {
            Name::Table => table.map(str::to_owned),
            Name::Column(name) => {
                let mut all = renames.columns.iter();
                all.find(|((of, old), _)| {
                    is_same(of, table.unwrap_or(&self.table)) && is_same(old, name)
                })
                .map(|(_, new)| new.clone())
            }
        };
        let mut text = String::new();
        let mut copied = 0;
        for (range, name) in &self.names {
            if let Some(new) = new_name(name) {
                text.push_str(self.create.get(copied..range.start).unwrap_or_default());
                let old = self.create.get(range.clone()).unwrap_or_default();
                text.push_str(&if old.starts_with('\'') {
                    literal(&bare(&new))
                } else {
                    relation(&new)
                });
                copied = range.end;
            }
        }
        text.push_str(self.create.get(copied..).unwrap_or_default());
        text
    }
}
