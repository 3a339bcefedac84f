//! Names and values in SQL text, as it writes them and as they are meant. Every name that comes from
//! configuration, and every value that is not bound, goes through here.

use crate::Dialect;

/// A quoted identifier, whatever is in it.
pub fn identifier(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    push_identifier(&mut text, &[name]);
    text
}

/// Appends the quoted identifier that the parts make together.
pub fn push_identifier(text: &mut String, parts: &[&str]) {
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
pub fn literal(dialect: Dialect, value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 4);
    push_literal(&mut text, dialect, value);
    text
}

/// Appends a string literal. On PostgreSQL a backslash needs the E form, which means the same
/// whatever `standard_conforming_strings` is (the rule of its own `quote_literal`).
pub fn push_literal(text: &mut String, dialect: Dialect, value: &str) {
    if dialect == Dialect::Postgres && value.contains('\\') {
        text.push_str(" E'");
        push_doubled(text, &value.replace('\\', "\\\\"), '\'');
    } else {
        text.push('\'');
        push_doubled(text, value, '\'');
    }
    text.push('\'');
}

/// A statement in which each `?` is replaced by the next of the values, as a literal or NULL. The
/// statement has no other question mark.
pub fn filled<V: AsRef<str>>(statement: &str, dialect: Dialect, values: &[Option<V>]) -> String {
    let mut sql = String::with_capacity(statement.len() + 32 * values.len());
    let mut pieces = statement.split('?');
    sql.push_str(pieces.next().unwrap_or_default());
    let values = values.iter().map(Option::as_ref);
    for (piece, value) in pieces.zip(values.chain(std::iter::repeat(None))) {
        match value {
            Some(value) => push_literal(&mut sql, dialect, value.as_ref()),
            None => sql.push_str("NULL"),
        }
        sql.push_str(piece);
    }
    sql
}

/// What a token says: `"a""b"`, `U&"a"`, `[a b]`, `` `a` ``, `'a'`, `E'a\\b'`, or a bare word. Of the
/// escapes only the doubled backslash is read, the one that the server writes itself.
pub fn unquoted(token: &str) -> String {
    let (body, has_escapes) = without_prefix(token);
    let mut inner = body.chars();
    match (inner.next(), inner.next_back()) {
        (Some('['), Some(']')) => inner.as_str().to_owned(),
        (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
            let is_doubled = |c| c == quote || (has_escapes && c == '\\');
            let mut text = String::with_capacity(body.len());
            let mut inner = inner.peekable();
            while let Some(c) = inner.next() {
                text.push(c);
                if is_doubled(c) {
                    inner.next_if_eq(&c);
                }
            }
            text
        }
        _ => token.to_owned(),
    }
}

/// A token without the `E` or `U&` before its quote, and whether it was an `E`.
fn without_prefix(token: &str) -> (&str, bool) {
    if let Some(rest) = token.strip_prefix(['e', 'E'])
        && rest.starts_with('\'')
    {
        return (rest, true);
    }
    let unicode = token.strip_prefix(['u', 'U']);
    match unicode.and_then(|rest| rest.strip_prefix('&')) {
        Some(rest) if rest.starts_with(['\'', '"']) => (rest, false),
        _ => (token, false),
    }
}

/// True when a word occurs anywhere in a text, whatever its case: in a string as well, since
/// `EXECUTE 'DISCARD PLANS'` counts.
pub fn mentions(text: &str, word: &str) -> bool {
    let word = word.as_bytes();
    text.as_bytes()
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
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

    #[test]
    fn quotes_come_off() {
        for (token, expected) in [
            ("\"a\"\"b\"", "a\"b"),
            ("U&\"a\"", "a"),
            ("[a\"b]", "a\"b"),
            ("`a``b`", "a`b"),
            ("'it''s'", "it's"),
            ("'''a'", "'a"),
            ("E'a\\\\b'", "a\\b"),
            ("plain", "plain"),
            ("\"", "\""),
            ("E", "E"),
            ("", ""),
        ] {
            assert_eq!(unquoted(token), expected);
        }
    }

    #[test]
    fn what_was_quoted_comes_back() {
        for name in ["a", "a\"b", "a b\\", "é'"] {
            assert_eq!(unquoted(&identifier(name)), name);
            for dialect in Dialect::ALL {
                assert_eq!(unquoted(literal(dialect, name).trim_start()), name);
            }
        }
    }

    #[test]
    fn values_are_filled_in() {
        let values = [Some("a?'"), None];
        let sql = filled("VALUES (?, ?, ?)", Dialect::Sqlite, &values);
        assert_eq!(sql, "VALUES ('a?''', NULL, NULL)");
    }
}
