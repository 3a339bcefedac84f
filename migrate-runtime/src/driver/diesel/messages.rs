//! What PostgreSQL's errors mean through diesel, which tells of the code only whether it is one of a few. The rest is read
//! from the server's words, in English; in another language it is an error that says nothing to the engine.

use diesel::result::{DatabaseErrorKind, Error};

use crate::driver::{Class, DbError, sqlstate};

/// What the message of a code contains.
const MESSAGES: &[(&str, &str)] = &[
    ("current transaction is aborted", "25P02"),
    ("permission denied", "42501"),
    ("must be owner of", "42501"),
    ("must be superuser", "42501"),
    ("canceling statement due to lock timeout", "55P03"),
    ("could not obtain lock on", "55P03"),
    ("deadlock detected", "40P01"),
    ("could not serialize access", "40001"),
    (
        "terminating connection due to administrator command",
        "57P01",
    ),
    ("the database system is", "57P03"),
    ("invalid input syntax for type integer", "22P02"),
    ("must be set to 0 on platforms", "22023"),
    ("invalid value for parameter", "22023"),
    ("because it has pending trigger events", "55006"),
    ("unsafe use of new value", "55P04"),
    ("out of shared memory", "53200"),
    ("TABLESAMPLE clause can only be applied", "0A000"),
    ("transaction read-write mode during recovery", "0A000"),
];

fn code(kind: &DatabaseErrorKind, message: &str) -> Option<&'static str> {
    match kind {
        DatabaseErrorKind::UniqueViolation => return Some("23505"),
        DatabaseErrorKind::ForeignKeyViolation => return Some("23503"),
        DatabaseErrorKind::SerializationFailure => return Some("40001"),
        DatabaseErrorKind::ReadOnlyTransaction => return Some("25006"),
        DatabaseErrorKind::NotNullViolation => return Some("23502"),
        DatabaseErrorKind::CheckViolation => return Some("23514"),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            return Some("08006");
        }
        _ => {}
    }
    let object = |name: &str, end: &str| message.starts_with(name) && message.ends_with(end);
    if object("relation \"", "\" does not exist") {
        return Some("42P01");
    }
    if object("schema \"", "\" does not exist") {
        return Some("3F000");
    }
    if object("relation \"", "\" already exists") {
        return Some("42P07");
    }
    if object("type \"", "\" already exists") {
        return Some("42710");
    }
    let known = MESSAGES.iter().find(|(words, _)| message.contains(words));
    known.map(|(_, code)| *code)
}

// By value: the form that `map_err` takes.
#[allow(clippy::needless_pass_by_value)]
pub(super) fn db_error(error: Error) -> DbError {
    let Error::DatabaseError(kind, told) = &error else {
        let class = match error {
            Error::BrokenTransactionManager => Class::Lost,
            _ => Class::Other,
        };
        return DbError::new(class, error.to_string());
    };
    let told = told.as_ref();
    let message = told.message();
    let code = code(kind, message);
    let class = match code {
        Some(code) => sqlstate::class(code),
        // What the client library says of a connection that is gone.
        None if message.contains("server closed the connection")
            || message.contains("no connection to the server") =>
        {
            Class::Lost
        }
        None => Class::Other,
    };
    let mut db_error = DbError::new(
        class,
        sqlstate::whole(message, [told.details(), told.hint(), None]),
    );
    db_error.code = code.map(str::to_owned);
    db_error.position = told
        .statement_position()
        .and_then(|position| usize::try_from(position).ok());
    db_error
}
