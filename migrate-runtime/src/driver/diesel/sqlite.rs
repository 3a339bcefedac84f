use std::ops::Range;
use std::thread;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::result::Error as DieselError;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Binary, Double, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType};
use diesel::{RunQueryDsl, sql_query};
use migrate_chain::Dialect;

use super::{commit, depth, rollback};
use crate::driver::{Class, DbError, Driver, Raw, Rows, ready, sqlite_error};
use crate::engine::drop_table;
use crate::{Error, Result, Value};

impl Driver for SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;
    const BLOCKING: bool = true;

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let answer = sql_query(sql).load::<Cells>(self).map_err(db_error)?;
        let mut rows = Rows::default();
        for Cells(cells) in answer {
            for cell in cells {
                push_text(&mut rows, cell)?;
            }
            rows.end();
        }
        Ok(rows)
    }

    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.batch_execute(sql).map_err(db_error)
    }

    async fn begin(&mut self, sql: &str) -> Result<Rows, DbError> {
        let begun = AnsiTransactionManager::begin_transaction_sql(self, sql);
        begun.map(|()| Rows::default()).map_err(db_error)
    }

    async fn end(&mut self, sql: &str) -> Result<Rows, DbError> {
        if sql == "COMMIT" {
            // A reader may keep the file busy for a moment; diesel would roll back, so it commits only what is let go.
            while depth(self) > 1 {
                AnsiTransactionManager::commit_transaction(self).map_err(db_error)?;
            }
            self.batch_execute("COMMIT").map_err(db_error)?;
            self.batch_execute("SAVEPOINT migrate_open")
                .map_err(db_error)?;
            return commit(self).map(|()| Rows::default()).map_err(db_error);
        }
        if depth(self) > 0 {
            // Some errors end the transaction by themselves (`INSERT OR ROLLBACK`, a full disk), and diesel gives a
            // connection up whose ROLLBACK fails; outside a transaction a savepoint begins one.
            self.batch_execute("SAVEPOINT migrate_open")
                .map_err(db_error)?;
            rollback(self).map_err(db_error)?;
        }
        Ok(Rows::default())
    }

    fn send_now(&mut self, sql: &str) {
        // Nothing more can be done about an error here: closing the connection rolls back.
        let _ = self.batch_execute(sql);
    }

    fn rollback_now(&mut self) {
        let _ = ready(self.end("ROLLBACK"));
    }

    fn in_transaction(&mut self) -> Option<bool> {
        // One that was begun with a statement of the app's own isn't counted: BEGIN fails in it.
        Some(depth(self) > 0)
    }

    async fn sleep(&mut self, time: Duration) {
        thread::sleep(time);
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::DieselSqlite(self)
    }

    async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let changed = bound(sql, values).execute(self);
        Ok(changed.map_err(db_error).map_err(Error::other)? as u64)
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>> {
        let answer = bound(sql, values).load::<Cells>(self);
        let answer = answer.map_err(db_error).map_err(Error::other)?;
        Ok(answer
            .into_iter()
            .map(|Cells(cells)| crate::Row(cells))
            .collect())
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        self.batch_execute(sql)
            .map_err(db_error)
            .map_err(Error::other)
    }

    async fn check_drop(&mut self, sql: &str, range: Range<usize>) -> Result<(), DbError> {
        drop_table::check(self, sql, range).await
    }
}

/// A statement with its values.
fn bound<'q>(
    sql: &str,
    values: &[Value],
) -> diesel::query_builder::BoxedSqlQuery<'q, Sqlite, diesel::query_builder::SqlQuery> {
    values
        .iter()
        .cloned()
        .fold(sql_query(sql).into_boxed(), |query, value| match value {
            Value::Null => query.bind::<Nullable<Text>, _>(None::<String>),
            Value::Bool(value) => query.bind::<BigInt, _>(i64::from(value)),
            Value::Integer(value) => query.bind::<BigInt, _>(value),
            Value::Real(value) => query.bind::<Double, _>(value),
            Value::Text(value) => query.bind::<Text, _>(value),
            Value::Blob(value) => query.bind::<Binary, _>(value),
        })
}

/// The cells of any row, as they are stored, whatever their column was declared to be.
struct Cells(Vec<Value>);

impl QueryableByName<Sqlite> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Cells> {
        let cell = |at| {
            let field = Row::get(row, at).ok_or("a column is missing")?;
            let Some(value) = field.value() else {
                return Ok(Value::Null);
            };
            match value.value_type() {
                None => Ok(Value::Null),
                Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
                    <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Value::Integer)
                }
                Some(SqliteType::Float | SqliteType::Double) => {
                    <f64 as FromSql<Double, Sqlite>>::from_sql(value).map(Value::Real)
                }
                Some(SqliteType::Text) => {
                    <String as FromSql<Text, Sqlite>>::from_sql(value).map(Value::Text)
                }
                Some(SqliteType::Binary) => {
                    <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value).map(Value::Blob)
                }
            }
        };
        (0..row.field_count())
            .map(cell)
            .collect::<deserialize::Result<_>>()
            .map(Cells)
    }
}

/// The engine reads no floating-point number.
fn push_text(rows: &mut Rows, cell: Value) -> Result<(), DbError> {
    match cell {
        Value::Null => rows.push(None),
        Value::Integer(value) => rows.push(Some(&value.to_string())),
        Value::Text(text) => rows.push(Some(&text)),
        Value::Blob(bytes) => rows.push(Some(&String::from_utf8_lossy(&bytes))),
        Value::Real(_) | Value::Bool(_) => {
            return Err(DbError::new(
                Class::Other,
                "a floating-point number".to_owned(),
            ));
        }
    }
    Ok(())
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
fn db_error(error: DieselError) -> DbError {
    match &error {
        DieselError::DatabaseError(_, told) => {
            let message = told.message();
            DbError::new(sqlite_error::class(message), message.to_owned())
        }
        _ => DbError::new(Class::Other, error.to_string()),
    }
}
