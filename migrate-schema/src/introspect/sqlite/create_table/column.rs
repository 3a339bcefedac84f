//! A column: its type, and what stands behind it.

use std::collections::BTreeMap;

use migrate_chain::sql::TokenKind;

use super::{Read, Reader};
use crate::model::{Column, Generated, Numbering};
use crate::sql::names::literal;
use crate::sql::normal;
use migrate_chain::sql::unquoted;

impl Reader<'_, '_> {
    pub(super) fn column(&mut self) -> Read<()> {
        let name = self.name()?;
        let kind = self.kind()?;
        self.table.columns.push(Column {
            name: name.clone(),
            kind,
            nullable: true,
            not_null_on_conflict: None,
            default: None,
            generated: None,
            numbering: None,
            sequence: None,
            collation: None,
            comment: None,
        });
        let at = self.table.columns.len() - 1;
        while !self.cursor.is_at_end()
            && !self
                .cursor
                .peek()
                .is_some_and(|token| token.is_symbol(b','))
        {
            let Some(mut column) = self.table.columns.get(at).cloned() else {
                return Err(self.unexpected());
            };
            self.column_constraint(&mut column)?;
            if let Some(place) = self.table.columns.get_mut(at) {
                *place = column;
            }
        }
        Ok(())
    }

    /// The type: words up to the first constraint, and sizes.
    fn kind(&mut self) -> Read<String> {
        let mut kind = String::new();
        while let Some(token) = self.cursor.peek() {
            let word = match token.kind {
                TokenKind::Word if starts_constraint(token.text) => break,
                TokenKind::Word => token.text.to_ascii_uppercase(),
                TokenKind::Name | TokenKind::Text => token.text.to_owned(),
                _ => break,
            };
            self.cursor.next();
            if !kind.is_empty() {
                kind.push(' ');
            }
            kind.push_str(&word);
        }
        if let Some(sizes) = self.cursor.take_parentheses() {
            if kind.is_empty() {
                return Err("a column's type is a bare `(`".to_owned());
            }
            kind.push('(');
            kind.push_str(&normal::text(sizes, &[]));
            kind.push(')');
        }
        Ok(kind)
    }

    fn column_constraint(&mut self, column: &mut Column) -> Read<()> {
        let on_column = vec![column.name.clone()];
        if self.cursor.take(&["CONSTRAINT"]) {
            self.constraint = Some(self.name()?);
            return Ok(());
        } else if self.cursor.take(&["DEFAULT"]) {
            column.default = self.default()?;
        } else if self.cursor.take(&["NOT", "NULL"]) {
            column.nullable = false;
            column.not_null_on_conflict = self.on_conflict()?;
        } else if self.cursor.take(&["NULL"]) {
            // Says what is so anyway; SQLite reads its ON CONFLICT and forgets it.
            self.on_conflict()?;
        } else if self.cursor.take(&["PRIMARY", "KEY"]) {
            let descends = self.order();
            if descends && column.kind == "INTEGER" {
                return Err(
                    "INTEGER PRIMARY KEY DESC is no rowid, by a quirk of SQLite's".to_owned(),
                );
            }
            let on_conflict = self.on_conflict()?;
            if self.cursor.take(&["AUTOINCREMENT"]) {
                column.numbering = Some(Numbering::AutoIncrement);
            }
            let clauses = descends.then(|| (column.name.clone(), "DESC".to_owned()));
            self.primary_key(on_column, clauses.into_iter().collect(), on_conflict)?;
        } else if self.cursor.take(&["UNIQUE"]) {
            let on_conflict = self.on_conflict()?;
            self.unique(on_column, BTreeMap::new(), on_conflict);
        } else if self.cursor.take(&["CHECK"]) {
            self.check()?;
        } else if self.cursor.take(&["REFERENCES"]) {
            self.references(on_column)?;
        } else if self.cursor.take(&["COLLATE"]) {
            let name = normal::collation(&self.name()?);
            column.collation = Some(name).filter(|name| name != "BINARY");
        } else if self.cursor.take(&["GENERATED", "ALWAYS", "AS"]) || self.cursor.take(&["AS"]) {
            let expression = normal::expression(self.parentheses()?, &self.names);
            let stored = self.cursor.take(&["STORED"]);
            if !stored {
                self.cursor.take(&["VIRTUAL"]);
            }
            column.generated = Some(Generated { expression, stored });
        } else {
            return Err(self.unexpected());
        }
        self.constraint = None;
        Ok(())
    }

    /// What follows DEFAULT; `None` for NULL, which is no default.
    fn default(&mut self) -> Read<Option<String>> {
        if let Some(expression) = self.cursor.take_parentheses() {
            return Ok(normal::default(expression, &self.names));
        }
        let Some(first) = self.cursor.next() else {
            return Err(self.unexpected());
        };
        let is_sign = first.is_symbol(b'-') || first.is_symbol(b'+');
        let term = if is_sign {
            self.cursor.next()
        } else {
            Some(first)
        };
        let Some(term) = term else {
            return Err(self.unexpected());
        };
        let is_literal = matches!(term.kind, TokenKind::Number | TokenKind::Text)
            || normal::is_constant(term.text) && term.kind == TokenKind::Word;
        Ok(match term.kind {
            _ if is_literal && is_sign => {
                let sign = if first.is_symbol(b'-') { "-" } else { "+" };
                Some(format!("{sign}{}", normal::text(&[term], &[])))
            }
            _ if is_literal => normal::default(&[term], &[]),
            // A bare name is a string here.
            TokenKind::Word | TokenKind::Name if !is_sign => Some(literal(&unquoted(term.text))),
            _ => return Err(format!("a default begins with `{}`", term.text)),
        })
    }
}

/// Whether a bare word ends a column's type.
fn starts_constraint(word: &str) -> bool {
    const WORDS: [&str; 13] = [
        "CONSTRAINT",
        "DEFAULT",
        "NOT",
        "NULL",
        "PRIMARY",
        "UNIQUE",
        "CHECK",
        "REFERENCES",
        "COLLATE",
        "GENERATED",
        "AS",
        "DEFERRABLE",
        "ON",
    ];
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))
}
