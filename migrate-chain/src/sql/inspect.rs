//! The one pass over a script in which the rules see every statement.

use super::finding::{Finding, Section};
use super::lexer::Kind;
use super::rules::Rules;
use super::statements::{Statement, statements};
use super::words::Words;

/// Everything there is to know of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// Its statements, as [`statements`] finds them.
    pub statements: Vec<Statement>,
    /// What it must not contain, in the order of the script.
    pub findings: Vec<Finding>,
    /// Whether a plan commits behind it: a value that it adds to an enum type (PostgreSQL) can be used only then, and
    /// what `SET CONSTRAINTS` says, or `ATTACH` (SQLite), would hold for the step after it.
    pub needs_commit: bool,
}

/// Splits a script and checks it, in a single pass.
///
/// ```
/// use migrate_chain::{Dialect, sql::{Section, inspect}};
///
/// let script = "CREATE INDEX CONCURRENTLY i ON t (a);";
/// let mut section = Section::new(Dialect::Postgres);
/// assert_eq!(inspect(script, &section).findings[0].message, "`CREATE INDEX CONCURRENTLY` cannot run in a transaction");
///
/// section.in_transaction = false;
/// assert!(inspect(script, &section).findings.is_empty());
/// ```
pub fn inspect(script: &str, section: &Section) -> Inspection {
    let mut split = statements(script, section.dialect);
    let mut rules = Rules::new(script, section);
    let mut found = Vec::new();
    let mut tokens = Vec::new();
    let mut copy_data_ends = true;
    loop {
        tokens.clear();
        let statement = split.read(|token| match token.kind {
            Kind::Shell => rules.shell_line(token),
            _ => tokens.push(token),
        });
        let Some(statement) = statement else { break };
        let words = Words::new(script, section.dialect, &tokens);
        rules.statement(&words);
        // The data of a `COPY` isn't SQL: read as such, each of its quotes would be one more problem. Where one `\.`
        // is missing the search isn't repeated, which keeps the time linear.
        if copy_data_ends && rules.copies_from_script(&words) {
            copy_data_ends = split.skip_copy_data();
        }
        found.push(statement);
    }
    if let Some(unclosed) = split.unclosed() {
        rules.unclosed(unclosed);
    }
    let (findings, needs_commit) = rules.finish();
    Inspection {
        statements: found,
        findings,
        needs_commit,
    }
}
