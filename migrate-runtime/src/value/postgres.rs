//! Values through postgres and tokio-postgres, which share their types.

use std::error::Error as StdError;

#[cfg(feature = "postgres")]
use postgres as driver;
#[cfg(not(feature = "postgres"))]
use tokio_postgres as driver;

use driver::types::private::BytesMut;
use driver::types::{Format, FromSql, IsNull, ToSql, Type};

use super::postgres_text;
use crate::{Error, Result, Row, Value};

type Boxed = Box<dyn StdError + Sync + Send>;

/// A parameter in the text format, so that a number fits any numeric column and a text any type
/// that has a text form.
#[derive(Debug)]
pub(crate) struct Bound(Option<String>);

pub(crate) fn bound(values: &[Value]) -> Vec<Bound> {
    values
        .iter()
        .map(|value| Bound(postgres_text::text(value)))
        .collect()
}

pub(crate) fn parameters(bound: &[Bound]) -> Vec<&(dyn ToSql + Sync)> {
    bound
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

impl ToSql for Bound {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        Ok(match &self.0 {
            None => IsNull::Yes,
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    driver::types::to_sql_checked!();
}

pub(crate) fn row(row: &driver::Row) -> Result<Row> {
    let cell = |at| {
        row.try_get::<_, Cell>(at)
            .map(|cell| cell.0)
            .map_err(Error::from)
    };
    (0..row.len()).map(cell).collect::<Result<_>>().map(Row)
}

struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Cell, Boxed> {
        let text = || std::str::from_utf8(raw).map(|text| Value::Text(text.to_owned()));
        Ok(Cell(match *kind {
            Type::BOOL => Value::Bool(bool::from_sql(kind, raw)?),
            Type::INT2 => Value::Integer(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Value::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Value::Integer(i64::from_sql(kind, raw)?),
            Type::OID => Value::Integer(u32::from_sql(kind, raw)?.into()),
            Type::FLOAT4 => Value::Real(f32::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(kind, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
                text()?
            }
            Type::BYTEA => Value::Blob(raw.to_vec()),
            _ => {
                return Err(postgres_text::no_value(kind.name()).into());
            }
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Cell, Boxed> {
        Ok(Cell(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
