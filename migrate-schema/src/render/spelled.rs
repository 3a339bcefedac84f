//! Statements in a spelling that a revision file can hold, and that means the same whatever the session's settings are.

use migrate_chain::sql::{TokenKind, unquoted};
use migrate_chain::{Dialect, is_section_line};

use crate::sql::cursor::{Token, lex};
use crate::sql::literal;

/// The statement with other texts in the place of those that have a line which would open a section of the file, or, on
/// PostgreSQL, a backslash that means something else with `standard_conforming_strings` off. A comment with such a line is
/// marked.
pub(super) fn spelled(statement: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(statement.len());
    let mut copied = 0;
    for token in lex(statement, dialect).unwrap_or_default() {
        let new = match (token.kind, dialect) {
            (TokenKind::Text, Dialect::Sqlite) => sqlite(&token),
            (TokenKind::Text, _) => postgres(&token),
            _ => None,
        };
        if let Some(new) = new {
            out.push_str(statement.get(copied..token.start).unwrap_or_default());
            out.push_str(&new);
            copied = token.end;
        }
    }
    out.push_str(statement.get(copied..).unwrap_or_default());
    if out.lines().any(is_section_line) {
        // What is left stands in a comment.
        let marked = out.lines().map(|line| {
            if is_section_line(line) {
                line.replacen("--", "-- |", 1)
            } else {
                line.to_owned()
            }
        });
        out = marked.collect::<Vec<_>>().join("\n");
    }
    out
}

fn opens_section(text: &str) -> bool {
    text.lines().skip(1).any(is_section_line)
}

/// SQLite knows no escapes: the text in two parts.
fn sqlite(token: &Token<'_>) -> Option<String> {
    if !opens_section(token.text) {
        return None;
    }
    let value = unquoted(token.text);
    let mut parts: Vec<String> = Vec::new();
    for line in value.split_inclusive('\n') {
        match parts.last_mut() {
            Some(last) if !is_section_line(line) => last.push_str(line),
            _ => parts.push(line.to_owned()),
        }
    }
    let parts: Vec<String> = parts.iter().map(|part| literal(part)).collect();
    Some(format!("({})", parts.join(" || ")))
}

/// As a text with escapes.
fn postgres(token: &Token<'_>) -> Option<String> {
    let is_plain = token.text.starts_with('\'') && token.text.contains('\\');
    if !is_plain && !opens_section(token.text) {
        return None;
    }
    let value = match token.text.strip_prefix('$') {
        Some(rest) => {
            let (tag, rest) = rest.split_once('$')?;
            rest.strip_suffix(&format!("${tag}$"))?.to_owned()
        }
        None => unquoted(token.text),
    };
    let lines = value.split('\n').enumerate().map(|(at, line)| {
        let escaped = line.replace('\\', "\\\\").replace('\'', "''");
        if at > 0 && is_section_line(line) {
            escaped.replacen('-', "\\x2d", 1)
        } else {
            escaped
        }
    });
    Some(format!("E'{}'", lines.collect::<Vec<_>>().join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_statements_stay() {
        for text in [
            "SELECT 'a', $$ b\n-- c\n $$",
            "CREATE TRIGGER t BEGIN -- a\n SELECT 1; END",
        ] {
            assert_eq!(spelled(text, Dialect::Postgres), text);
            assert_eq!(spelled(text, Dialect::Sqlite), text);
        }
        assert_eq!(spelled("SELECT 'a\\b'", Dialect::Sqlite), "SELECT 'a\\b'");
    }

    #[test]
    fn backslashes_are_escaped_on_postgresql() {
        assert_eq!(
            spelled("SELECT 'a\\b''c', E'\\n', $$\\$$", Dialect::Postgres),
            "SELECT E'a\\\\b''c', E'\\n', $$\\$$"
        );
    }

    #[test]
    fn lines_that_would_open_a_section_are_written_otherwise() {
        for (text, dialect, expected) in [
            (
                "SELECT 'a\n-- downgrade\nb'",
                Dialect::Postgres,
                "SELECT E'a\n\\x2d- downgrade\nb'",
            ),
            (
                "AS $f$ x := 'it';\n -- Upgrade\n$f$",
                Dialect::Postgres,
                "AS E' x := ''it'';\n \\x2d- Upgrade\n'",
            ),
            (
                "SELECT 'a\n-- downgrade\nb'",
                Dialect::Sqlite,
                "SELECT ('a\n' || '-- downgrade\nb')",
            ),
            (
                "SELECT 1\n-- upgrade (sqlite)",
                Dialect::Sqlite,
                "SELECT 1\n-- | upgrade (sqlite)",
            ),
        ] {
            assert_eq!(spelled(text, dialect), expected);
        }
    }
}
