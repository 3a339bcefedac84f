mod crates;
mod standard;

use super::EnumDef;

/// A Rust type that a column can have.
///
/// | Rust | SQLite | PostgreSQL |
/// |---|---|---|
/// | `bool` | `INTEGER` | `boolean` |
/// | `i8`, `u8`, `i16` | `INTEGER` | `smallint` |
/// | `u16`, `i32` | `INTEGER` | `integer` |
/// | `u32`, `i64` | `INTEGER` | `bigint` |
/// | `f32` | `REAL` | `real` |
/// | `f64` | `REAL` | `double precision` |
/// | `String`, `str`, `char` | `TEXT` | `text` |
/// | `Vec<u8>`, `[u8]`, `[u8; N]` | `BLOB` | `bytea` |
/// | `IpAddr`, `Ipv4Addr`, `Ipv6Addr` | `TEXT` | `inet` |
/// | `SystemTime` | `TEXT` | `timestamp with time zone` |
/// | `uuid::Uuid` (feature `uuid`) | `BLOB` | `uuid` |
/// | `chrono::DateTime`, `time::OffsetDateTime`, `jiff::Timestamp` | `TEXT` | `timestamp with time zone` |
/// | `chrono::NaiveDateTime`, `time::PrimitiveDateTime`, `jiff::civil::DateTime` | `TEXT` | `timestamp without time zone` |
/// | `chrono::NaiveDate`, `time::Date`, `jiff::civil::Date` | `TEXT` | `date` |
/// | `chrono::NaiveTime`, `time::Time`, `jiff::civil::Time` | `TEXT` | `time without time zone` |
/// | `serde_json::Value`, `serde_json::Map` (feature `serde_json`) | `TEXT` | `jsonb` |
/// | `rust_decimal::Decimal` (feature `rust_decimal`) | `TEXT` | `numeric` |
/// | an enum with [`#[derive(DbEnum)]`](derive@crate::schema::DbEnum) | `TEXT` with a CHECK | its type |
/// | `Vec` of such an enum | `TEXT` | an array of its type |
///
/// The types of SQLite are those of STRICT tables, and lose nothing. `Option<T>` means nullable;
/// `&T`, `Box<T>`, `Rc<T>`, `Arc<T>` and `Cow<T>` are what they hold. Any other type is given with
/// `#[column(type = "..")]`, or once and for all:
///
/// ```
/// use migrate_runtime::schema::{ColumnType, SqlType};
///
/// struct UserId(i64);
///
/// impl ColumnType for UserId {
///     const TYPE: SqlType = i64::TYPE;
/// }
///
/// struct Point;
///
/// impl ColumnType for Point {
///     const TYPE: SqlType = SqlType::new("TEXT", "point");
/// }
///
/// assert_eq!(<Option<UserId>>::TYPE.postgres, "bigint");
/// assert!(<Option<UserId>>::TYPE.is_nullable);
/// ```
#[diagnostic::on_unimplemented(
    message = "no type of column is known for `{Self}`",
    label = "implements no `ColumnType`",
    note = "name the type: `#[column(type = \"..\")]` or `#[column(type(sqlite = \"..\", postgres = \"..\"))]`",
    note = "or implement `migrate_runtime::schema::ColumnType` for your own type; those of other crates have a feature of that crate's name: uuid, chrono, time, jiff, serde_json, rust_decimal"
)]
pub trait ColumnType {
    /// The type of the column.
    const TYPE: SqlType;
}

/// The type of a column, on both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlType {
    /// As SQLite writes it.
    pub sqlite: &'static str,
    /// As PostgreSQL writes it.
    pub postgres: &'static str,
    /// True unless a column of that type is NOT NULL.
    pub is_nullable: bool,
    /// The values it is limited to.
    pub enumeration: Option<&'static EnumDef>,
    /// True for a list of such values: an array on PostgreSQL.
    pub is_array: bool,
    /// Given in an attribute, so it is meant even where it looks odd.
    pub is_explicit: bool,
}

impl SqlType {
    /// A type, by its names.
    pub const fn new(sqlite: &'static str, postgres: &'static str) -> SqlType {
        SqlType {
            sqlite,
            postgres,
            is_nullable: false,
            enumeration: None,
            is_array: false,
            is_explicit: false,
        }
    }

    /// The type of an enum.
    pub const fn enumeration(of: &'static EnumDef) -> SqlType {
        let mut kind = SqlType::new("TEXT", of.name);
        kind.enumeration = Some(of);
        kind
    }

    /// The type of a list of an enum's values: an array on PostgreSQL, a text on SQLite.
    pub const fn array(of: &'static EnumDef) -> SqlType {
        let mut kind = SqlType::enumeration(of);
        kind.is_array = true;
        kind
    }

    /// The type of a column that may, or may not, be NULL.
    #[must_use]
    pub const fn nullable(mut self, is_nullable: bool) -> SqlType {
        self.is_nullable = is_nullable;
        self
    }

    /// The type under other names, where a database has one of its own.
    #[must_use]
    pub const fn named(
        mut self,
        sqlite: Option<&'static str>,
        postgres: Option<&'static str>,
    ) -> SqlType {
        if let Some(name) = sqlite {
            self.sqlite = name;
        }
        if let Some(name) = postgres {
            self.postgres = name;
        }
        self.is_explicit = true;
        self
    }
}

/// Types of Rust and the names of their columns. Errors don't list them: which ones there are depends
/// on features.
macro_rules! types {
    ($($($type:ty),+ => $sqlite:literal, $postgres:literal;)*) => {
        $($(
            #[diagnostic::do_not_recommend]
            impl $crate::schema::ColumnType for $type {
                const TYPE: $crate::schema::SqlType = $crate::schema::SqlType::new($sqlite, $postgres);
            }
        )+)*
    };
}
use types;
