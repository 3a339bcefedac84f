use std::ops::Range;
use std::time::Duration;

use migrate_chain::Dialect;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, params_from_iter};

use super::{Class, DbError, Driver, Raw, Rows, Values, sqlite_error};
use crate::engine::drop_table;
use crate::value::sqlite as values;
use crate::{Result, Value};

impl Driver for Connection {
    const DIALECT: Dialect = Dialect::Sqlite;
    const BLOCKING: bool = true;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        read(self, sql).map_err(db_error)
    }

    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.execute_batch(sql).map_err(db_error)
    }

    async fn execute_many(&mut self, sql: &str, rows: &[Values<'_>]) -> Result<(), DbError> {
        let repeated = self.prepare(sql).and_then(|mut prepared| {
            for values in rows {
                prepared.execute(params_from_iter(values.iter().map(Option::as_deref)))?;
            }
            Ok(())
        });
        repeated.map_err(db_error)
    }

    fn send_now(&mut self, sql: &str) {
        // Nothing more can be done about an error here: closing the connection rolls back.
        let _ = self.execute_batch(sql);
    }

    fn set_busy_timeout(&mut self, time: Duration) {
        // It fails for no reason that a later call would not meet.
        let _ = self.busy_timeout(time);
    }

    fn in_transaction(&mut self) -> Option<bool> {
        Some(!self.is_autocommit())
    }

    async fn sleep(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::Rusqlite(self)
    }

    async fn change(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        let changed = Connection::execute(self, sql, values::parameters(parameters))?;
        Ok(changed as u64)
    }

    async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<crate::Row>> {
        values::query(self, sql, parameters)
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        Ok(self.execute_batch(sql)?)
    }

    async fn check_drop(&mut self, sql: &str, range: Range<usize>) -> Result<(), DbError> {
        drop_table::check(self, sql, range).await
    }
}

/// Runs a statement; its rows.
fn read(connection: &Connection, sql: &str) -> Result<Rows, Error> {
    let mut prepared = connection.prepare(sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query([])?;
    let mut all = Rows::default();
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            push_text(&mut all, at, row.get_ref(at)?)?;
        }
        all.end();
    }
    Ok(all)
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

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn db_error(error: Error) -> DbError {
    let message = match &error {
        Error::SqliteFailure(_, Some(message)) => message.clone(),
        _ => without_statement(&error),
    };
    let class = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Class::Busy,
        // The file is open, so it is its journal that can't be made: the folder is read-only.
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Class::ReadOnly,
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            Class::Privilege
        }
        _ => sqlite_error::class(&message),
    };
    DbError::new(class, message)
}

/// SQLite's message alone. From 0.29 on the driver appends to some the statement and an offset, as in
/// `near "FORM": syntax error in SELECT * FORM t at offset 9`, which the snippet shows better.
///
/// That variant can't be named, because it needs a feature of some supported versions. Its `Debug` form
/// tells where the message ends, whatever words it and the statement have in common.
fn without_statement(error: &Error) -> String {
    let whole = error.to_string();
    let Some((told, _)) = whole.rsplit_once(" at offset ") else {
        return whole;
    };
    let fields = format!("{error:?}");
    let message = told.match_indices(" in ").find_map(|(at, mark)| {
        let (message, statement) = (told.get(..at)?, told.get(at + mark.len()..)?);
        let here = format!("msg: {message:?}, sql: {statement:?},");
        fields.contains(&here).then(|| message.to_owned())
    });
    message.unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_whole_and_the_statement_gone() {
        let connection = Connection::open_in_memory().unwrap();
        let said = |sql: &str| db_error(connection.prepare(sql).unwrap_err()).to_string();
        assert_eq!(
            said("CREATE TABLE t (a CHECK (a IN (SELECT 1 in (1) at offset)))"),
            "near \"offset\": syntax error"
        );
        assert_eq!(
            said("CREATE TABLE t (a CHECK (a IN (SELECT 1)))"),
            "subqueries prohibited in CHECK constraints"
        );
        assert_eq!(
            said("SELECT \"x in y at offset 3\" FROM (SELECT 1) in \" in \" at offset 9"),
            "near \"in\": syntax error"
        );
        assert_eq!(
            said("SELECT [no in x at offset 7].y FROM (SELECT 1)"),
            "no such column: no in x at offset 7.y"
        );
        let failed = connection.execute_batch("SELECT raise(ABORT, 'x in y at offset 3')");
        assert!(
            db_error(failed.unwrap_err())
                .to_string()
                .contains("RAISE() may only be used")
        );
        connection
            .execute_batch(
                "CREATE TABLE u (a); CREATE TRIGGER g BEFORE INSERT ON u BEGIN \
                 SELECT raise(ABORT, 'never in here at offset 3'); END",
            )
            .unwrap();
        let failed = connection.execute_batch("INSERT INTO u VALUES (1)");
        assert_eq!(
            db_error(failed.unwrap_err()).to_string(),
            "never in here at offset 3"
        );
    }
}
