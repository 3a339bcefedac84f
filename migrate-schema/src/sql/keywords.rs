//! Words that a name has to be quoted for.

/// The keywords of either database; sorted, for a binary search. What SQLite reads as a name wherever a name can stand, such
/// as `key`, is none.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "abort", "add", "all", "alter", "always", "analyse", "analyze", "and", "any", "array", "as",
    "asc", "asymmetric", "attach", "authorization", "autoincrement", "begin", "between", "bigint",
    "binary", "bit", "boolean", "both", "by", "case", "cast", "char", "character", "check",
    "coalesce", "collate", "collation", "column", "commit", "concurrently", "conflict",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "deferred", "delete", "desc", "distinct", "do", "drop", "each", "else",
    "end", "escape", "except", "exclude", "exists", "explain", "extract", "false", "fetch",
    "filter", "float", "for", "foreign", "freeze", "from", "full", "generated", "glob", "grant",
    "greatest", "group", "grouping", "having", "if", "ignore", "ilike", "immediate", "in", "index",
    "indexed", "initially", "inner", "inout", "insert", "instead", "int", "integer", "intersect",
    "interval", "into", "is", "isnull", "join", "json_array", "json_arrayagg", "json_object",
    "json_objectagg", "lateral", "leading", "least", "left", "like", "limit", "localtime",
    "localtimestamp", "match", "materialized", "national", "natural", "nchar", "no", "none",
    "normalize", "not", "nothing", "notnull", "null", "nullif", "numeric", "of", "offset", "on",
    "only", "or", "order", "others", "out", "outer", "over", "overlaps", "overlay", "partition",
    "placing", "plan", "position", "pragma", "precision", "primary", "raise", "real", "recursive",
    "references", "regexp", "reindex", "release", "rename", "replace", "restrict", "returning",
    "right", "rollback", "row", "rows", "savepoint", "select", "session_user", "set", "setof",
    "similar", "smallint", "some", "substring", "symmetric", "system_user", "table", "tablesample",
    "temp", "temporary", "then", "ties", "time", "timestamp", "to", "trailing", "transaction",
    "treat", "trigger", "trim", "true", "unbounded", "union", "unique", "update", "user", "using",
    "vacuum", "values", "varchar", "variadic", "verbose", "view", "virtual", "when", "where",
    "window", "with", "within", "without", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
];

/// The keywords of SQLite that have a meaning of their own inside of an expression, so that a bare one is never a column.
#[rustfmt::skip]
const IN_EXPRESSIONS: &[&str] = &[
    "and", "as", "asc", "between", "by", "case", "cast", "collate", "current_date", "current_time",
    "current_timestamp", "desc", "distinct", "else", "end", "escape", "exists", "false", "filter",
    "from", "glob", "in", "is", "isnull", "like", "match", "not", "notnull", "null", "or", "order",
    "over", "regexp", "select", "then", "true", "when", "where",
];

/// Keywords of SQLite that PostgreSQL writes without quotes, because they mean nothing to it where a name can stand.
#[rustfmt::skip]
const SQLITE_ONLY: &[&str] = &[
    "abort", "add", "alter", "always", "attach", "autoincrement", "begin", "by", "commit",
    "conflict", "deferred", "delete", "drop", "each", "escape", "exclude", "explain", "filter",
    "generated", "glob", "if", "ignore", "immediate", "index", "indexed", "insert", "instead",
    "match", "materialized", "no", "nothing", "of", "others", "over", "partition", "plan", "pragma",
    "raise", "recursive", "regexp", "reindex", "release", "rename", "replace", "restrict",
    "rollback", "rows", "savepoint", "set", "temp", "temporary", "ties", "transaction", "trigger",
    "unbounded", "update", "vacuum", "view", "virtual", "within", "without",
];

/// Whether PostgreSQL itself writes a name that is this word in quotes.
pub(super) fn is_keyword_of_postgres(word: &str) -> bool {
    is_keyword(word) && !is_among(word, SQLITE_ONLY)
}

/// Whether a name that is this word is written in quotes.
pub(super) fn is_keyword(word: &str) -> bool {
    is_among(word, KEYWORDS)
}

/// Whether a bare word has a meaning of its own in an expression of SQLite.
pub(super) fn is_operator(word: &str) -> bool {
    is_among(word, IN_EXPRESSIONS)
}

fn is_among(word: &str, sorted: &[&str]) -> bool {
    let lower = word.to_ascii_lowercase();
    sorted.binary_search(&lower.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        for words in [KEYWORDS, IN_EXPRESSIONS, SQLITE_ONLY] {
            assert!(words.is_sorted());
        }
        assert!(IN_EXPRESSIONS.iter().all(|word| is_keyword(word)));
        assert!(SQLITE_ONLY.iter().all(|word| is_keyword(word)));
    }

    /// Every word that SQLite knows, as the name of a table and of a column in an expression.
    #[cfg(feature = "rusqlite")]
    #[test]
    fn sqlite_takes_every_word_for_a_name() {
        #[rustfmt::skip]
        let words = [
            "abort", "action", "add", "after", "all", "alter", "always", "analyze", "and", "as",
            "asc", "attach", "autoincrement", "before", "begin", "between", "by", "cascade", "case",
            "cast", "check", "collate", "column", "commit", "conflict", "constraint", "create",
            "cross", "current", "current_date", "current_time", "current_timestamp", "database",
            "default", "deferrable", "deferred", "delete", "desc", "detach", "distinct", "do",
            "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists",
            "explain", "fail", "false", "filter", "first", "following", "for", "foreign", "from",
            "full", "generated", "glob", "group", "groups", "having", "if", "ignore", "immediate",
            "in", "index", "indexed", "initially", "inner", "insert", "instead", "intersect",
            "into", "is", "isnull", "join", "key", "last", "left", "like", "limit", "match",
            "materialized", "natural", "no", "not", "nothing", "notnull", "null", "nulls", "of",
            "offset", "on", "or", "order", "others", "outer", "over", "partition", "plan", "pragma",
            "preceding", "primary", "query", "raise", "range", "recursive", "references", "regexp",
            "reindex", "release", "rename", "replace", "restrict", "returning", "right", "rollback",
            "row", "rowid", "rows", "savepoint", "select", "set", "table", "temp", "temporary",
            "then", "ties", "to", "transaction", "trigger", "true", "unbounded", "union", "unique",
            "update", "using", "vacuum", "values", "view", "virtual", "when", "where", "window",
            "with", "within", "without",
        ];
        for word in words {
            let name = super::super::ident(word);
            let script = format!(
                "CREATE TABLE {name} ({name} INTEGER CHECK ({name} > 0), CONSTRAINT {name} UNIQUE ({name}));
                 CREATE INDEX i ON {name} (({name} + 1), {name} DESC) WHERE {name} IS NOT NULL;
                 SELECT {name}.{name}, {name} AS {name} FROM {name} WHERE {name} IN (1, 2) ORDER BY {name};"
            );
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            let done = connection.execute_batch(&script);
            assert!(done.is_ok(), "{word}: {done:?}");
        }
    }
}
