//! Names and values in SQL text. Every name that comes from configuration and every value that is
//! not bound goes through here.

use migrate_chain::Dialect;

/// A quoted identifier.
pub(crate) fn identifier(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    push_identifier(&mut text, &[name]);
    text
}

/// Appends the quoted identifier that the parts make together.
pub(crate) fn push_identifier(text: &mut String, parts: &[&str]) {
    text.push('"');
    for part in parts {
        push_doubled(text, part, '"');
    }
    text.push('"');
}

/// Appends a text in which each quote stands twice.
fn push_doubled(text: &mut String, value: &str, quote: char) {
    let mut pieces = value.split(quote);
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        text.push(quote);
        text.push(quote);
        text.push_str(piece);
    }
}

/// A string literal.
pub(crate) fn literal(dialect: Dialect, value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 4);
    push_literal(&mut text, dialect, value);
    text
}

/// Appends a string literal. On PostgreSQL a backslash needs the E form, which means the same
/// whatever `standard_conforming_strings` is (the rule of its own `quote_literal`).
pub(crate) fn push_literal(text: &mut String, dialect: Dialect, value: &str) {
    if dialect == Dialect::Postgres && value.contains('\\') {
        text.push_str(" E'");
        push_doubled(text, &value.replace('\\', "\\\\"), '\'');
    } else {
        text.push('\'');
        push_doubled(text, value, '\'');
    }
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(identifier("\"\""), "\"\"\"\"\"\"");
        assert_eq!(literal(Dialect::Sqlite, "a'b\\"), "'a''b\\'");
        assert_eq!(literal(Dialect::Postgres, "a'b\\"), " E'a''b\\\\'");
        assert_eq!(literal(Dialect::Postgres, "a'b"), "'a''b'");
    }
}
