//! Names and texts, as SQL writes them and as they are meant.

use super::keywords::is_keyword;

/// A name, in double quotes where one of the databases needs them.
pub(crate) fn ident(name: &str) -> String {
    let starts_plain = !name.starts_with(|c: char| c.is_ascii_digit());
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    match starts_plain && is_plain && !name.is_empty() && !is_keyword(name) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Names with commas between them.
pub(crate) fn idents<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

/// A name in double quotes, whatever it is.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in single quotes; on PostgreSQL with `standard_conforming_strings`.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a token says: `"a""b"`, `[a b]`, `` `a` ``, `'a'`, `E'a\\b'`, or a bare word.
pub(crate) fn unquoted(token: &str) -> String {
    let (token, escapes) = match token.strip_prefix(['e', 'E']) {
        Some(rest) if rest.starts_with('\'') => (rest, true),
        _ => (token, false),
    };
    let mut inner = token.chars();
    let (open, close) = (inner.next(), inner.next_back());
    match (open, close) {
        (Some('['), Some(']')) => inner.as_str().to_owned(),
        (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
            let doubled: String = [quote, quote].iter().collect();
            let text = inner.as_str().replace(&doubled, &quote.to_string());
            match escapes {
                // What the server writes itself has no other escapes.
                true => text.replace("\\\\", "\\"),
                false => text,
            }
        }
        _ => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for plain in ["a", "_a1", "users", "name", "key", "type"] {
            assert_eq!(ident(plain), plain);
        }
        for (name, expected) in [
            ("order", "\"order\""),
            ("a b", "\"a b\""),
            ("1a", "\"1a\""),
            ("", "\"\""),
            ("a\"b", "\"a\"\"b\""),
            ("Users", "\"Users\""),
            ("straße", "\"straße\""),
        ] {
            assert_eq!(ident(name), expected);
        }
        assert_eq!(literal("it's"), "'it''s'");
    }

    #[test]
    fn quotes_come_off() {
        for (token, expected) in [
            ("\"a\"\"b\"", "a\"b"),
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
}
