//! What PostgreSQL's errors mean.

use super::{Class, DbError};

/// An error of the server's: its code, its message, the detail, the hint and the context that come with it, and where in
/// the text that was sent, in characters from 1.
#[cfg_attr(
    not(any(
        feature = "postgres",
        feature = "tokio-postgres",
        feature = "sqlx-postgres",
        feature = "sqlx-0_8-postgres"
    )),
    allow(dead_code)
)]
pub(super) fn db_error(
    code: &str,
    message: &str,
    [detail, hint, context]: [Option<&str>; 3],
    position: Option<usize>,
) -> DbError {
    let mut db_error = DbError::new(class(code), whole(message, [detail, hint, context]));
    db_error.code = Some(code.to_owned());
    db_error.position = position;
    db_error
}

/// The message with what comes with it, a line each.
pub(super) fn whole(message: &str, [detail, hint, context]: [Option<&str>; 3]) -> String {
    let mut whole = message.to_owned();
    for (what, text) in [("detail", detail), ("hint", hint), ("where", context)] {
        if let Some(text) = text {
            whole.push_str(&format!("\n{what}: {text}"));
        }
    }
    whole
}

/// What the engine has to know of a code.
pub(super) fn class(code: &str) -> Class {
    match code {
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
