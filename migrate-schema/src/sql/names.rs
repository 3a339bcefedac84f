//! Names in SQL text, and names for what has none.

/// The words that SQLite takes for something else than a name, some of the time at least; PostgreSQL's own functions
/// quote its names.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS", "ASC",
    "ATTACH", "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST",
    "CHECK", "COLLATE", "COLUMN", "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT",
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATABASE", "DEFAULT", "DEFERRABLE",
    "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO", "DROP", "EACH", "ELSE", "END",
    "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS", "EXPLAIN", "FAIL", "FALSE", "FILTER",
    "FIRST", "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "GROUPS",
    "HAVING", "IF", "IGNORE", "IMMEDIATE", "IN", "INDEX", "INDEXED", "INITIALLY", "INNER", "INSERT",
    "INSTEAD", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY", "LAST", "LEFT", "LIKE", "LIMIT",
    "MATCH", "MATERIALIZED", "NATURAL", "NO", "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS", "OF",
    "OFFSET", "ON", "OR", "ORDER", "OTHERS", "OUTER", "OVER", "PARTITION", "PLAN", "PRAGMA",
    "PRECEDING", "PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES", "REGEXP",
    "REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT", "ROLLBACK", "ROW",
    "ROWID", "ROWS", "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN", "TIES",
    "TO", "TRANSACTION", "TRIGGER", "TRUE", "UNBOUNDED", "UNION", "UNIQUE", "UPDATE", "USING",
    "VACUUM", "VALUES", "VIEW", "VIRTUAL", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN", "WITHOUT",
];

/// Those that can have a meaning of their own inside of an expression, so that a bare one is never a column.
#[rustfmt::skip]
const IN_EXPRESSIONS: &[&str] = &[
    "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "COLLATE", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE", "EXISTS", "FALSE", "FILTER",
    "FROM", "GLOB", "IN", "IS", "ISNULL", "LIKE", "MATCH", "NOT", "NOTNULL", "NULL", "OR", "ORDER",
    "OVER", "REGEXP", "SELECT", "THEN", "TRUE", "WHEN", "WHERE",
];

fn is_among(word: &str, sorted: &[&str]) -> bool {
    let upper = word.to_ascii_uppercase();
    sorted.binary_search(&upper.as_str()).is_ok()
}

/// Whether a bare word has a meaning of its own in an expression.
pub(crate) fn is_operator(word: &str) -> bool {
    is_among(word, IN_EXPRESSIONS)
}

/// An identifier of SQLite, quoted only where it must be.
pub(crate) fn identifier(name: &str) -> String {
    let starts_plain = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match starts_plain && is_plain && !is_among(name, KEYWORDS) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// A quoted identifier, for both databases.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string literal of SQLite, and of PostgreSQL with `standard_conforming_strings`.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What a quoted token says: `"a""b"`, `[a b]`, `` `a` ``, `'a'`.
pub(crate) fn unquoted(token: &str) -> String {
    let mut inner = token.chars();
    let (open, close) = (inner.next(), inner.next_back());
    match (open, close) {
        (Some('['), Some(']')) => inner.as_str().to_owned(),
        (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
            let doubled: String = [quote, quote].iter().collect();
            inner.as_str().replace(&doubled, &quote.to_string())
        }
        _ => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        for words in [KEYWORDS, IN_EXPRESSIONS] {
            assert!(words.is_sorted());
        }
        assert!(IN_EXPRESSIONS.iter().all(|word| is_among(word, KEYWORDS)));
    }

    #[test]
    fn only_what_must_be_is_quoted() {
        for (name, expected) in [
            ("users", "users"),
            ("order", "\"order\""),
            ("a b", "\"a b\""),
            ("1a", "\"1a\""),
            ("", "\"\""),
            ("a\"b", "\"a\"\"b\""),
            ("Straße", "\"Straße\""),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }

    #[test]
    fn quotes_come_off() {
        for (token, expected) in [
            ("\"a\"\"b\"", "a\"b"),
            ("[a\"b]", "a\"b"),
            ("`a``b`", "a`b"),
            ("'it''s'", "it's"),
            ("plain", "plain"),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(unquoted(token), expected);
        }
    }
}
