//! What an answer and an error of the drivers `postgres` and `tokio-postgres` mean: their types are the same.

#[cfg(feature = "postgres")]
use postgres::SimpleQueryMessage;
#[cfg(feature = "postgres")]
use postgres::error::{ErrorPosition, SqlState};
#[cfg(not(feature = "postgres"))]
use tokio_postgres::SimpleQueryMessage;
#[cfg(not(feature = "postgres"))]
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::{Class, DbError, Rows};

/// The error of both crates, which is one type.
#[cfg(feature = "postgres")]
pub(crate) type PostgresError = postgres::Error;
/// The error of both crates, which is one type.
#[cfg(not(feature = "postgres"))]
pub(crate) type PostgresError = tokio_postgres::Error;

/// The rows of a simple query's answer.
pub(super) fn rows(messages: Vec<SimpleQueryMessage>) -> Rows {
    let mut rows = Rows::default();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            (0..row.len()).for_each(|at| rows.push(row.get(at)));
            rows.end();
        }
    }
    rows
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn db_error(error: PostgresError) -> DbError {
    let Some(told) = error.as_db_error() else {
        let class = if error.is_closed() || source_is_io(&error) {
            Class::Lost
        } else {
            Class::Other
        };
        let message = error.to_string();
        // The driver tells only its own part in `Display`.
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let message = source.map_or(message.clone(), |source| format!("{message}: {source}"));
        return DbError::new(class, message);
    };
    let class = class(told.code());
    let mut message = told.message().to_owned();
    for (what, text) in [
        ("detail", told.detail()),
        ("hint", told.hint()),
        ("where", told.where_()),
    ] {
        if let Some(text) = text {
            message.push_str(&format!("\n{what}: {text}"));
        }
    }
    let position = match told.position() {
        Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
        _ => None,
    };
    let mut db_error = DbError::new(class, message);
    db_error.code = Some(told.code().code().to_owned());
    db_error.position = position;
    db_error
}

/// A read that the alarm may have cancelled: then it has waited for a lock on our tables, for nothing else there takes long.
pub(super) fn given_up(
    read: Result<super::Rows, DbError>,
    has_rung: bool,
) -> Result<super::Rows, DbError> {
    match read {
        Err(error) if has_rung && error.code.as_deref() == Some("57014") => {
            let mut busy = DbError::new(Class::Busy, "a table of the record is locked".to_owned());
            busy.code.clone_from(&error.code);
            Err(busy)
        }
        read => read,
    }
}

fn source_is_io(error: &PostgresError) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

fn class(state: &SqlState) -> Class {
    match state.code() {
        "42P01" | "3F000" => Class::Missing,
        "42501" => Class::Privilege,
        "55P03" => Class::Busy,
        "40P01" | "40001" => Class::Retry,
        "25006" => Class::ReadOnly,
        "25P02" => Class::InFailedTransaction,
        "57P01" | "57P02" | "57P03" => Class::Lost,
        code if code.starts_with("08") => Class::Lost,
        _ => Class::Other,
    }
}
