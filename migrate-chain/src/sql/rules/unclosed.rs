//! Whatever a script opens it must close, and it must not hold what ends it for the database.

use crate::sql::finding::{Finding, find};
use crate::sql::lexer::{Open, Unclosed};

/// Quotes, comments, parentheses and bodies are closed: what follows an open one never runs.
///
/// SQLite takes a comment that is never closed; what it hides was hardly meant to be hidden.
pub(super) fn all_closed(script: &str, unclosed: Unclosed, findings: &mut Vec<Finding>) {
    let Unclosed { start, what } = unclosed;
    let (message, help) = match what {
        Open::Text => (
            "this string is never closed",
            "close it with `'`; a quote inside of it is written `''`",
        ),
        Open::Name => (
            "this quoted name is never closed",
            "close it with the quote it starts with",
        ),
        Open::DollarQuote => (
            "this dollar quote is never closed",
            "close it with the same tag it starts with",
        ),
        Open::Comment => (
            "this comment is never closed",
            "close it with `*/`; PostgreSQL's comments nest",
        ),
        Open::Parenthesis => ("this parenthesis is never closed", "close it with `)`"),
        Open::TriggerBody => ("this trigger has no `END`", "end its body with `END;`"),
        Open::AtomicBody => (
            "this `BEGIN ATOMIC` has no `END`",
            "end the body with `END;`",
        ),
    };
    let shown = match what {
        Open::Comment => 2,
        Open::TriggerBody => "TRIGGER".len(),
        Open::AtomicBody => "BEGIN".len(),
        Open::Text | Open::Name | Open::DollarQuote | Open::Parenthesis => 1,
    };
    find(
        findings,
        start..(start + shown).min(script.len()),
        message,
        help,
    );
}

/// No NUL: SQLite ends the script there, PostgreSQL's protocol can't carry it.
pub(super) fn nul(script: &str, findings: &mut Vec<Finding>) {
    if let Some(at) = script.find('\0') {
        find(
            findings,
            at..at + 1,
            "a NUL character ends the script for the database",
            "remove it",
        );
    }
}
