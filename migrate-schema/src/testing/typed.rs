//! Rows as Rust values.

use migrate_runtime::{Row, Value};

use super::Result;
use crate::Error;

/// What a column can be read as: integers, `f64`, `bool`, `String`, `Vec<u8>`, [`Value`], and an
/// `Option` of each for columns that may be NULL.
///
/// A date, a number of any length or a uuid has to be cast in the query: `CAST(paid AS text)`.
pub trait FromValue: Sized {
    /// What a mismatch calls it.
    #[doc(hidden)]
    const NAME: &'static str;

    /// The value itself comes back where it is something else.
    #[doc(hidden)]
    fn read(value: Value) -> Result<Self, Value>;
}

macro_rules! from_value {
    ($($type:ty, $name:literal: $($pattern:pat $(if $guard:expr)? => $read:expr),+;)+) => {
        $(impl FromValue for $type {
            const NAME: &'static str = $name;

            fn read(value: Value) -> Result<Self, Value> {
                match value {
                    $($pattern $(if $guard)? => Ok($read),)+
                    other => Err(other),
                }
            }
        })+
    };
}

from_value! {
    i64, "an i64": Value::Integer(value) => value;
    f64, "an f64": Value::Real(value) => value;
    // SQLite has no other truth values.
    bool, "a bool": Value::Bool(value) => value, Value::Integer(value @ (0 | 1)) => value == 1;
    String, "a String": Value::Text(value) => value;
    Vec<u8>, "a Vec<u8>": Value::Blob(value) => value;
}

impl FromValue for Value {
    const NAME: &'static str = "a Value";

    fn read(value: Value) -> Result<Self, Value> {
        Ok(value)
    }
}

macro_rules! narrow {
    ($($type:ty, $name:literal;)+) => {
        $(impl FromValue for $type {
            const NAME: &'static str = $name;

            fn read(value: Value) -> Result<Self, Value> {
                match value {
                    Value::Integer(wide) => Self::try_from(wide).map_err(|_| value),
                    other => Err(other),
                }
            }
        })+
    };
}

narrow! {
    i32, "an i32";
    i16, "an i16";
    u32, "a u32";
    u64, "a u64";
    usize, "a usize";
}

impl<T: FromValue> FromValue for Option<T> {
    const NAME: &'static str = T::NAME;

    fn read(value: Value) -> Result<Self, Value> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value).map(Some),
        }
    }
}

/// What a row can be read as: a tuple of values, one for each column, or a [`Row`].
pub trait FromRow: Sized {
    #[doc(hidden)]
    fn read(row: &Row) -> Result<Self>;
}

macro_rules! from_row {
    ($($count:literal: $($type:ident)+;)+) => {
        $(impl<$($type: FromValue),+> FromRow for ($($type,)+) {
            fn read(row: &Row) -> Result<Self> {
                if row.len() != $count {
                    return Err(Error::new(format!(
                        "a row has {} columns, and {} are to be read",
                        row.len(),
                        $count
                    )));
                }
                let mut at = 0..;
                Ok(($(column::<$type>(row, at.next().unwrap_or_default())?,)+))
            }
        })+
    };
}

from_row! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

/// For statements that give no rows.
impl FromRow for () {
    fn read(_: &Row) -> Result<()> {
        Ok(())
    }
}

impl FromRow for Row {
    fn read(row: &Row) -> Result<Row> {
        Ok(row.clone())
    }
}

pub(super) fn column<T: FromValue>(row: &Row, at: usize) -> Result<T> {
    let value = row.get(at).cloned().unwrap_or(Value::Null);
    T::read(value).map_err(|found| {
        let mismatch = |found: &str| {
            Error::new(format!(
                "column {} is {found}, and {} is to be read",
                at + 1,
                T::NAME
            ))
        };
        match found {
            Value::Null => mismatch("NULL").with_help("read an `Option`"),
            found => mismatch(&format!("{found:?}")),
        }
    })
}
