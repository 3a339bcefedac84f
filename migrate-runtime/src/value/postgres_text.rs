//! Values as the text that PostgreSQL reads and writes, for the drivers that leave their types to the server.

use crate::{Error, Value};

/// The text form of a value, so that a number fits any numeric column and a text any type that has a text form.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Integer(value) => Some(value.to_string()),
        Value::Real(value) => Some(match value {
            value if value.is_infinite() && *value > 0.0 => "Infinity".to_owned(),
            value if value.is_infinite() => "-Infinity".to_owned(),
            value => value.to_string(),
        }),
        Value::Text(value) => Some(value.clone()),
        Value::Blob(bytes) => Some(
            bytes
                .iter()
                .fold("\\x".to_owned(), |hex, byte| hex + &format!("{byte:02x}")),
        ),
    }
}

/// The error for a type that has no [`Value`].
pub(crate) fn no_value(name: &str) -> Error {
    Error::from(format!(
        "a {name} has no `Value`: cast it in the query, as in `column::text`"
    ))
}
