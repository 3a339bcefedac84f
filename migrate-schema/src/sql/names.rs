//! Names and texts, as SQL writes them and as they are meant.

use migrate_chain::sql::identifier;

use super::keywords::{is_keyword, is_keyword_of_postgres};

/// A name as the database itself writes it, to be compared with its texts.
pub(crate) fn ident_of(dialect: migrate_chain::Dialect, name: &str) -> String {
    match dialect {
        migrate_chain::Dialect::Postgres => written(name, is_keyword_of_postgres),
        _ => ident(name),
    }
}

/// A name, in double quotes where one of the databases needs them.
pub(crate) fn ident(name: &str) -> String {
    written(name, is_keyword)
}

fn written(name: &str, is_keyword: impl Fn(&str) -> bool) -> String {
    let starts_plain = !name.starts_with(|c: char| c.is_ascii_digit());
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts_plain && is_plain && !name.is_empty() && !is_keyword(name) {
        name.to_owned()
    } else {
        identifier(name)
    }
}

/// Names with commas between them.
pub(crate) fn idents<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| ident(name)).collect();
    names.join(", ")
}

/// A text in single quotes, as both databases write it themselves: it is compared with their texts, in which
/// PostgreSQL has no `E'..'` (with `standard_conforming_strings`).
pub(crate) fn literal(text: &str) -> String {
    migrate_chain::sql::literal(migrate_chain::Dialect::Sqlite, text)
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
}
