//! A script goes to the database, not to a shell.

use crate::sql::finding::{Finding, find};
use crate::sql::lexer::Token;

/// No commands of psql (`\connect`, pg_dump's `\restrict`) or of the sqlite3 shell (`.mode`).
pub(super) fn no_shell_line(script: &str, token: Token, findings: &mut Vec<Finding>) {
    let line = script.get(token.start..token.end).unwrap_or_default();
    let command = line.split_whitespace().next().unwrap_or(line);
    let shell = if command.starts_with('\\') {
        "psql"
    } else {
        "the sqlite3 shell"
    };
    find(
        findings,
        token.start..token.start + line.trim_end().len(),
        format!("`{command}` is a command of {shell}, not SQL"),
        "remove the line; a migration is sent to the database as it is",
    );
}
