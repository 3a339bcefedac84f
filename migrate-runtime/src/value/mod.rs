#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub(crate) mod postgres;
#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-0_8-postgres",
    feature = "diesel-postgres"
))]
pub(crate) mod postgres_simple;
#[cfg(feature = "_postgres")]
pub(crate) mod postgres_text;
#[cfg(feature = "rusqlite")]
pub(crate) mod sqlite;

use crate::{Error, Result};

/// A value that a Rust-coded revision binds to a statement or reads from a row, on any database.
///
/// ```
/// use migrate_runtime::Value;
///
/// assert_eq!(Value::from("kg"), Value::Text("kg".to_owned()));
/// assert_eq!(Value::from(None::<i64>), Value::Null);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// NULL.
    Null,
    /// A truth value; 0 or 1 on SQLite.
    Bool(bool),
    /// An integer of any width.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text; on PostgreSQL also the text form of any other type, such as a date or a uuid.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => $value:ident => $as:expr),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Value {
                $as
            }
        })*
    };
}

from! {
    bool => value => Value::Bool(value),
    i64 => value => Value::Integer(value),
    i32 => value => Value::Integer(value.into()),
    i16 => value => Value::Integer(value.into()),
    u32 => value => Value::Integer(value.into()),
    u16 => value => Value::Integer(value.into()),
    u8 => value => Value::Integer(value.into()),
    f64 => value => Value::Real(value),
    f32 => value => Value::Real(value.into()),
    &str => value => Value::Text(value.to_owned()),
    String => value => Value::Text(value),
    &[u8] => value => Value::Blob(value.to_vec()),
    Vec<u8> => value => Value::Blob(value),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// A row that a query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The value of a column, from 0; `None` past the last one.
    pub fn get(&self, column: usize) -> Option<&Value> {
        self.0.get(column)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for a row without columns.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An integer column.
    ///
    /// # Errors
    ///
    /// The column is missing or holds something else, NULL included.
    pub fn integer(&self, column: usize) -> Result<i64> {
        match self.get(column) {
            Some(Value::Integer(value)) => Ok(*value),
            Some(Value::Bool(value)) => Ok(i64::from(*value)),
            other => Err(mismatch(column, "an integer", other)),
        }
    }

    /// A text column.
    ///
    /// # Errors
    ///
    /// The column is missing or holds something else, NULL included.
    pub fn text(&self, column: usize) -> Result<&str> {
        match self.get(column) {
            Some(Value::Text(value)) => Ok(value),
            other => Err(mismatch(column, "text", other)),
        }
    }
}

fn mismatch(column: usize, wanted: &str, found: Option<&Value>) -> Error {
    let found = match found {
        None => "missing",
        Some(Value::Null) => "NULL",
        Some(Value::Bool(_)) => "a truth value",
        Some(Value::Integer(_)) => "an integer",
        Some(Value::Real(_)) => "a floating-point number",
        Some(Value::Text(_)) => "text",
        Some(Value::Blob(_)) => "bytes",
    };
    Error::from(format!("column {column} is {found}, not {wanted}"))
}
