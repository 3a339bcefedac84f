//! SQLite through sqlx, whose connection is a thread that works off commands in order.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use migrate_chain::Dialect;

use super::sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use super::sqlx::{
    self, Arguments, Connection, Decode, Executor, QueryBuilder, Row, TypeInfo, ValueRef,
};

use crate::driver::{Class, DbError, Driver, Raw, Rows, ready, sqlite_error};
use crate::engine::drop_table;
use crate::{Error, Result, Value};

impl Driver for SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;
    const BLOCKING: bool = false;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let answer = fetch(self, sql).await.map_err(db_error)?;
        let mut rows = Rows::default();
        for row in &answer {
            for at in 0..row.len() {
                push_text(&mut rows, row, at).map_err(db_error)?;
            }
            rows.end();
        }
        Ok(rows)
    }

    async fn end(&mut self, sql: &str) -> Result<Rows, DbError> {
        match self.rows(sql).await {
            // Some errors end the transaction by themselves (`INSERT OR ROLLBACK`, a full disk).
            Err(error)
                if error
                    .to_string()
                    .starts_with("cannot rollback - no transaction") =>
            {
                Ok(Rows::default())
            }
            ended => ended,
        }
    }

    fn send_now(&mut self, sql: &str) {
        for statement in migrate_chain::sql::statements(sql, Dialect::Sqlite) {
            let text = sql.get(statement.range).unwrap_or("");
            // The first poll gives the thread its command, and no later one is needed.
            let _ = ready(fetch(self, text));
        }
    }

    fn in_transaction(&mut self) -> Option<bool> {
        // Ours isn't counted: what counts them has no name that both versions of sqlx share.
        self.is_in_transaction().then_some(true)
    }

    async fn sleep(&mut self, time: Duration) {
        // A thread waits, so that no timer of any particular runtime is needed.
        let state = Arc::new(Mutex::new((false, None::<Waker>)));
        let of_thread = Arc::clone(&state);
        thread::spawn(move || {
            thread::sleep(time);
            let mut state = of_thread.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 = true;
            if let Some(waker) = state.1.take() {
                waker.wake();
            }
        });
        poll_fn(|context| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            state.1 = Some(context.waker().clone());
            if state.0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::SqlxSqlite(self)
    }

    async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let arguments = arguments(values).map_err(db_error).map_err(Error::other)?;
        let mut query = QueryBuilder::<Sqlite>::with_arguments(sql, arguments);
        let done = Executor::execute(self, query.build().persistent(false)).await;
        Ok(done
            .map_err(db_error)
            .map_err(Error::other)?
            .rows_affected())
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>> {
        let arguments = arguments(values).map_err(db_error).map_err(Error::other)?;
        let mut query = QueryBuilder::<Sqlite>::with_arguments(sql, arguments);
        let answer = Executor::fetch_all(self, query.build().persistent(false)).await;
        let answer = answer.map_err(db_error).map_err(Error::other)?;
        answer.iter().map(row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        let done = fetch(self, sql).await.map_err(db_error);
        done.map(drop).map_err(Error::other)
    }

    async fn check_drop(&mut self, sql: &str, range: Range<usize>) -> Result<(), DbError> {
        drop_table::check(self, sql, range).await
    }
}

/// Runs statements; the rows of all of them.
async fn fetch(
    connection: &mut SqliteConnection,
    sql: &str,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    // What takes text that is no constant, in both versions.
    let mut query = QueryBuilder::<Sqlite>::new(sql);
    Executor::fetch_all(connection, query.build().persistent(false)).await
}

#[allow(
    elided_lifetimes_in_paths,
    reason = "sqlx 0.8 has a lifetime there, and 0.9 has none"
)]
fn arguments(values: &[Value]) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value.clone() {
            Value::Null => arguments.add(None::<i64>),
            Value::Bool(value) => arguments.add(value),
            Value::Integer(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Blob(value) => arguments.add(value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// The engine reads no floating-point number.
fn push_text(rows: &mut Rows, row: &SqliteRow, at: usize) -> Result<(), sqlx::Error> {
    match value(row, at)? {
        Value::Null => rows.push(None),
        Value::Integer(value) => rows.push(Some(&value.to_string())),
        Value::Text(text) => rows.push(Some(&text)),
        Value::Blob(bytes) => rows.push(Some(&String::from_utf8_lossy(&bytes))),
        Value::Real(_) | Value::Bool(_) => {
            return Err(sqlx::Error::Decode("a floating-point number".into()));
        }
    }
    Ok(())
}

/// A cell as it is stored, whatever its column was declared to be.
fn value(row: &SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let cell = row.try_get_raw(at)?;
    if cell.is_null() {
        return Ok(Value::Null);
    }
    let stored = cell.type_info().name().to_owned();
    let value = match stored.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(cell).map(Value::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(cell).map(Value::Real),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(cell).map(Value::Blob),
        _ => <String as Decode<Sqlite>>::decode(cell).map(Value::Text),
    };
    value.map_err(sqlx::Error::Decode)
}

fn row(row: &SqliteRow) -> Result<crate::Row> {
    let cells = (0..row.len()).map(|at| value(row, at).map_err(db_error).map_err(Error::other));
    cells.collect::<Result<_>>().map(crate::Row)
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
fn db_error(error: sqlx::Error) -> DbError {
    match error.as_database_error() {
        Some(told) => DbError::new(
            sqlite_error::class(told.message()),
            told.message().to_owned(),
        ),
        None => {
            let class = match &error {
                sqlx::Error::WorkerCrashed => Class::Lost,
                _ => Class::Other,
            };
            DbError::new(class, error.to_string())
        }
    }
}

// With a driver for PostgreSQL, sqlx's error is of one type, and has this already.
#[cfg(not(any(feature = "sqlx-postgres", feature = "sqlx-0_8-postgres")))]
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        let is_exhausted = matches!(error, sqlx::Error::PoolTimedOut);
        let error = Error::other(db_error(error));
        if is_exhausted {
            error.with_help(crate::driver::sqlx::EXHAUSTED)
        } else {
            error
        }
    }
}
