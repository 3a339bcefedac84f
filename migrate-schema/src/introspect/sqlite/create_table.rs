//! Reads `CREATE TABLE`, to the last token.
//!
//! The grammar is that of SQLite's `parse.y`. Expressions are taken as they stand between their parentheses, so syntax
//! that a later SQLite adds to them is kept; anything new outside of them is an error.

use std::collections::BTreeMap;

use migrate_chain::sql::TokenKind;

use crate::introspect::empty_table;
use crate::model::{
    Action, Check, Column, Deferrable, ForeignKey, Generated, Numbering, PrimaryKey, Table, Unique,
};
use crate::sql::cursor::{Cursor, Token, split_at_commas};
use crate::sql::names::{literal, unquoted};
use crate::sql::{naming, normal};

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
            table: empty_table(String::new()),
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
            match self.is_table_constraint() {
                true => break,
                false => self.column()?,
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
        match self.table.columns.is_empty() {
            true => Err("it has no columns".to_owned()),
            false => Ok(()),
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

    // Columns.

    fn column(&mut self) -> Read<()> {
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
            return Ok(default_of(expression, &self.names));
        }
        let Some(first) = self.cursor.next() else {
            return Err(self.unexpected());
        };
        let is_sign = first.is_symbol(b'-') || first.is_symbol(b'+');
        let term = match is_sign {
            true => self.cursor.next(),
            false => Some(first),
        };
        let Some(term) = term else {
            return Err(self.unexpected());
        };
        let is_literal = matches!(term.kind, TokenKind::Number | TokenKind::Text)
            || is_constant(term.text) && term.kind == TokenKind::Word;
        Ok(match term.kind {
            _ if is_literal && is_sign => {
                let sign = if first.is_symbol(b'-') { "-" } else { "+" };
                Some(format!("{sign}{}", normal::text(&[term], &[])))
            }
            _ if is_literal => default_of(&[term], &[]),
            // A bare name is a string here.
            TokenKind::Word | TokenKind::Name if !is_sign => Some(literal(&unquoted(term.text))),
            _ => return Err(format!("a default begins with `{}`", term.text)),
        })
    }

    // Constraints of the table.

    fn table_constraint(&mut self) -> Read<()> {
        if self.cursor.take(&["CONSTRAINT"]) {
            self.constraint = Some(self.name()?);
            return Ok(());
        } else if self.cursor.take(&["PRIMARY", "KEY"]) {
            let mut keys = self.parentheses()?;
            let numbers = keys
                .last()
                .is_some_and(|token| token.is_word("AUTOINCREMENT"));
            if let (true, Some((_, before))) = (numbers, keys.split_last()) {
                keys = before;
            }
            let (columns, clauses) = self.keys(keys)?;
            if numbers {
                let first = columns.first();
                let numbered = self
                    .table
                    .columns
                    .iter_mut()
                    .find(|column| Some(&column.name) == first);
                if let Some(column) = numbered {
                    column.numbering = Some(Numbering::AutoIncrement);
                }
            }
            let on_conflict = self.on_conflict()?;
            self.primary_key(columns, clauses, on_conflict)?;
        } else if self.cursor.take(&["UNIQUE"]) {
            let keys = self.parentheses()?;
            let (columns, clauses) = self.keys(keys)?;
            let on_conflict = self.on_conflict()?;
            self.unique(columns, clauses, on_conflict);
        } else if self.cursor.take(&["CHECK"]) {
            self.check()?;
            // Read and forgotten, as SQLite does.
            self.on_conflict()?;
        } else if self.cursor.take(&["FOREIGN", "KEY"]) {
            let columns = self.parentheses()?;
            let columns = self.plain_names(columns)?;
            self.expect(&["REFERENCES"])?;
            let columns = columns
                .into_iter()
                .map(|name| self.own_column(&name))
                .collect();
            self.references(columns)?;
        } else {
            return Err(self.unexpected());
        }
        self.constraint = None;
        Ok(())
    }

    fn primary_key(
        &mut self,
        columns: Vec<String>,
        clauses: BTreeMap<String, String>,
        on_conflict: Option<String>,
    ) -> Read<()> {
        let name = self.constraint.take();
        let key = PrimaryKey {
            name,
            columns,
            clauses,
            on_conflict,
        };
        match self.table.primary_key.replace(key) {
            None => Ok(()),
            Some(_) => Err("it has two primary keys".to_owned()),
        }
    }

    fn unique(
        &mut self,
        columns: Vec<String>,
        clauses: BTreeMap<String, String>,
        on_conflict: Option<String>,
    ) {
        let given = self.constraint.take();
        let is_named = given.is_some();
        let name = given.unwrap_or_else(|| naming::constraint("uq", &self.table.name, &columns));
        let name = naming::free(name, |name| self.table.uniques.contains_key(name));
        let unique = Unique {
            name: name.clone(),
            columns,
            clauses,
            nulls_not_distinct: false,
            deferrable: Deferrable::No,
            on_conflict,
            is_named,
        };
        self.table.uniques.insert(name, unique);
    }

    fn check(&mut self) -> Read<()> {
        let inside = self.parentheses()?;
        let check = Check {
            name: self.constraint.take().unwrap_or_default(),
            expression: normal::expression(inside, &self.names),
            validated: true,
            is_named: true,
        };
        if check.name.is_empty() {
            let mentioned = normal::mentioned(inside, &self.names);
            self.unnamed.push((check.expression, mentioned));
        } else {
            let name = naming::free(check.name, |name| self.table.checks.contains_key(name));
            let check = Check {
                name: name.clone(),
                ..check
            };
            self.table.checks.insert(name, check);
        }
        Ok(())
    }

    /// Names the checks that have no name by the columns they mention: wherever in the statement
    /// they stand, they mean the same.
    fn name_checks(&mut self) {
        let mut unnamed = std::mem::take(&mut self.unnamed);
        unnamed.sort();
        for (expression, mentioned) in unnamed {
            let name = naming::constraint("ck", &self.table.name, &mentioned);
            let name = naming::free(name, |name| self.table.checks.contains_key(name));
            let check = Check {
                name: name.clone(),
                expression,
                validated: true,
                is_named: false,
            };
            self.table.checks.insert(name, check);
        }
    }

    /// What follows REFERENCES.
    fn references(&mut self, columns: Vec<String>) -> Read<()> {
        let references = self.name()?;
        let referenced = match self.cursor.take_parentheses() {
            Some(names) => self.plain_names(names)?,
            None => Vec::new(),
        };
        let (mut on_delete, mut on_update) = (Action::NoAction, Action::NoAction);
        let mut deferrable = Deferrable::No;
        loop {
            if self.cursor.take(&["ON", "DELETE"]) {
                on_delete = self.action()?;
            } else if self.cursor.take(&["ON", "UPDATE"]) {
                on_update = self.action()?;
            } else if self.cursor.take(&["ON", "INSERT"]) {
                // Read and forgotten, as SQLite does; MATCH too.
                self.action()?;
            } else if self.cursor.take(&["MATCH"]) {
                self.name()?;
            } else if self.cursor.take(&["NOT", "DEFERRABLE"]) {
                self.initially()?;
                deferrable = Deferrable::No;
            } else if self.cursor.take(&["DEFERRABLE"]) {
                deferrable = self.initially()?;
            } else {
                break;
            }
        }
        let given = self.constraint.take();
        let is_named = given.is_some();
        let name = given.unwrap_or_else(|| naming::constraint("fk", &self.table.name, &columns));
        let name = naming::free(name, |name| self.table.foreign_keys.contains_key(name));
        let key = ForeignKey {
            name: name.clone(),
            columns,
            references,
            referenced,
            on_delete,
            on_update,
            match_full: false,
            deferrable,
            validated: true,
            is_named,
        };
        self.table.foreign_keys.insert(name, key);
        Ok(())
    }

    fn action(&mut self) -> Read<Action> {
        let actions: [(&[&str], Action); 5] = [
            (&["NO", "ACTION"], Action::NoAction),
            (&["RESTRICT"], Action::Restrict),
            (&["CASCADE"], Action::Cascade),
            (&["SET", "NULL"], Action::SetNull),
            (&["SET", "DEFAULT"], Action::SetDefault),
        ];
        for (words, action) in actions {
            if self.cursor.take(words) {
                return Ok(action);
            }
        }
        Err(self.unexpected())
    }

    fn initially(&mut self) -> Read<Deferrable> {
        if self.cursor.take(&["INITIALLY", "DEFERRED"]) {
            return Ok(Deferrable::InitiallyDeferred);
        }
        if self.cursor.take(&["INITIALLY"]) {
            self.expect(&["IMMEDIATE"])?;
        }
        Ok(Deferrable::InitiallyImmediate)
    }

    // Parts.

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
        match self.cursor.take(words) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> String {
        format!("unexpected `{}`", self.cursor.here())
    }
}

/// A default as it can follow DEFAULT: a literal as it is, anything else in parentheses.
fn default_of(expression: &[Token<'_>], columns: &[String]) -> Option<String> {
    let inside = normal::without_parentheses(expression);
    let text = normal::text(inside, columns);
    match inside {
        [only] if only.is_word("NULL") => None,
        [only] if matches!(only.kind, TokenKind::Number | TokenKind::Text) => Some(text),
        [only] if only.kind == TokenKind::Word && is_constant(only.text) => Some(text),
        [sign, number]
            if number.kind == TokenKind::Number
                && (sign.is_symbol(b'-') || sign.is_symbol(b'+')) =>
        {
            Some(text)
        }
        _ => Some(format!("({text})")),
    }
}

/// The words that are values.
fn is_constant(word: &str) -> bool {
    const CONSTANTS: [&str; 6] = [
        "NULL",
        "TRUE",
        "FALSE",
        "CURRENT_TIME",
        "CURRENT_DATE",
        "CURRENT_TIMESTAMP",
    ];
    CONSTANTS
        .iter()
        .any(|constant| constant.eq_ignore_ascii_case(word))
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
