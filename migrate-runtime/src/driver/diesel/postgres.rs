use std::thread;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::deserialize::{self, QueryableByName};
use diesel::pg::{Pg, PgConnection, PgValue};
use diesel::row::{Field, NamedRow, Row};
use diesel::{RunQueryDsl, sql_query};
use migrate_chain::Dialect;
use migrate_chain::sql::{mentions, statements};

use super::messages::db_error;
use super::{commit, depth, rollback};
use crate::driver::{Class, Connector, Connectors, DbError, Driver, Raw, Rows, ready};
use crate::engine::limited;
use crate::value::postgres_simple::{Kind, one_statement};
use crate::value::postgres_text::no_value;
use crate::{Error, Result, Value};

impl Driver for PgConnection {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = true;
    const SIMPLE_QUERIES: bool = false;

    /// diesel has rows only of one statement at a time, in the extended protocol; the others travel together.
    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let mut rows = Rows::default();
        let mut unanswered = 0;
        for statement in statements(sql, Dialect::Postgres) {
            let text = sql.get(statement.range.clone()).unwrap_or("");
            if !has_rows(text) {
                continue;
            }
            batch(
                self,
                sql.get(unanswered..statement.range.start).unwrap_or(""),
            )?;
            unanswered = statement.range.end;
            let answer = sql_query(text).load::<Cells>(self).map_err(db_error)?;
            for Cells(cells) in answer {
                cells.iter().for_each(|cell| cell.push_text(&mut rows));
                rows.end();
            }
        }
        batch(self, sql.get(unanswered..).unwrap_or(""))?;
        Ok(rows)
    }

    /// In a transaction, so that the limit ends with it, also behind a pooler.
    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        if depth(self) > 0 {
            return self.rows(sql).await;
        }
        let begin = format!("BEGIN; {}{BEGUN_HERE}", limited(limit));
        self.batch_execute(&begin)
            .map_err(|error| begun_here(db_error(error)))?;
        let rows = self.rows(sql).await;
        let end = if rows.is_ok() { "END" } else { "ROLLBACK" };
        let ended = self.batch_execute(end).map_err(db_error);
        let rows = rows?;
        ended.map(|()| rows)
    }

    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.batch_execute(sql).map_err(db_error)
    }

    async fn begin(&mut self, sql: &str) -> Result<Rows, DbError> {
        let first = statements(sql, Dialect::Postgres)
            .find(|statement| has_rows(sql.get(statement.range.clone()).unwrap_or("")))
            .map_or(sql.len(), |statement| statement.range.start);
        let (begin, rest) = sql.split_at_checked(first).unwrap_or((sql, ""));
        if depth(self) > 0 {
            return Err(in_transaction());
        }
        let begun =
            AnsiTransactionManager::begin_transaction_sql(self, &format!("{begin};\n{BEGUN_HERE}"));
        begun.map_err(|error| begun_here(db_error(error)))?;
        self.rows(rest).await
    }

    async fn end(&mut self, sql: &str) -> Result<Rows, DbError> {
        if depth(self) == 0 {
            return self.rows(sql).await;
        }
        if let Some(before) = sql.strip_suffix("COMMIT") {
            let rows = self.rows(before).await?;
            commit(self).map_err(db_error)?;
            return Ok(rows);
        }
        rollback(self).map_err(db_error)?;
        let after = sql.trim_start_matches("ROLLBACK").trim_start_matches(';');
        self.rows(after).await
    }

    fn send_now(&mut self, sql: &str) {
        // Nothing more can be done about an error: the server rolls back when we are gone.
        let _ = ready(self.end(sql));
    }

    fn in_transaction(&mut self) -> Option<bool> {
        // One that was begun with a statement of the app's own isn't counted.
        (depth(self) > 0).then_some(true)
    }

    async fn sleep(&mut self, time: Duration) {
        thread::sleep(time);
    }

    fn connector(connectors: &mut Connectors) -> Option<&mut Option<Connector<PgConnection>>> {
        Some(&mut connectors.diesel_postgres)
    }

    fn raw(&mut self) -> Raw<'_> {
        Raw::DieselPostgres(self)
    }

    async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let changed = sql_query(one_statement(sql, values)?).execute(self);
        Ok(changed.map_err(db_error).map_err(Error::other)? as u64)
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>> {
        let answer = sql_query(one_statement(sql, values)?).load::<Cells>(self);
        let answer = answer.map_err(db_error).map_err(Error::other)?;
        let row = |Cells(cells): Cells| {
            let values = cells.into_iter().map(Cell::into_value);
            values.collect::<Result<_>>().map(crate::Row)
        };
        answer.into_iter().map(row).collect()
    }

    async fn batch(&mut self, sql: &str) -> Result<()> {
        self.batch_execute(sql)
            .map_err(db_error)
            .map_err(Error::other)
    }
}

