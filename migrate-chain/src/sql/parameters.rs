use std::ops::Range;

use super::lexer::{Kind, Lexer};
use super::quoting::push_literal;
use crate::Dialect;

/// Writes SQLite's numbered parameters, `?1`, as PostgreSQL's, `$1`; strings, comments and the
/// operator `?` followed by a space stay as they are.
///
/// ```
/// # use migrate_chain::sql::postgres_parameters;
/// assert_eq!(postgres_parameters("SELECT ?2, '?1', j ? 'k', ?10"), "SELECT $2, '?1', j ? 'k', $10");
/// ```
pub fn postgres_parameters(sql: &str) -> String {
    replaced(sql, |out, number| {
        out.push('$');
        out.push_str(number);
    })
}

/// Writes values in place of SQLite's numbered parameters, as PostgreSQL's literals or NULL.
///
/// # Errors
///
/// A parameter that has no value: its number.
///
/// ```
/// # use migrate_chain::sql::with_literals;
/// let values = [Some("it's"), None];
/// assert_eq!(with_literals("SELECT ?2, '?1', ?1", &values)?, "SELECT NULL, '?1', 'it''s'");
/// assert_eq!(with_literals("SELECT ?3", &values).unwrap_err(), "3");
/// # Ok::<(), String>(())
/// ```
pub fn with_literals<V: AsRef<str>>(sql: &str, values: &[Option<V>]) -> Result<String, String> {
    let mut missing = None;
    let filled = replaced(sql, |out, number| {
        let at = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match at.and_then(|at| values.get(at)) {
            Some(Some(value)) => push_literal(out, Dialect::Postgres, value.as_ref()),
            Some(None) => out.push_str("NULL"),
            None => missing = Some(number.to_owned()),
        }
    });
    missing.map_or(Ok(filled), Err)
}

/// Replaces numbered parameters, of which the numbers are given.
fn replaced(sql: &str, mut replace: impl FnMut(&mut String, &str)) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut copied = 0;
    for range in ranges(sql, Dialect::Postgres) {
        out.push_str(sql.get(copied..range.start).unwrap_or(""));
        replace(&mut out, sql.get(range.start + 1..range.end).unwrap_or(""));
        copied = range.end;
    }
    out.push_str(sql.get(copied..).unwrap_or(""));
    out
}

/// The numbered parameters of a script, in order: where each stands, and its number; one that is no number of a machine is
/// as large as can be.
pub(crate) fn numbered(sql: &str, dialect: Dialect) -> Vec<(Range<usize>, usize)> {
    let number = |range: &Range<usize>| {
        let digits = sql.get(range.start + 1..range.end).unwrap_or("");
        digits.parse().unwrap_or(usize::MAX)
    };
    ranges(sql, dialect)
        .map(|range| (range.clone(), number(&range)))
        .collect()
}

/// Where the numbered parameters of a script stand.
fn ranges(sql: &str, dialect: Dialect) -> impl Iterator<Item = Range<usize>> {
    let mut mark = None;
    Lexer::new(sql, dialect).filter_map(move |token| {
        let text = sql.get(token.start..token.end).unwrap_or("");
        let is_number = token.kind == Kind::Number && text.bytes().all(|b| b.is_ascii_digit());
        let found = (is_number && mark == Some(token.start)).then(|| token.start - 1..token.end);
        mark = (token.kind == Kind::Symbol(b'?')).then_some(token.end);
        found
    })
}
