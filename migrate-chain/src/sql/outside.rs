//! Statements that run outside of a transaction only.
//!
//! For PostgreSQL these are the callers of `PreventInTransactionBlock()`.

use super::concurrent::{created_name, is_false, reindex};
use super::control::control;
use super::lexer::Kind;
use super::words::Words;
use crate::Dialect;

/// Whether a statement can run in a transaction; false also where that depends on the database.
///
/// Used for the statements of a `no transaction` section: one that can is committed together with the record of it,
/// any other runs by itself. Hence the answer for `CALL`, a `DO` block that holds a `COMMIT`, `REINDEX TABLE` and
/// `CLUSTER` (partitioned tables), and on SQLite for `ATTACH` and every `PRAGMA` is false.
///
/// ```
/// use migrate_chain::{Dialect, sql::runs_in_transaction};
///
/// assert!(runs_in_transaction("UPDATE t SET a = 1", Dialect::Postgres));
/// assert!(!runs_in_transaction("VACUUM t", Dialect::Postgres));
/// assert!(!runs_in_transaction("CALL backfill()", Dialect::Postgres));
/// ```
pub fn runs_in_transaction(statement: &str, dialect: Dialect) -> bool {
    let tokens = Words::tokens_of(statement, dialect);
    let words = Words::new(statement, dialect, &tokens);
    !(outside_only(&words).is_some() || depends(&words) || control(&words).is_some())
}

/// What is to be called the statement that cannot run in a transaction, if this is one.
pub(super) fn outside_only(words: &Words<'_>) -> Option<&'static str> {
    match words.dialect() {
        Dialect::Sqlite => sqlite(words),
        Dialect::Postgres => postgres_indexes(words)
            .or_else(|| postgres_objects(words))
            .or_else(|| postgres_subscriptions(words)),
    }
}

/// `DETACH`: the transaction is a writing one, which locks every attached database.
fn sqlite(words: &Words<'_>) -> Option<&'static str> {
    match () {
        () if words.is(0, "VACUUM") => Some("VACUUM"),
        () if words.is(0, "DETACH") => Some("DETACH"),
        () => None,
    }
}

fn postgres_indexes(words: &Words<'_>) -> Option<&'static str> {
    if created_name(words).is_some() {
        return Some("CREATE INDEX CONCURRENTLY");
    }
    if words.start("DROP INDEX CONCURRENTLY") {
        return Some("DROP INDEX CONCURRENTLY");
    }
    match reindex(words)? {
        (true, _) => Some("REINDEX CONCURRENTLY"),
        (false, kind) if words.is(kind, "SCHEMA") => Some("REINDEX SCHEMA"),
        (false, kind) if words.is(kind, "DATABASE") => Some("REINDEX DATABASE"),
        (false, kind) if words.is(kind, "SYSTEM") => Some("REINDEX SYSTEM"),
        (false, _) => None,
    }
}

fn postgres_objects(words: &Words<'_>) -> Option<&'static str> {
    const BY_FIRST_WORDS: [&str; 7] = [
        "VACUUM",
        "ALTER SYSTEM",
        "CREATE DATABASE",
        "DROP DATABASE",
        "CREATE TABLESPACE",
        "DROP TABLESPACE",
        "DISCARD ALL",
    ];
    if let Some(first) = BY_FIRST_WORDS.into_iter().find(|first| words.start(first)) {
        return Some(first);
    }
    if words.start("ALTER DATABASE") && words.are(3, "SET TABLESPACE") {
        return Some("ALTER DATABASE .. SET TABLESPACE");
    }
    // Without a table it works through all of them, one transaction each.
    if words.is(0, "CLUSTER") && words.len() == words.skip_parentheses(words.skip(1, "VERBOSE")) {
        return Some("CLUSTER");
    }
    if words.start("ALTER TABLE") {
        let detach = words
            .outer(2)
            .find(|&at| words.are(at, "DETACH PARTITION"))?;
        let concurrently = words
            .outer(detach + 3)
            .any(|at| words.is(at, "CONCURRENTLY"));
        return concurrently.then_some("ALTER TABLE .. DETACH PARTITION .. CONCURRENTLY");
    }
    None
}

/// A replication slot on another server doesn't roll back.
fn postgres_subscriptions(words: &Words<'_>) -> Option<&'static str> {
    if words.start("CREATE SUBSCRIPTION") {
        let without_slot = option_is_off(words, "create_slot") || option_is_off(words, "connect");
        return (!without_slot).then_some("CREATE SUBSCRIPTION");
    }
    if words.start("DROP SUBSCRIPTION") {
        return Some("DROP SUBSCRIPTION");
    }
    if words.start("ALTER SUBSCRIPTION") {
        if words.is(3, "REFRESH") {
            return Some("ALTER SUBSCRIPTION .. REFRESH");
        }
        let slot = |at| words.is_any(at, &["failover", "two_phase"]) && words.symbol(at + 1, b'=');
        if words.is(3, "SET") && (4..words.len()).any(slot) {
            return Some("ALTER SUBSCRIPTION .. SET");
        }
        let publications = words.is_any(3, &["SET", "ADD", "DROP"]) && words.is(4, "PUBLICATION");
        return (publications && !option_is_off(words, "refresh"))
            .then_some("ALTER SUBSCRIPTION .. PUBLICATION");
    }
    None
}

/// Whether `name = false` stands among the options of a subscription.
fn option_is_off(words: &Words<'_>, name: &str) -> bool {
    (0..words.len())
        .any(|at| words.is(at, name) && words.symbol(at + 1, b'=') && is_false(words, at + 2))
}

/// Whether only the database can tell if the statement runs in a transaction.
fn depends(words: &Words<'_>) -> bool {
    match words.dialect() {
        // Pragmas do nothing, fail or outlive a rollback there; ATTACH outlives it too.
        Dialect::Sqlite => words.is_any(0, &["PRAGMA", "ATTACH"]),
        Dialect::Postgres => {
            words.is_any(0, &["CALL", "CLUSTER", "REINDEX"])
                || (words.is(0, "DO") && commits(words))
        }
    }
}

/// Whether a `DO` block may end transactions: any mention counts, since running by itself always works.
fn commits(words: &Words<'_>) -> bool {
    (1..words.len()).any(|at| match words.dollar_quoted(at) {
        Some(mut body) => body.any(|(kind, text, _)| {
            kind == Kind::Word
                && ["COMMIT", "ROLLBACK"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word))
        }),
        None => words.kind(at) == Some(Kind::Text),
    })
}
