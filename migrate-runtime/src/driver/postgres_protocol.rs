//! What an answer and an error of the drivers `postgres` and `tokio-postgres` mean: their types are the same.

#[cfg(feature = "postgres")]
use postgres::SimpleQueryMessage;
#[cfg(feature = "postgres")]
use postgres::error::ErrorPosition;
#[cfg(not(feature = "postgres"))]
use tokio_postgres::SimpleQueryMessage;
#[cfg(not(feature = "postgres"))]
use tokio_postgres::error::ErrorPosition;

use super::{Class, DbError, Rows, sqlstate};

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
    let position = match told.position() {
        Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
        _ => None,
    };
    sqlstate::db_error(
        told.code().code(),
        told.message(),
        [told.detail(), told.hint(), told.where_()],
        position,
    )
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
