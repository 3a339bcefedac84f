//! The reason for [`Transactions::PerStep`](crate::Transactions::PerStep): a revision locks a table for everybody until
//! COMMIT, and one that takes long follows in the same transaction.
//!
//! What a statement does is read off its first words. A word too many is a note too many, so nothing is decided by it.

use std::collections::HashSet;

use migrate_chain::{Dialect, Segment, sql};

use crate::engine::plan::{Content, PlanStep};

/// So much of a statement is looked at.
const HEAD: usize = 1_000;

/// What others notice of a statement while its transaction is open.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Notice {
    /// Makes a table, which nobody else sees yet.
    Makes(String),
    /// Keeps everybody out of a table.
    Locks(String),
    /// Takes as long as a table, if it is one, has rows.
    TakesLong(String),
    /// Keeps everybody out of a table, and takes as long as that has rows.
    LocksLong(String),
    Nothing,
}

/// A note for each transaction in which a long step follows one that keeps everybody out of a table.
pub(super) fn notes(steps: &[PlanStep<'_>], segments: &[Segment]) -> Vec<String> {
    let transactions = segments.iter().filter(|segment| segment.in_transaction);
    transactions
        .filter_map(|segment| note(steps.get(segment.steps.clone())?))
        .collect()
}

fn note(steps: &[PlanStep<'_>]) -> Option<String> {
    let mut made = HashSet::new();
    let mut locks: Option<(&str, String)> = None;
    for step in steps {
        let id = step.planned.revision.as_str();
        let mut locked_here = None;
        let mut long = None;
        match step.content {
            Content::Nothing => {}
            Content::Code(_) => long = Some("runs code".to_owned()),
            Content::Script { text, .. } => {
                for statement in sql::statements(text, Dialect::Postgres) {
                    match notice(text.get(statement.range).unwrap_or("")) {
                        Notice::Makes(table) => {
                            made.insert(table);
                        }
                        Notice::Locks(table) if !made.contains(&table) => {
                            locked_here.get_or_insert(table);
                        }
                        Notice::TakesLong(table) if !made.contains(&table) => {
                            long.get_or_insert(format!("works through `{table}`"));
                        }
                        Notice::LocksLong(table) if !made.contains(&table) => {
                            long.get_or_insert(format!("works through `{table}`"));
                            locked_here.get_or_insert(table);
                        }
                        _ => {}
                    }
                }
            }
        }
        if let (Some((first, table)), Some(long)) = (&locks, long) {
            return Some(format!(
                "`{first}` locks `{table}` for everybody until its transaction commits, and `{id}` in the same one {long}, \
                 which may take long: `Transactions::PerStep` (`--transactions per-step`) commits each revision by itself, \
                 `-- upgrade (own transaction)` this one"
            ));
        }
        if locks.is_none()
            && let Some(table) = locked_here
        {
            locks = Some((id, table));
        }
    }
    None
}

/// What others notice of a statement.
fn notice(statement: &str) -> Notice {
    let mut end = statement.len().min(HEAD);
    while !statement.is_char_boundary(end) {
        end -= 1;
    }
    let is_space = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';');
    let head = statement.get(..end).unwrap_or("");
    let words: Vec<&str> = head
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect();
    let is = |at: usize, known: &str| {
        words
            .get(at)
            .is_some_and(|word: &&str| word.eq_ignore_ascii_case(known))
    };
    let has = |known: &str| words.iter().any(|word| word.eq_ignore_ascii_case(known));
    // The name behind words such as IF NOT EXISTS.
    let name = |from: usize| {
        const BEFORE: [&str; 6] = ["IF", "NOT", "EXISTS", "ONLY", "TABLE", "CONCURRENTLY"];
        let rest = words.get(from..).unwrap_or_default().iter();
        let mut rest =
            rest.skip_while(|word| BEFORE.iter().any(|one| word.eq_ignore_ascii_case(one)));
        let name = rest.next().copied().unwrap_or("");
        let bare = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
        bare.to_lowercase()
    };
    let after = |known: &str| {
        let at = words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(known));
        name(at.map_or(words.len(), |at| at + 1))
    };
    match () {
        () if is(0, "CREATE") && (is(1, "TABLE") || is(2, "TABLE")) => {
            Notice::Makes(after("TABLE"))
        }
        () if is(0, "CREATE") && (is(1, "INDEX") || is(2, "INDEX")) => {
            Notice::TakesLong(after("ON"))
        }
        () if is(0, "ALTER") && is(1, "TABLE") => alter_table(name(2), &has),
        () if is(0, "DROP") && is(1, "TABLE") => Notice::Locks(name(2)),
        () if is(0, "TRUNCATE") => Notice::Locks(name(1)),
        () if is(0, "LOCK") && (!has("MODE") || has("ACCESS") && has("EXCLUSIVE")) => {
            Notice::Locks(name(1))
        }
        () if is(0, "CLUSTER") => Notice::LocksLong(name(1)),
        () if is(0, "REINDEX") => Notice::LocksLong(name(2)),
        () if is(0, "REFRESH") && !has("CONCURRENTLY") => Notice::LocksLong(after("VIEW")),
        () if is(0, "REFRESH") => Notice::TakesLong(after("VIEW")),
        () if is(0, "UPDATE") => Notice::TakesLong(name(1)),
        () if is(0, "DELETE") || is(0, "MERGE") => Notice::TakesLong(name(2)),
        () if is(0, "INSERT") && has("SELECT") => Notice::TakesLong(after("FROM")),
        () if is(0, "WITH") && ["UPDATE", "DELETE", "INSERT"].iter().any(|word| has(word)) => {
            Notice::TakesLong(after("FROM"))
        }
        () => Notice::Nothing,
    }
}

