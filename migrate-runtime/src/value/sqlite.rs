//! Values through rusqlite.

use rusqlite::Connection;
use rusqlite::types::{Value as Sqlite, ValueRef};

use crate::{Result, Row, Value};

pub(crate) fn parameters(values: &[Value]) -> impl rusqlite::Params {
    let bound: Vec<Sqlite> = values.iter().map(bound).collect();
    rusqlite::params_from_iter(bound)
}

fn bound(value: &Value) -> Sqlite {
    match value {
        Value::Null => Sqlite::Null,
        Value::Bool(value) => Sqlite::Integer((*value).into()),
        Value::Integer(value) => Sqlite::Integer(*value),
        Value::Real(value) => Sqlite::Real(*value),
        Value::Text(value) => Sqlite::Text(value.clone()),
        Value::Blob(value) => Sqlite::Blob(value.clone()),
    }
}

pub(crate) fn query(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(parameters(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = (0..columns).map(|at| {
            Ok(match row.get_ref(at)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(value) => Value::Integer(value),
                ValueRef::Real(value) => Value::Real(value),
                ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes)?.to_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            })
        });
        all.push(Row(cells.collect::<Result<_>>()?));
    }
    Ok(all)
}
