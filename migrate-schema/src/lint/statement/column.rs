//! Columns and constraints, as `CREATE TABLE` and `ALTER TABLE` define them.

use super::relation;
use crate::sql::cursor::{Cursor, Token, split_at_commas};

/// A column as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColumnDef {
    pub(crate) name: String,
    /// In lower case, without spaces in front of parentheses: `varchar(50)`.
    pub(crate) kind: String,
    pub(crate) not_null: bool,
    /// In lower case.
    pub(crate) default: Option<String>,
    pub(crate) is_identity: bool,
    /// `GENERATED .. STORED`.
    pub(crate) is_stored: bool,
    pub(crate) is_generated: bool,
    pub(crate) is_primary_key: bool,
    pub(crate) is_unique: bool,
    pub(crate) has_check: bool,
    pub(crate) references: Option<String>,
}

impl ColumnDef {
    /// Whether the database numbers it.
    pub(crate) fn is_serial(&self) -> bool {
        [
            "serial",
            "bigserial",
            "smallserial",
            "serial2",
            "serial4",
            "serial8",
        ]
        .contains(&self.kind.as_str())
    }

    /// Whether a new row has a value of it without naming one.
    pub(crate) fn fills_itself(&self) -> bool {
        self.default.as_deref().is_some_and(|text| text != "null")
            || self.is_identity
            || self.is_generated
            || self.is_serial()
    }
}

/// What a constraint holds rows to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check,
    ForeignKey,
    Unique,
    PrimaryKey,
    Exclude,
    NotNull,
}

/// A constraint as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConstraintDef {
    pub(crate) name: Option<String>,
    pub(crate) kind: ConstraintKind,
    pub(crate) columns: Vec<String>,
    /// Of a foreign key.
    pub(crate) references: Option<String>,
    pub(crate) not_valid: bool,
    pub(crate) using_index: bool,
    /// Of a CHECK, in lower case.
    pub(crate) expression: Option<String>,
}

/// The words that end a type or a default.
const CLAUSES: &[&str] = &[
    "CONSTRAINT",
    "NOT",
    "NULL",
    "DEFAULT",
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "REFERENCES",
    "COLLATE",
    "GENERATED",
    "AS",
    "AUTOINCREMENT",
    "DEFERRABLE",
    "INITIALLY",
    "ON",
    "STORAGE",
    "COMPRESSION",
    "USING",
    "MATCH",
];

fn is_clause(token: &Token<'_>) -> bool {
    CLAUSES.iter().any(|clause| token.is_word(clause))
}

/// Tokens in lower case, with single spaces between words.
pub(super) fn text(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut was_word = false;
    for token in tokens {
        let is_word = token
            .text
            .starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if was_word && is_word {
            text.push(' ');
        }
        text.push_str(&token.text.to_lowercase());
        was_word = is_word || token.is_symbol(b')');
    }
    text
}

/// The type that starts here.
pub(super) fn kind(cursor: &mut Cursor<'_, '_>) -> String {
    let mut tokens = Vec::new();
    while let Some(token) = cursor.peek() {
        if is_clause(&token) || token.is_symbol(b',') {
            break;
        }
        tokens.push(token);
        cursor.next();
    }
    text(&tokens)
}

/// A column definition.
pub(super) fn column(tokens: &[Token<'_>]) -> Option<ColumnDef> {
    let mut cursor = Cursor::new(tokens);
    let mut column = ColumnDef {
        name: cursor.take_name()?,
        ..ColumnDef::default()
    };
    column.kind = kind(&mut cursor);
    while !cursor.is_at_end() {
        if cursor.take(&["NOT", "NULL"]) {
            column.not_null = true;
        } else if cursor.take(&["DEFAULT"]) {
            column.default = Some(default(&mut cursor));
        } else if cursor.take(&["PRIMARY", "KEY"]) {
            column.is_primary_key = true;
        } else if cursor.take(&["UNIQUE"]) {
            column.is_unique = true;
        } else if cursor.take(&["CHECK"]) {
            column.has_check = true;
        } else if cursor.take(&["REFERENCES"]) {
            column.references = relation(&mut cursor);
        } else if cursor.take(&["AS", "IDENTITY"]) {
            column.is_identity = true;
        } else if cursor.take(&["AS"]) && cursor.take_parentheses().is_some() {
            column.is_generated = true;
            column.is_stored = cursor.take(&["STORED"]);
        } else {
            cursor.next();
        }
    }
    Some(column)
}

fn default(cursor: &mut Cursor<'_, '_>) -> String {
    let mut tokens = Vec::new();
    let mut depth = 0_i32;
    while let Some(token) = cursor.peek() {
        if depth == 0 && !tokens.is_empty() && is_clause(&token) {
            break;
        }
        depth += i32::from(token.is_symbol(b'(')) - i32::from(token.is_symbol(b')'));
        tokens.push(token);
        cursor.next();
    }
    text(&tokens)
}

/// A table constraint, if one starts here.
pub(super) fn constraint(tokens: &[Token<'_>]) -> Option<ConstraintDef> {
    let mut cursor = Cursor::new(tokens);
    let name_of = if cursor.take(&["CONSTRAINT"]) {
        Some(cursor.take_name()?)
    } else {
        None
    };
    let kind = if cursor.take(&["CHECK"]) {
        ConstraintKind::Check
    } else if cursor.take(&["FOREIGN", "KEY"]) {
        ConstraintKind::ForeignKey
    } else if cursor.take(&["UNIQUE"]) {
        ConstraintKind::Unique
    } else if cursor.take(&["PRIMARY", "KEY"]) {
        ConstraintKind::PrimaryKey
    } else if cursor.take(&["EXCLUDE"]) {
        ConstraintKind::Exclude
    } else if cursor.take(&["NOT", "NULL"]) {
        ConstraintKind::NotNull
    } else {
        return None;
    };
    let using_index = cursor.take(&["USING", "INDEX"]);
    let columns = match kind {
        ConstraintKind::Check | ConstraintKind::Exclude => Vec::new(),
        ConstraintKind::NotNull => cursor.take_name().into_iter().collect(),
        _ => {
            let _ = cursor.take(&["NULLS", "NOT", "DISTINCT"]);
            cursor.take_parentheses().map(columns).unwrap_or_default()
        }
    };
    let expression = match kind {
        ConstraintKind::Check => cursor.take_parentheses().map(text),
        _ => None,
    };
    let references = if cursor.take(&["REFERENCES"]) {
        relation(&mut cursor)
    } else {
        None
    };
    let rest = cursor.rest();
    let not_valid = rest
        .windows(2)
        .any(|pair| matches!(pair, [not, valid] if not.is_word("NOT") && valid.is_word("VALID")));
    Some(ConstraintDef {
        name: name_of,
        kind,
        columns,
        references,
        not_valid,
        using_index,
        expression,
    })
}

/// The names that parts begin with: columns of a key, or of an index.
pub(super) fn columns(inside: &[Token<'_>]) -> Vec<String> {
    let parts = split_at_commas(inside).into_iter();
    parts
        .filter_map(|part| Cursor::new(part).take_name())
        .collect()
}