/// Fails in a transaction that was begun before the message that it is part of: with a statement of the app's own, which
/// diesel doesn't count. BEGIN is no more than a warning there.
const BEGUN_HERE: &str = "SELECT CASE WHEN pg_catalog.transaction_timestamp() OPERATOR(pg_catalog.<>) pg_catalog.statement_timestamp() \
     THEN CAST(pg_catalog.concat('begun by ', 'the caller') AS integer) END";

/// What [`BEGUN_HERE`] found, in words.
fn begun_here(error: DbError) -> DbError {
    if error.to_string().contains("begun by the caller") {
        in_transaction()
    } else {
        error
    }
}

fn in_transaction() -> DbError {
    let message = "the transaction was begun before the migrations";
    DbError::new(Class::InFailedTransaction, message.to_owned())
}

/// Runs statements without rows, if there are any.
fn batch(connection: &mut PgConnection, sql: &str) -> Result<(), DbError> {
    if statements(sql, Dialect::Postgres).next().is_none() {
        return Ok(());
    }
    connection.batch_execute(sql).map_err(db_error)
}

/// True for a statement that may answer with rows.
fn has_rows(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or("");
    let answers = ["SELECT", "WITH", "VALUES", "SHOW"];
    answers.iter().any(|word| first.eq_ignore_ascii_case(word)) || mentions(statement, "returning")
}

/// The cells of any row.
struct Cells(Vec<Cell>);

enum Cell {
    Value(Value),
    /// Bytes of a type without a [`Value`].
    Other(u32, Vec<u8>),
}

impl QueryableByName<Pg> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Cells> {
        let cell = |at| match Row::get(row, at) {
            Some(field) => field
                .value()
                .map_or(Ok(Cell::Value(Value::Null)), |value| of_binary(&value)),
            None => Err("a column is missing".into()),
        };
        (0..row.field_count())
            .map(cell)
            .collect::<deserialize::Result<_>>()
            .map(Cells)
    }
}

fn of_binary(value: &PgValue<'_>) -> deserialize::Result<Cell> {
    let (oid, bytes) = (value.get_oid().get(), value.as_bytes());
    let Some(kind) = Kind::numbered(oid) else {
        return Ok(Cell::Other(oid, bytes.to_vec()));
    };
    Ok(Cell::Value(match (kind, bytes) {
        (Kind::Bool, bytes) => Value::Bool(bytes.first().is_some_and(|byte| *byte != 0)),
        (Kind::Integer, &[a, b]) => Value::Integer(i16::from_be_bytes([a, b]).into()),
        (Kind::Integer, &[a, b, c, d]) if oid == 26 => {
            Value::Integer(u32::from_be_bytes([a, b, c, d]).into())
        }
        (Kind::Integer, &[a, b, c, d]) => Value::Integer(i32::from_be_bytes([a, b, c, d]).into()),
        (Kind::Integer, &[a, b, c, d, e, f, g, h]) => {
            Value::Integer(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        (Kind::Real, &[a, b, c, d]) => Value::Real(f32::from_be_bytes([a, b, c, d]).into()),
        (Kind::Real, &[a, b, c, d, e, f, g, h]) => {
            Value::Real(f64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        (Kind::Text, bytes) => Value::Text(std::str::from_utf8(bytes)?.to_owned()),
        (Kind::Bytes, bytes) => Value::Blob(bytes.to_vec()),
        (Kind::Integer | Kind::Real, _) => return Err("a number of unknown width".into()),
    }))
}

impl Cell {
    /// What the server would write. Of other types the engine only looks whether two cells are equal.
    fn push_text(&self, rows: &mut Rows) {
        match self {
            Cell::Value(Value::Null) => rows.push(None),
            Cell::Value(Value::Bool(value)) => rows.push(Some(if *value { "t" } else { "f" })),
            Cell::Value(Value::Integer(value)) => rows.push(Some(&value.to_string())),
            Cell::Value(Value::Real(value)) => rows.push(Some(&value.to_string())),
            Cell::Value(Value::Text(value)) => rows.push(Some(value)),
            Cell::Value(Value::Blob(bytes)) | Cell::Other(_, bytes) => {
                rows.push(Some(&format!("{bytes:?}")));
            }
        }
    }

    fn into_value(self) -> Result<Value> {
        match self {
            Cell::Value(value) => Ok(value),
            Cell::Other(oid, _) => Err(no_value(type_name(oid))),
        }
    }
}

/// The name of a type that apps often have, by its number.
fn type_name(oid: u32) -> &'static str {
    match oid {
        1082 => "date",
        1083 => "time",
        1114 => "timestamp",
        1184 => "timestamptz",
        1186 => "interval",
        1700 => "numeric",
        2950 => "uuid",
        3802 => "jsonb",
        _ => "type of this column",
    }
}
