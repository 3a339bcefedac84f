//! The transaction is the engine's.

use crate::Dialect;
use crate::sql::concurrent::created_name;
use crate::sql::control::control;
use crate::sql::finding::{Finding, Section, find};
use crate::sql::outside::outside_only;
use crate::sql::words::Words;

/// No transaction control: a step commits together with the record of it. In a `no transaction` section each
/// statement is on its own, and an open transaction would outlive it. Savepoints are fine.
pub(super) fn no_control(words: &Words<'_>, section: &Section, findings: &mut Vec<Finding>) {
    let Some((name, count)) = control(words) else {
        return;
    };
    let opens = ["BEGIN", "START TRANSACTION"].contains(&name);
    let (problem, help) = match section.in_transaction {
        _ if name.ends_with(" PREPARED") => (
            "ends a transaction that is not the migration's",
            "remove it",
        ),
        true if opens => (
            "would open a transaction inside of the migration's own",
            "remove it: a section runs in one transaction, unless it is marked `no transaction`",
        ),
        true => (
            "would end the migration's own transaction",
            "remove it: the transaction is committed together with the record of the revision",
        ),
        false if opens => (
            "would open a transaction in a section that has none",
            "remove it: each statement of a `no transaction` section is on its own",
        ),
        false => (
            "has no transaction to end: this section has none",
            "remove it: each statement of a `no transaction` section is on its own",
        ),
    };
    find(
        findings,
        words.range(count),
        format!("`{name}` {problem}"),
        help,
    );
}

/// No savepoints in a `no transaction` section: on SQLite one opens a transaction, on PostgreSQL it is an error.
pub(super) fn no_savepoint_outside(
    words: &Words<'_>,
    section: &Section,
    findings: &mut Vec<Finding>,
) {
    let savepoint =
        words.is_any(0, &["SAVEPOINT", "RELEASE", "ROLLBACK"]) && control(words).is_none();
    if savepoint && !section.in_transaction {
        let name = words.text(0).to_ascii_uppercase();
        let message = format!("`{name}` needs a transaction, and this section has none");
        find(
            findings,
            words.range(1),
            message,
            "remove it, or remove `no transaction`",
        );
    }
}

/// Whether a statement sets something that only a COMMIT takes back: `SET CONSTRAINTS` holds for the rest of the
/// transaction, and SQLite can't detach a database that the transaction has used.
pub(super) fn lasts_until_commit(words: &Words<'_>) -> bool {
    match words.dialect() {
        Dialect::Sqlite => words.is(0, "ATTACH"),
        _ if words.is(0, "DO") => (1..words.len()).any(|at| {
            let body = words.dollar_quoted(at).into_iter().flatten();
            let mut is_set = false;
            body.into_iter().any(|(_, text, _)| {
                let was_set = std::mem::replace(&mut is_set, text.eq_ignore_ascii_case("SET"));
                was_set && text.eq_ignore_ascii_case("CONSTRAINTS")
            })
        }),
        _ => words.start("SET CONSTRAINTS"),
    }
}

/// No `SET TRANSACTION`: the engine's transaction has begun long before, and outside of one it does nothing.
pub(super) fn no_set_transaction(
    words: &Words<'_>,
    section: &Section,
    findings: &mut Vec<Finding>,
) {
    if section.dialect != Dialect::Postgres || !words.is(0, "SET") {
        return;
    }
    let at = if words.is_any(1, &["LOCAL", "SESSION"]) {
        2
    } else {
        1
    };
    if words.is(at, "TRANSACTION") {
        let message = if section.in_transaction {
            "`SET TRANSACTION` comes too late: the migration's transaction has begun"
        } else {
            "`SET TRANSACTION` does nothing: this section has no transaction"
        };
        find(findings, words.range(at + 1), message, "remove it");
    }
}

/// An index that is built concurrently has a name: after a failure the retry must find it.
pub(super) fn index_has_a_name(words: &Words<'_>, findings: &mut Vec<Finding>) {
    let name = created_name(words).filter(|_| words.dialect() == Dialect::Postgres);
    if let Some(name) = name
        && words.is(name, "ON")
    {
        find(
            findings,
            words.range(name),
            "an index that is built `CONCURRENTLY` needs a name",
            "write `CREATE INDEX CONCURRENTLY name ON ..`: without one, a retry could not find what a failure left",
        );
    }
}

/// Whether the section has taken a subscription's slot away: then it can be dropped in a transaction.
#[derive(Default)]
pub(super) struct Slots {
    unset: bool,
}

impl Slots {
    /// No statement that cannot run in a transaction, in a section that runs in one.
    pub(super) fn no_outside_statement(
        &mut self,
        words: &Words<'_>,
        section: &Section,
        findings: &mut Vec<Finding>,
    ) {
        if words.start("ALTER SUBSCRIPTION") {
            let unset = |at| {
                words.is(at, "slot_name") && words.symbol(at + 1, b'=') && words.is(at + 2, "NONE")
            };
            self.unset |= (3..words.len()).any(unset);
        }
        let Some(name) = outside_only(words).filter(|_| section.in_transaction) else {
            return;
        };
        if name == "DROP SUBSCRIPTION" && self.unset {
            return;
        }
        find(
            findings,
            words.range(words.len()),
            format!("`{name}` cannot run in a transaction"),
            format!(
                "put it in a revision of its own, in a section marked so: {}",
                section.marked("no transaction")
            ),
        );
    }
}
