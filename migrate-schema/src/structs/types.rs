//! Types of Rust for types of columns.

use migrate_chain::Dialect;

use super::Context;
use crate::ddl::affinity;
use crate::model::{Column, Numbering};
use crate::sql::qualified::of_type;

/// A crate whose types columns may have: migrate-runtime has a feature of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crate {
    /// `uuid::Uuid`.
    Uuid,
    /// `chrono::DateTime` and the naive ones.
    Chrono,
    /// `time::OffsetDateTime` and what stands beside it.
    Time,
    /// `jiff::Timestamp` and `jiff::civil`.
    Jiff,
    /// `serde_json::Value`.
    SerdeJson,
    /// `rust_decimal::Decimal`.
    RustDecimal,
}

impl Crate {
    /// PostgreSQL's types, and the types of Rust that mean just them.
    fn types(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Crate::Uuid => &[("uuid", "uuid::Uuid")],
            Crate::Chrono => &[
                (ZONED, "chrono::DateTime<chrono::Utc>"),
                (PLAIN, "chrono::NaiveDateTime"),
                ("date", "chrono::NaiveDate"),
                (HOUR, "chrono::NaiveTime"),
            ],
            Crate::Time => &[
                (ZONED, "time::OffsetDateTime"),
                (PLAIN, "time::PrimitiveDateTime"),
                ("date", "time::Date"),
                (HOUR, "time::Time"),
            ],
            Crate::Jiff => &[
                (ZONED, "jiff::Timestamp"),
                (PLAIN, "jiff::civil::DateTime"),
                ("date", "jiff::civil::Date"),
                (HOUR, "jiff::civil::Time"),
            ],
            Crate::SerdeJson => &[("jsonb", "serde_json::Value")],
            Crate::RustDecimal => &[("numeric", "rust_decimal::Decimal")],
        }
    }
}

const ZONED: &str = "timestamp with time zone";
const PLAIN: &str = "timestamp without time zone";
const HOUR: &str = "time without time zone";

/// The type of a field, without `Option`, and the option that says the column's type where the field's doesn't.
pub(super) fn of_column(context: &Context<'_>, column: &Column) -> (String, Option<String>) {
    match context.schema.dialect {
        Dialect::Sqlite => sqlite(&column.kind),
        _ => postgres(context, column),
    }
}

fn sqlite(kind: &str) -> (String, Option<String>) {
    let exact = match kind {
        "INTEGER" => "i64",
        "REAL" => "f64",
        "TEXT" => "String",
        "BLOB" => "Vec<u8>",
        "" => return ("Vec<u8>".to_owned(), Some("type(sqlite = \"\")".to_owned())),
        _ => {
            let near = match affinity(kind) {
                "INTEGER" => "i64",
                "REAL" => "f64",
                "BLOB" => "Vec<u8>",
                "NUMERIC" if kind.starts_with("BOOL") => "bool",
                "NUMERIC" if kind.starts_with("DEC") || kind.starts_with("NUM") => "f64",
                _ => "String",
            };
            return given(near, kind);
        }
    };
    (exact.to_owned(), None)
}

fn postgres(context: &Context<'_>, column: &Column) -> (String, Option<String>) {
    let kind = column.kind.as_str();
    if column.numbering == Some(Numbering::Serial) {
        return match kind {
            "smallint" => given("i16", "smallserial"),
            "bigint" => given("i64", "bigserial"),
            _ => given("i32", "serial"),
        };
    }
    if let Some(name) = context.enums.get(of_type(kind).as_str()) {
        return if kind.ends_with("[]") {
            (format!("Vec<{name}>"), None)
        } else {
            (name.clone(), None)
        };
    }
    let all = context.crates.iter().flat_map(|one| one.types());
    if let Some((_, known)) = all.into_iter().find(|(name, _)| *name == kind) {
        return ((*known).to_owned(), None);
    }
    let exact = match kind {
        "boolean" => "bool",
        "smallint" => "i16",
        "integer" => "i32",
        "bigint" => "i64",
        "real" => "f32",
        "double precision" => "f64",
        "text" => "String",
        "bytea" => "Vec<u8>",
        "inet" => "std::net::IpAddr",
        ZONED => "std::time::SystemTime",
        _ => return given("String", kind),
    };
    (exact.to_owned(), None)
}

fn given(field: &str, kind: &str) -> (String, Option<String>) {
    (
        field.to_owned(),
        Some(format!("type = {}", super::literal(kind))),
    )
}
