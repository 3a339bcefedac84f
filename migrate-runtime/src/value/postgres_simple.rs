//! Statements and values of PostgreSQL's simple queries, in which all is text, for the drivers whose own parameters have types.

use migrate_chain::Dialect;
use migrate_chain::sql::{statements, with_literals};

use super::postgres_text::text;
use crate::{Error, Result, Value};

/// The statement with its values as literals, for a driver that has to know the type of each parameter: the server finds out
/// the types of literals.
pub(crate) fn one_statement(sql: &str, values: &[Value]) -> Result<String> {
    if statements(sql, Dialect::Postgres).count() > 1 {
        return Err(Error::from(
            "more than one statement: `execute_batch` runs several",
        ));
    }
    let texts: Vec<Option<String>> = values.iter().map(text).collect();
    with_literals(sql, &texts).map_err(|number| Error::from(format!("`?{number}` has no value")))
}

/// What a type's values are to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Integer,
    Real,
    Text,
    Bytes,
}

impl Kind {
    /// That of a type by its name, as sqlx writes it.
    #[cfg(any(feature = "sqlx-postgres", feature = "sqlx-0_8-postgres"))]
    pub(crate) fn named(name: &str) -> Result<Kind> {
        Ok(match name {
            "BOOL" => Kind::Bool,
            "INT2" | "INT4" | "INT8" | "OID" => Kind::Integer,
            "FLOAT4" | "FLOAT8" => Kind::Real,
            "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "JSON" => Kind::Text,
            "BYTEA" => Kind::Bytes,
            name => return Err(super::postgres_text::no_value(&name.to_lowercase())),
        })
    }

    /// That of a type by its number.
    #[cfg(feature = "diesel-postgres")]
    pub(crate) fn numbered(oid: u32) -> Option<Kind> {
        Some(match oid {
            16 => Kind::Bool,
            20 | 21 | 23 | 26 => Kind::Integer,
            700 | 701 => Kind::Real,
            18 | 19 | 25 | 114 | 705 | 1042 | 1043 => Kind::Text,
            17 => Kind::Bytes,
            _ => return None,
        })
    }

    /// A value from its text form.
    #[cfg(any(feature = "sqlx-postgres", feature = "sqlx-0_8-postgres"))]
    pub(crate) fn of_text(self, text: &str) -> Result<Value> {
        Ok(match self {
            Kind::Bool => Value::Bool(text == "t"),
            Kind::Integer => Value::Integer(text.parse()?),
            Kind::Real => Value::Real(text.parse()?),
            Kind::Text => Value::Text(text.to_owned()),
            Kind::Bytes => Value::Blob(bytes(text).ok_or("malformed bytes")?),
        })
    }
}

/// The bytes of a `bytea`, in either form that `bytea_output` knows.
#[cfg(any(feature = "sqlx-postgres", feature = "sqlx-0_8-postgres"))]
fn bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(hex) = text.strip_prefix("\\x") {
        let pair = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        return (0..hex.len()).step_by(2).map(pair).collect();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                after
            }
            (b'\\', _) => {
                let (digits, after) = after.split_at_checked(3)?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?);
                after
            }
            _ => {
                bytes.push(first);
                after
            }
        };
    }
    Some(bytes)
}

#[cfg(all(test, feature = "sqlx-postgres"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_both_forms() {
        let all: Vec<u8> = (0..=255).collect();
        let hex = text(&Value::Blob(all.clone())).unwrap();
        assert_eq!(bytes(&hex).unwrap(), all);
        assert_eq!(bytes("a\\\\b\\000\\377").unwrap(), b"a\\b\0\xff");
        assert_eq!(bytes("").unwrap(), b"");
        assert_eq!(bytes("\\x0"), None);
        assert_eq!(bytes("\\9"), None);
    }
}
