//! The types of other crates, each behind a feature of that crate's name.

#[cfg(any(
    feature = "chrono",
    feature = "jiff",
    feature = "rust_decimal",
    feature = "serde_json",
    feature = "time",
    feature = "uuid"
))]
use super::types;

#[cfg(feature = "uuid")]
types! {
    ::uuid::Uuid => "BLOB", "uuid";
}

#[cfg(feature = "chrono")]
types! {
    ::chrono::NaiveDateTime => "TEXT", "timestamp without time zone";
    ::chrono::NaiveDate => "TEXT", "date";
    ::chrono::NaiveTime => "TEXT", "time without time zone";
}

#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Tz: ::chrono::TimeZone> super::ColumnType for ::chrono::DateTime<Tz> {
    const TYPE: super::SqlType = super::SqlType::new("TEXT", "timestamp with time zone");
}

#[cfg(feature = "time")]
types! {
    ::time::OffsetDateTime, ::time::UtcDateTime => "TEXT", "timestamp with time zone";
    ::time::PrimitiveDateTime => "TEXT", "timestamp without time zone";
    ::time::Date => "TEXT", "date";
    ::time::Time => "TEXT", "time without time zone";
}

#[cfg(feature = "jiff")]
types! {
    ::jiff::Timestamp => "TEXT", "timestamp with time zone";
    ::jiff::civil::DateTime => "TEXT", "timestamp without time zone";
    ::jiff::civil::Date => "TEXT", "date";
    ::jiff::civil::Time => "TEXT", "time without time zone";
}

#[cfg(feature = "serde_json")]
types! {
    ::serde_json::Value, ::serde_json::Map<String, ::serde_json::Value> => "TEXT", "jsonb";
}

#[cfg(feature = "rust_decimal")]
types! {
    ::rust_decimal::Decimal => "TEXT", "numeric";
}
