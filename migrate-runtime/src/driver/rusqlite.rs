use std::ops::Range;
use std::time::Duration;

use migrate_chain::{Dialect, sql};
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, params_from_iter};

use super::{Class, Connectors, DbError, Driver, Failure, Live, Piece, Rows, Sealed, Values};

/// rusqlite: statements run one by one, so the place of an error is known.
#[derive(Debug)]
pub struct Rusqlite<'c> {
    connection: &'c mut Connection,
}

impl Sealed for Connection {
    type Driver<'c> = Rusqlite<'c>;

    fn driver(&mut self) -> Rusqlite<'_> {
        Rusqlite { connection: self }
    }
}

impl super::Connection for Connection {}

impl Driver for Rusqlite<'_> {
    const DIALECT: Dialect = Dialect::Sqlite;
    const BLOCKING: bool = true;
    const ROUND_TRIPS: bool = false;

    // Never opened: no lock of SQLite's is held across transactions.
    type Second = Rusqlite<'static>;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let mut all = Rows::default();
        if !sql.is_empty() && !sql.contains(';') {
            // One statement: nothing to be split.
            self.one(sql, &mut all).map_err(db_error)?;
            return Ok(all);
        }
        for statement in sql::statements(sql, Dialect::Sqlite) {
            let text = sql.get(statement.range).unwrap_or("");
            self.one(text, &mut all).map_err(db_error)?;
        }
        Ok(all)
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for (index, piece) in pieces.iter().enumerate() {
            let result = match piece {
                Piece::Own(text) => self
                    .connection
                    .execute_batch(text)
                    .map_err(|error| (None, error)),
                Piece::Script(script) => self.script(script),
            };
            if let Err((at, error)) = result {
                self.abandon();
                return Err(Failure {
                    piece: Some(index),
                    at,
                    error: db_error(error),
                });
            }
        }
        Ok(())
    }

    fn repeat(&mut self, sql: &str, rows: &[Values<'_>]) -> Option<Result<(), DbError>> {
        let repeated = self.connection.prepare(sql).and_then(|mut prepared| {
            for values in rows {
                prepared.execute(params_from_iter(values.iter().map(Option::as_deref)))?;
            }
            Ok(())
        });
        Some(repeated.map_err(db_error))
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        // Some errors end the transaction by themselves (`INSERT OR ROLLBACK`, a full disk).
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.execute_batch("ROLLBACK").map_err(db_error)
    }

    fn abandon(&mut self) {
        if !self.connection.is_autocommit() {
            // Nothing more can be done about an error here: closing the connection rolls back.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn leave(&mut self, sql: &str) {
        // Nothing more can be done about an error here.
        let _ = self.connection.execute_batch(sql);
    }

    async fn second(_: &mut Connectors) -> Option<crate::Result<Self::Second>> {
        None
    }

    fn in_transaction(&self) -> Option<bool> {
        Some(!self.connection.is_autocommit())
    }

    async fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn live(&mut self) -> Live<'_> {
        Live::Rusqlite(self.connection)
    }
}

impl Rusqlite<'_> {
    /// Runs a statement and adds its rows.
    fn one(&self, sql: &str, all: &mut Rows) -> Result<(), Error> {
        let mut prepared = self.connection.prepare(sql)?;
        let columns = prepared.column_count();
        let mut rows = prepared.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..columns {
                push_text(all, at, row.get_ref(at)?)?;
            }
            all.end();
        }
        Ok(())
    }

    /// Runs a script statement by statement; an error comes with its place.
    fn script(&mut self, script: &str) -> Result<(), (Option<Range<usize>>, Error)> {
        for statement in sql::statements(script, Dialect::Sqlite) {
            let Range { start, end } = statement.range;
            let text = script.get(start..end).unwrap_or("");
            self.connection.execute_batch(text).map_err(|error| {
                let token = named(text, &error.to_string());
                let at = token.map_or(start..end, |at| start + at.start..start + at.end);
                (Some(at), error)
            })?;
        }
        Ok(())
    }
}

/// The engine reads no floating-point number, so the code that prints one stays out of the program.
fn push_text(rows: &mut Rows, at: usize, value: ValueRef<'_>) -> Result<(), Error> {
    match value {
        ValueRef::Null => rows.push(None),
        ValueRef::Integer(value) => rows.push(Some(&value.to_string())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            rows.push(Some(&String::from_utf8_lossy(bytes)));
        }
        ValueRef::Real(_) => {
            return Err(Error::InvalidColumnType(at, String::new(), Type::Real));
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

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn db_error(error: Error) -> DbError {
    let message = match &error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        _ => error.to_string(),
    };
    let class = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Class::Busy,
        // The file is open, so it is its journal that can't be made: the folder is read-only.
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Class::ReadOnly,
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            Class::Privilege
        }
        _ if message.contains("no such table") => Class::Missing,
        _ => Class::Other,
    };
    // With the offset some versions add, the whole statement is told: the snippet shows it better.
    let message = match (message.find(" in "), message.rfind(" at offset ")) {
        (Some(cut), Some(_)) => message[..cut].to_owned(),
        _ => message,
    };
    DbError::new(class, message)
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
