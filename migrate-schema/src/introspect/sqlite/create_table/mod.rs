//! Reads `CREATE TABLE`, to the last token.
//!
//! The grammar is that of SQLite's `parse.y`. Expressions are taken as they stand between their parentheses, so syntax
//! that a later SQLite adds to them is kept; anything new outside of them is an error.

mod column;
mod constraint;

use std::collections::BTreeMap;

use crate::model::Table;
use crate::sql::cursor::{Cursor, Token, split_at_commas};
use crate::sql::normal;

/// What is wrong, for [`Table::not_understood`].
type Read<T> = Result<T, String>;

/// Reads a whole statement. A foreign key that names no columns comes with none.
pub(super) fn read(tokens: &[Token<'_>]) -> Read<Table> {
    // Once for the names of the columns, which expressions are then spelled with.
    let first = Reader::new(tokens, Vec::new()).table()?;
    let columns = first.columns.into_iter().map(|column| column.name);
    Reader::new(tokens, columns.collect()).table()
}

struct Reader<'t, 'a> {
    cursor: Cursor<'t, 'a>,
    /// Known on the second reading.
    names: Vec<String>,
    table: Table,
    /// What `CONSTRAINT name` said, for the next one.
    constraint: Option<String>,
    /// The checks that have no name: expression, and the columns it mentions.
    unnamed: Vec<(String, Vec<String>)>,
}

impl<'t, 'a> Reader<'t, 'a> {
    fn new(tokens: &'t [Token<'a>], names: Vec<String>) -> Reader<'t, 'a> {
        Reader {
            cursor: Cursor::new(tokens),
            names,
            table: Table::new(""),
            constraint: None,
            unnamed: Vec::new(),
        }
    }

    fn table(mut self) -> Read<Table> {
        self.expect(&["CREATE"])?;
        let _ = self.cursor.take(&["TEMP"]) || self.cursor.take(&["TEMPORARY"]);
        self.expect(&["TABLE"])?;
        self.cursor.take(&["IF", "NOT", "EXISTS"]);
        self.table.name = self.name()?;
        if self.cursor.take_symbol(b'.') {
            self.table.name = self.name()?;
        }
        let body = self.parentheses()?;
        let options = std::mem::replace(&mut self.cursor, Cursor::new(body));
        self.body()?;
        self.cursor = options;
        self.options()?;
        self.collations();
        self.name_checks();
        Ok(self.table)
    }

    fn body(&mut self) -> Read<()> {
        loop {
            self.constraint = None;
            if self.is_table_constraint() {
                break;
            } else {
                self.column()?;
            }
            if !self.cursor.take_symbol(b',') {
                break;
            }
        }
        // SQLite lets the commas between these be left out.
        while !self.cursor.is_at_end() {
            if self.cursor.take_symbol(b',') {
                self.constraint = None;
            }
            self.table_constraint()?;
        }
        if self.table.columns.is_empty() {
            Err("it has no columns".to_owned())
        } else {
            Ok(())
        }
    }

    fn options(&mut self) -> Read<()> {
        while !self.cursor.is_at_end() {
            if self.cursor.take(&["WITHOUT", "ROWID"]) {
                self.table.without_rowid = true;
            } else if self.cursor.take(&["STRICT"]) {
                self.table.strict = true;
            } else {
                return Err(self.unexpected());
            }
            if !self.cursor.take_symbol(b',') && !self.cursor.is_at_end() {
                return Err(self.unexpected());
            }
        }
        Ok(())
    }

    fn is_table_constraint(&self) -> bool {
        let ahead = self.cursor.peek();
        let is = |word| ahead.is_some_and(|token: Token<'_>| token.is_word(word));
        // None of these can be the bare name of a column.
        ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
            .into_iter()
            .any(is)
    }

    /// The columns of a key, and what is written behind each.
    fn keys(&self, tokens: &[Token<'_>]) -> Read<(Vec<String>, BTreeMap<String, String>)> {
        let (mut columns, mut clauses) = (Vec::new(), BTreeMap::new());
        for part in split_at_commas(tokens) {
            let mut cursor = Cursor::new(part);
            let Some(name) = cursor.take_name() else {
                return Err(format!("a key begins with `{}`", cursor.here()));
            };
            let name = self.own_column(&name);
            let mut clause = Vec::new();
            if cursor.take(&["COLLATE"]) {
                let Some(collation) = cursor.take_name() else {
                    return Err(format!("a collation is `{}`", cursor.here()));
                };
                clause.push(format!("COLLATE {}", normal::collation(&collation)));
            }
            if cursor.take(&["DESC"]) {
                clause.push("DESC".to_owned());
            } else {
                cursor.take(&["ASC"]);
            }
            if !cursor.is_at_end() {
                return Err(format!("unexpected `{}`", cursor.here()));
            }
            if !clause.is_empty() {
                clauses.insert(name.clone(), clause.join(" "));
            }
            columns.push(name);
        }
        Ok((columns, clauses))
    }

    /// Names between commas.
    fn plain_names(&self, tokens: &[Token<'_>]) -> Read<Vec<String>> {
        let mut names = Vec::new();
        for part in split_at_commas(tokens) {
            let mut cursor = Cursor::new(part);
            match cursor.take_name() {
                Some(name) if cursor.is_at_end() => names.push(name),
                _ => return Err(format!("unexpected `{}`", cursor.here())),
            }
        }
        Ok(names)
    }

    /// A column by its own spelling.
    fn own_column(&self, name: &str) -> String {
        let own = self.names.iter().find(|own| own.eq_ignore_ascii_case(name));
        own.cloned().unwrap_or_else(|| name.to_owned())
    }

    fn on_conflict(&mut self) -> Read<Option<String>> {
        if !self.cursor.take(&["ON", "CONFLICT"]) {
            return Ok(None);
        }
        for clause in ["ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"] {
            if self.cursor.take(&[clause]) {
                // ABORT is what happens anyway.
                return Ok(Some(clause.to_owned()).filter(|clause| clause != "ABORT"));
            }
        }
        Err(self.unexpected())
    }

    /// ASC or DESC; true for the latter.
    fn order(&mut self) -> bool {
        let descends = self.cursor.take(&["DESC"]);
        if !descends {
            self.cursor.take(&["ASC"]);
        }
        descends
    }

    /// Drops the collations of keys that are those of their columns anyway.
    fn collations(&mut self) {
        let own: BTreeMap<String, String> = self
            .table
            .columns
            .iter()
            .map(|column| {
                let collation = column.collation.as_deref().unwrap_or("BINARY");
                (column.name.clone(), format!("COLLATE {collation}"))
            })
            .collect();
        let keys = self
            .table
            .primary_key
            .iter_mut()
            .map(|key| &mut key.clauses);
        let uniques = self
            .table
            .uniques
            .values_mut()
            .map(|unique| &mut unique.clauses);
        for clauses in keys.chain(uniques) {
            for (column, clause) in clauses.iter_mut() {
                let rest = own
                    .get(column)
                    .and_then(|own| clause.strip_prefix(own.as_str()));
                if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
                    *clause = rest.trim_start().to_owned();
                }
            }
            clauses.retain(|_, clause| !clause.is_empty());
        }
    }

    fn name(&mut self) -> Read<String> {
        let name = self.cursor.take_name();
        name.ok_or_else(|| self.unexpected())
    }

    fn parentheses(&mut self) -> Read<&'t [Token<'a>]> {
        let inside = self.cursor.take_parentheses();
        inside.ok_or_else(|| self.unexpected())
    }

    fn expect(&mut self, words: &[&str]) -> Read<()> {
        if self.cursor.take(words) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> String {
        format!("unexpected `{}`", self.cursor.here())
    }
}
