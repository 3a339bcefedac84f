//! What changes no schema and only needs a word: `REINDEX`, `REFRESH MATERIALIZED VIEW`.

use migrate_chain::Dialect;

use crate::lint::statement::Act;
use crate::sql::cursor::lex;

/// Whether a word in its statement is all that it takes.
pub(super) fn is_about(act: &Act) -> bool {
    match act {
        Act::Reindex { is_concurrent, .. } | Act::Refresh { is_concurrent, .. } => !is_concurrent,
        _ => false,
    }
}

/// The statement with `CONCURRENTLY` behind what is built anew.
pub(super) fn concurrent(statement: &str) -> String {
    const OBJECTS: &[&str] = &["INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM", "VIEW"];
    let tokens = lex(statement, Dialect::Postgres).unwrap_or_default();
    let mut tokens = tokens.iter();
    let object = tokens.find(|token| OBJECTS.iter().any(|object| token.is_word(object)));
    match object {
        Some(token) => {
            let (before, behind) = statement.split_at(token.end);
            format!("{before} CONCURRENTLY{behind}")
        }
        None => statement.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::concurrent;

    #[test]
    fn the_word_stands_behind_the_object() {
        let cases = [
            ("REINDEX INDEX i;", "REINDEX INDEX CONCURRENTLY i;"),
            (
                "reindex (verbose) table \"index\";",
                "reindex (verbose) table CONCURRENTLY \"index\";",
            ),
            (
                "REFRESH MATERIALIZED VIEW v WITH DATA",
                "REFRESH MATERIALIZED VIEW CONCURRENTLY v WITH DATA",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(concurrent(before), after);
        }
    }
}
