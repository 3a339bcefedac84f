//! What `postgres` and `tokio-postgres` have in common: the second is the first, awaited.

#[cfg(feature = "postgres")]
use postgres::SimpleQueryMessage;
#[cfg(feature = "postgres")]
use postgres::error::{ErrorPosition, SqlState};
#[cfg(not(feature = "postgres"))]
use tokio_postgres::SimpleQueryMessage;
#[cfg(not(feature = "postgres"))]
use tokio_postgres::error::{ErrorPosition, SqlState};

use std::time::Duration;

use migrate_chain::Dialect;

use super::message::{self, Message, ROLLBACK_AND_READ, Reached};
use super::{Class, Connectors, DbError, Driver, Failure, Live, Piece, Rows, Values};

/// The error of both crates, which is one type.
#[cfg(feature = "postgres")]
pub(crate) type PostgresError = postgres::Error;
/// The error of both crates, which is one type.
#[cfg(not(feature = "postgres"))]
pub(crate) type PostgresError = tokio_postgres::Error;

/// What differs between the two clients.
#[allow(async_fn_in_trait)]
pub trait Speak {
    /// As [`Driver::BLOCKING`].
    const BLOCKING: bool;
    /// As [`Driver::Second`].
    type Second: Speak;
    /// As [`Driver::second`].
    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Self::Second>>;
    /// Sends a simple query.
    async fn say(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, PostgresError>;
    /// Sends one from a destructor, without waiting for the answer where that is possible.
    fn say_and_leave(&mut self, sql: &str);
    /// As [`Driver::sleep`].
    async fn sleep(&mut self, time: Duration);
    /// As [`Driver::live`].
    fn live(&mut self) -> Live<'_>;
}

/// A borrowed client speaks as an owned one does.
impl<S: Speak> Speak for &mut S {
    const BLOCKING: bool = S::BLOCKING;

    type Second = S::Second;

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Self::Second>> {
        S::second(connectors).await
    }

    async fn say(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, PostgresError> {
        (**self).say(sql).await
    }

    fn say_and_leave(&mut self, sql: &str) {
        (**self).say_and_leave(sql);
    }

    async fn sleep(&mut self, time: Duration) {
        (**self).sleep(time).await;
    }

    fn live(&mut self) -> Live<'_> {
        (**self).live()
    }
}

/// PostgreSQL through either client.
#[allow(missing_debug_implementations)]
pub struct Postgres<S>(pub(crate) S);

impl<S: Speak> Driver for Postgres<S> {
    const DIALECT: Dialect = Dialect::Postgres;
    const BLOCKING: bool = S::BLOCKING;
    const ROUND_TRIPS: bool = true;

    type Second = Postgres<S::Second>;

    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Self::Second>> {
        Some(S::second(connectors).await?.map(Postgres))
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.0.say(sql).await.map(rows).map_err(db_error)
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for message in message::compose(pieces) {
            let Err(error) = self.0.say(&message.text).await else {
                continue;
            };
            let answer = self.rows(ROLLBACK_AND_READ).await.ok();
            let answer: Option<Vec<String>> =
                answer.map(|rows| rows.texts().map(str::to_owned).collect());
            let failure = failure(&message, db_error(error), answer.as_deref());
            if let Some([_, markers @ ..]) = answer.as_deref()
                && !markers.is_empty()
            {
                let _ = (self.0)
                    .say(&message::remove(markers.iter().map(String::as_str)))
                    .await;
            }
            return Err(failure);
        }
        Ok(())
    }

    fn repeat(&mut self, _: &str, _: &[Values<'_>]) -> Option<Result<(), DbError>> {
        None
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.0.say("ROLLBACK").await.map(drop).map_err(db_error)
    }

    fn abandon(&mut self) {
        self.0.say_and_leave("ROLLBACK");
    }

    fn leave(&mut self, sql: &str) {
        self.0.say_and_leave(sql);
    }

    fn in_transaction(&self) -> Option<bool> {
        None
    }

    async fn sleep(&mut self, time: Duration) {
        self.0.sleep(time).await;
    }

    fn live(&mut self) -> Live<'_> {
        self.0.live()
    }
}

/// The rows of a simple query's answer.
fn rows(messages: Vec<SimpleQueryMessage>) -> Rows {
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

/// Joins the error of a message and what [`ROLLBACK_AND_READ`] answered.
fn failure(message: &Message, error: DbError, answer: Option<&[String]>) -> Failure {
    let (bytes, reached) = match answer {
        Some([encoding, markers @ ..]) => (
            encoding == "SQL_ASCII",
            message.reached(markers.iter().map(String::as_str)),
        ),
        _ => (false, Reached::Unknown),
    };
    let (piece, at) = message.place(error.position, bytes, reached);
    Failure { piece, at, error }
}
