//! PostgreSQL through sqlx; compiled once for each version of it, which `super` names.

use std::time::Duration;

use migrate_chain::Dialect;

use super::sqlx::postgres::{PgConnection, PgDatabaseError, PgErrorPosition, PgRow, Postgres};
use super::sqlx::{
    self, Column, Connection, Database, Executor, Row, TransactionManager, TypeInfo, ValueRef,
};
use super::{connector, raw, raw_sql, statement};
use crate::driver::{Class, Connector, Connectors, DbError, Driver, Raw, Rows, ready, sqlstate};
use crate::engine::limited_read;
use crate::value::postgres_simple::{Kind, one_statement};
use crate::{Error, Result, Value};

/// What counts a connection's transactions, savepoints included.
type Manager = <Postgres as Database>::TransactionManager;

impl Driver for PgConnection {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = false;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let answer = Executor::fetch_all(self, raw_sql(sql))
            .await
            .map_err(db_error)?;
        let mut rows = Rows::default();
        for row in &answer {
            for at in 0..row.len() {
                rows.push(cell(row, at).map_err(db_error)?);
            }
            rows.end();
        }
        Ok(rows)
    }

    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        self.rows(&limited_read(sql, limit)).await
    }

    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        let done = Executor::execute(self, raw_sql(sql)).await;
        done.map(drop).map_err(db_error)
    }

    async fn count_transaction(&mut self) -> Result<(), DbError> {
        if Manager::get_transaction_depth(self) > 0 {
            return Ok(());
        }
        // Within a transaction a comment leaves everything as it is; sqlx only looks whether one is open.
        let counted = Manager::begin(self, Some(statement("/* counted */"))).await;
        counted.map_err(db_error)
    }

    async fn end(&mut self, sql: &str) -> Result<Rows, DbError> {
        if Manager::get_transaction_depth(self) == 0 {
            return self.rows(sql).await;
        }
        if let Some(before) = sql.strip_suffix("COMMIT") {
            let rows = self.rows(before).await?;
            while Manager::get_transaction_depth(self) > 0 {
                Manager::commit(self).await.map_err(db_error)?;
            }
            return Ok(rows);
        }
        while Manager::get_transaction_depth(self) > 0 {
            Manager::rollback(self).await.map_err(db_error)?;
        }
        let after = sql.trim_start_matches("ROLLBACK").trim_start_matches(';');
        self.rows(after).await
    }

    fn send_now(&mut self, sql: &str) {
        start_rollback(self);
        // What begins a transaction puts its statement on its way at the first poll, and no later one is needed: whoever
        // uses the connection next, sqlx's pool among them, reads the answer first. Nothing else of sqlx's can send a
        // statement while another answer is still under way.
        let _ = ready(Manager::begin(self, Some(statement(sql))));
    }

    fn rollback_now(&mut self) {
        if start_rollback(self) {
            // It is queued; to ask for anything sends it.
            let _ = ready(self.ping());
        } else {
            self.send_now("ROLLBACK");
        }
    }

    fn in_transaction(&mut self) -> Option<bool> {
        // One that was begun with a statement of the app's own isn't counted.
        (Manager::get_transaction_depth(self) > 0).then_some(true)
    }

    async fn sleep(&mut self, time: Duration) {
        // The server waits, so that no timer of any particular runtime is needed.
        let seconds = crate::times::seconds(time);
        let _ = Driver::execute(self, &format!("SELECT pg_catalog.pg_sleep({seconds})")).await;
    }

    fn connector(connectors: &mut Connectors) -> Option<&mut Option<Connector<PgConnection>>> {
        Some(connector(connectors))
    }

    fn raw(&mut self) -> Raw<'_> {
        raw(self)
    }

    async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let sql = one_statement(sql, values)?;
        let done = Executor::execute(self, raw_sql(&sql)).await;
        Ok(done
            .map_err(db_error)
            .map_err(Error::other)?
            .rows_affected())
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>> {
        let sql = one_statement(sql, values)?;
        let answer = Executor::fetch_all(self, raw_sql(&sql)).await;
        let answer = answer.map_err(db_error).map_err(Error::other)?;
        answer.iter().map(row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        Driver::execute(self, sql).await.map_err(Error::other)
    }
}

/// Rolls back what sqlx counts, with the next message; false if that is nothing.
fn start_rollback(connection: &mut PgConnection) -> bool {
    let counted = Manager::get_transaction_depth(connection);
    for _ in 0..counted {
        Manager::start_rollback(connection);
    }
    counted > 0
}

/// A cell of a simple query's answer, which is text.
fn cell(row: &PgRow, at: usize) -> Result<Option<&str>, sqlx::Error> {
    let cell = row.try_get_raw(at)?;
    if cell.is_null() {
        return Ok(None);
    }
    cell.as_str().map(Some).map_err(sqlx::Error::Decode)
}

fn row(row: &PgRow) -> Result<crate::Row> {
    let value = |(at, column): (usize, &<Postgres as Database>::Column)| {
        let text = cell(row, at).map_err(db_error).map_err(Error::other)?;
        let Some(text) = text else {
            return Ok(Value::Null);
        };
        Kind::named(column.type_info().name())?.of_text(text)
    };
    row.columns()
        .iter()
        .enumerate()
        .map(value)
        .collect::<Result<_>>()
        .map(crate::Row)
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
fn db_error(error: sqlx::Error) -> DbError {
    let Some(told) = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
    else {
        let class = match &error {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => Class::Lost,
            _ => Class::Other,
        };
        // Of SQLite, where both are built in, or the driver's own.
        let message = error
            .as_database_error()
            .map(|told| told.message().to_owned());
        return DbError::new(class, message.unwrap_or_else(|| error.to_string()));
    };
    let position = match told.position() {
        Some(PgErrorPosition::Original(position)) => Some(position),
        _ => None,
    };
    sqlstate::db_error(
        told.code(),
        told.message(),
        [told.detail(), told.hint(), told.r#where()],
        position,
    )
}

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
