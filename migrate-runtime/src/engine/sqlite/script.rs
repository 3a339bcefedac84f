//! A script on SQLite: its statements run one by one, so that the place of an error is known.

use std::ops::Range;

use migrate_chain::{Dialect, sql};

use super::drop_table;
use crate::driver::{DbError, Driver};

/// Runs the statements of a script; an error comes with its place.
pub(super) async fn run<C: Driver>(
    connection: &mut C,
    script: &str,
) -> Result<(), (Option<Range<usize>>, DbError)> {
    for statement in sql::statements(script, Dialect::Sqlite) {
        let Range { start, end } = statement.range;
        let text = script.get(start..end).unwrap_or("");
        if let Err(error) = drop_table::check(connection, script, start..end).await {
            return Err((Some(start..end), error));
        }
        if let Err(error) = connection.execute(text).await {
            let token = named(text, &error.to_string());
            let at = token.map_or(start..end, |at| start + at.start..start + at.end);
            return Err((Some(at), error));
        }
    }
    Ok(())
}

/// The token that SQLite's message names, if it stands in the statement just once: `near "FORM"`,
/// `no such column: nam`. (`sqlite3_error_offset` is out of reach without a feature that not every
/// supported version of rusqlite has.)
fn named(statement: &str, message: &str) -> Option<Range<usize>> {
    let token = match message.split_once("near \"") {
        Some((_, rest)) => rest.split_once('"')?.0,
        None => {
            let (what, rest) = message.split_once(": ")?;
            if !what.starts_with("no such ") {
                return None;
            }
            rest.split_whitespace().next()?
        }
    };
    let mut found = statement.match_indices(token);
    let (at, _) = found.next().filter(|_| !token.is_empty())?;
    found.next().is_none().then(|| at..at + token.len())
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_named_token_is_found_when_it_is_one() {
        let at = |statement, message| named(statement, message).map(|at| &statement[at]);
        assert_eq!(
            at("SELECT * FORM t", "near \"FORM\": syntax error"),
            Some("FORM")
        );
        assert_eq!(at("SELECT a, a", "no such column: a"), None);
        assert_eq!(at("DROP TABLE nope", "no such table: nope"), Some("nope"));
        assert_eq!(at("SELECT 1", "incomplete input"), None);
        assert_eq!(at("SELECT \"\"", "near \"\": syntax error"), None);
    }
}
