//! The drivers: how a connection of each crate runs statements. A driver is one file that implements
//! [`Driver`], and a line in each list that names all of them ([`Raw`], [`Connectors`],
//! `engine/linked.rs`, `migrator.rs`). The types are `pub` because a sealed trait names them; nothing
//! outside the crate can.
//!
//! The engine is written once, as `async fn` over a [`Database`](crate::engine::Database), which is
//! one of the two databases over whichever driver. The blocking drivers return futures that are
//! ready at the first poll, and the blocking entry points poll once.

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod alarm;
mod db_error;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
#[cfg_attr(not(feature = "postgres"), allow(unreachable_pub))]
mod postgres_protocol;
mod rows;
#[cfg(feature = "rusqlite")]
mod rusqlite;
#[cfg(feature = "tokio-postgres")]
mod tokio_postgres;

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use migrate_chain::Dialect;

pub(crate) use db_error::Class;
pub(crate) use db_error::DbError;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub(crate) use postgres_protocol::{PostgresError, db_error as postgres_error};
pub(crate) use rows::{Row, Rows};
#[cfg(feature = "rusqlite")]
pub(crate) use rusqlite::db_error as rusqlite_error;

/// What is bound to a statement, NULL for `None`.
pub(crate) type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// A connection of a driver's, as the two databases see it.
#[allow(async_fn_in_trait)]
pub trait Driver: Sized {
    /// Which database it speaks to.
    const DIALECT: Dialect;
    /// True when its futures are ready at the first poll.
    const BLOCKING: bool;

    /// Runs statements and returns their rows. SQLite: one statement. PostgreSQL: a simple query of
    /// any number, and the rows of all of them in order.
    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError>;

    /// Runs statements, and gives up after some time with an error of the class `Busy`, where the driver has a way to cancel
    /// them. For reads that must be a single statement; others are limited by `lock_timeout`.
    async fn rows_within(&mut self, sql: &str, _limit: Duration) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// SQLite: sets how long the connection itself waits for a lock, from a destructor too.
    fn set_busy_timeout(&mut self, time: Duration) {
        self.send_now(&format!("PRAGMA busy_timeout = {}", time.as_millis()));
    }

    /// Runs statements and drops their rows.
    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.rows(sql).await.map(drop)
    }

    /// Runs a message that begins a transaction; for a driver that counts transactions itself, so that
    /// what it does with a dropped connection is right.
    async fn begin(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// Runs a message that ends one.
    async fn end(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// SQLite: runs a statement once for each row of values, in place of its `?`s.
    async fn execute_many(&mut self, sql: &str, rows: &[Values<'_>]) -> Result<(), DbError> {
        for values in rows {
            self.execute(&migrate_chain::sql::filled(sql, Self::DIALECT, values))
                .await?;
        }
        Ok(())
    }

    /// Sends statements from a destructor: without waiting for the answer, where that is possible.
    fn send_now(&mut self, sql: &str);

    /// True inside a transaction, where the driver can tell without asking the server.
    fn in_transaction(&self) -> Option<bool> {
        None
    }

    /// Waits.
    async fn sleep(&mut self, time: Duration);

    /// Opens a second connection, if the app said how.
    async fn second(_: &mut Connectors) -> Option<crate::Result<Self>> {
        None
    }

    /// The connection itself, for a Rust-coded revision.
    fn raw(&mut self) -> Raw<'_>;
}

/// How to open a second connection, where the app said it.
#[derive(Default)]
pub struct Connectors {
    #[cfg(feature = "postgres")]
    pub(crate) postgres: Option<Connector<::postgres::Client>>,
    #[cfg(feature = "tokio-postgres")]
    pub(crate) tokio_postgres: Option<AsyncConnector<::tokio_postgres::Client>>,
}

#[cfg(feature = "postgres")]
type Connector<C> = Box<dyn FnMut() -> crate::Result<C> + Send>;
#[cfg(feature = "tokio-postgres")]
type AsyncConnector<C> = Box<dyn FnMut() -> Connecting<C> + Send>;
/// A connection on its way.
#[cfg(feature = "tokio-postgres")]
pub(crate) type Connecting<C> = std::pin::Pin<Box<dyn Future<Output = crate::Result<C>> + Send>>;

/// The connection of the driver in use, as the app knows it.
pub enum Raw<'a> {
    #[cfg(feature = "rusqlite")]
    Rusqlite(&'a mut ::rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(&'a mut ::postgres::Client),
    #[cfg(feature = "tokio-postgres")]
    TokioPostgres(&'a mut ::tokio_postgres::Client),
    /// Keeps the lifetime where no driver is built in.
    #[allow(dead_code)]
    None(std::convert::Infallible, PhantomData<&'a ()>),
}

/// The output of a future that is ready at once, which those over a blocking driver are.
pub(crate) fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
