//! Names and texts as they are written into a script.

use super::keywords::is_keyword;

/// A name, in double quotes where it needs them.
pub(crate) fn ident(name: &str) -> String {
    let plain = name
        .bytes()
        .enumerate()
        .all(|(at, b)| b.is_ascii_lowercase() || b == b'_' || (at > 0 && b.is_ascii_digit()));
    if plain && !name.is_empty() && !is_keyword(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Names with commas between them.
pub(crate) fn idents<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

/// A text in single quotes.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a quoted or plain name means.
pub(crate) fn bare(written: &str) -> String {
    let inner = |open: char, close: char| {
        let inner = written.strip_prefix(open)?.strip_suffix(close)?;
        let doubled: String = [close, close].iter().collect();
        Some(inner.replace(&doubled, &close.to_string()))
    };
    inner('"', '"')
        .or_else(|| inner('`', '`'))
        .or_else(|| inner('[', ']'))
        .unwrap_or_else(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for plain in ["a", "_a1", "users", "name", "key", "type"] {
            assert_eq!(ident(plain), plain);
        }
        assert_eq!(ident("order"), "\"order\"");
        assert_eq!(ident("a\"b"), "\"a\"\"b\"");
        assert_eq!(ident("Users"), "\"Users\"");
        assert_eq!(ident("1a"), "\"1a\"");
        assert_eq!(ident(""), "\"\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(bare("\"a\"\"b\""), "a\"b");
        assert_eq!(bare("[a b]"), "a b");
    }
}
