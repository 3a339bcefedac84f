//! The reason for [`Transactions::PerStep`](crate::Transactions::PerStep): a revision locks a table for everybody until
//! COMMIT, and one that takes long follows in the same transaction.
//!
//! What a statement does is read off its first words. A word too many is a note too many, so nothing is decided by it.

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
    let mut made: Vec<String> = Vec::new();
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
                            made.push(table);
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
    let head = words(statement);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let has = |known: &str| head.contains(&known);
    let is_all_of = |known: &[&str]| known.iter().all(|word| has(word));
    match head.as_slice() {
        ["create", "table", ..] | ["create", _, "table", ..] => Notice::Makes(name(&head, "table")),
        ["create", "index", ..] | ["create", _, "index", ..] => {
            Notice::TakesLong(name(&head, "on"))
        }
        ["alter", "table", ..] => {
            let table = name(&head, "table");
            let adds_constraint =
                is_all_of(&["constraint", "add"]) && !has("valid") && !has("using");
            if has("validate") || has("attach") {
                Notice::TakesLong(table)
            } else if has("type") || is_all_of(&["null", "set"]) || adds_constraint {
                Notice::LocksLong(table)
            } else {
                Notice::Locks(table)
            }
        }
        ["drop", "table", ..] => Notice::Locks(name(&head, "table")),
        [first @ "truncate", ..] => Notice::Locks(name(&head, first)),
        [first @ "lock", ..] if !has("mode") || is_all_of(&["access", "exclusive"]) => {
            Notice::Locks(name(&head, first))
        }
        [first @ "cluster", ..] | ["reindex", first, ..] => Notice::LocksLong(name(&head, first)),
        ["refresh", ..] if has("concurrently") => Notice::TakesLong(name(&head, "view")),
        ["refresh", ..] => Notice::LocksLong(name(&head, "view")),
        [first @ "update", ..] | ["delete" | "merge", first, ..] => {
            Notice::TakesLong(name(&head, first))
        }
        ["insert", ..] if has("select") => Notice::TakesLong(name(&head, "from")),
        ["with", ..] if has("update") || has("delete") || has("insert") => {
            Notice::TakesLong(name(&head, "from"))
        }
        _ => Notice::Nothing,
    }
}

/// The first words of a statement, in small letters.
fn words(statement: &str) -> Vec<String> {
    let mut end = statement.len().min(HEAD);
    while !statement.is_char_boundary(end) {
        end -= 1;
    }
    let head = statement.get(..end).unwrap_or("").to_ascii_lowercase();
    head.split(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')' | ',' | ';'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The name that follows a word, behind others such as IF NOT EXISTS; without its schema.
fn name(words: &[&str], after: &str) -> String {
    const BEFORE: [&str; 6] = ["if", "not", "exists", "only", "table", "concurrently"];
    let mut rest = words.iter().skip_while(|word| **word != after).skip(1);
    let name = rest.find(|word| !BEFORE.contains(word)).unwrap_or(&"");
    let bare = name.rsplit('.').next().unwrap_or(name);
    bare.trim_matches('"').to_owned()
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