/// What an action of ALTER TABLE does, by the words that tell.
fn alter_table(table: String, has: &dyn Fn(&str) -> bool) -> Notice {
    let checks_rows = has("VALIDATE")
        || has("TYPE")
        || has("NULL") && has("SET")
        || has("CONSTRAINT") && has("ADD") && !has("VALID") && !has("USING");
    match (has("VALIDATE") || has("ATTACH"), checks_rows) {
        (true, _) => Notice::TakesLong(table),
        (false, true) => Notice::LocksLong(table),
        (false, false) => Notice::Locks(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_noticed_by_their_first_words() {
        let named = |notice: fn(String) -> Notice, table: &str| notice(table.to_owned());
        for (statement, expected) in [
            (
                "create table if not exists s.\"T\" (x int)",
                named(Notice::Makes, "t"),
            ),
            ("CREATE UNLOGGED TABLE t(x int)", named(Notice::Makes, "t")),
            (
                "CREATE UNIQUE INDEX ON t (x)",
                named(Notice::TakesLong, "t"),
            ),
            (
                "ALTER TABLE ONLY s.t ADD COLUMN y int",
                named(Notice::Locks, "t"),
            ),
            (
                "ALTER TABLE t ALTER y SET NOT NULL",
                named(Notice::LocksLong, "t"),
            ),
            (
                "ALTER TABLE t ADD CONSTRAINT c CHECK (x > 0) NOT VALID",
                named(Notice::Locks, "t"),
            ),
            (
                "ALTER TABLE t VALIDATE CONSTRAINT c",
                named(Notice::TakesLong, "t"),
            ),
            ("DROP TABLE IF EXISTS t", named(Notice::Locks, "t")),
            ("LOCK TABLE t IN SHARE MODE", Notice::Nothing),
            ("LOCK t", named(Notice::Locks, "t")),
            ("UPDATE t SET x = 1", named(Notice::TakesLong, "t")),
            ("DELETE FROM t", named(Notice::TakesLong, "t")),
            ("INSERT INTO t VALUES (1)", Notice::Nothing),
            (
                "INSERT INTO t SELECT x FROM u",
                named(Notice::TakesLong, "u"),
            ),
            (
                "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
                named(Notice::TakesLong, "v"),
            ),
            ("", Notice::Nothing),
        ] {
            assert_eq!(notice(statement), expected, "{statement}");
        }
    }
}
