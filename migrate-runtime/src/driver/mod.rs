//! What the engine asks of a database, and the three drivers that answer. The types are `pub`
//! because a sealed trait names them; nothing outside the crate can.
//!
//! The engine is written once, as `async fn` over [`Driver`]. The blocking drivers return futures
//! that are ready at the first poll, and the blocking entry points poll once.

mod db_error;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod message;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
#[cfg_attr(not(feature = "postgres"), allow(unreachable_pub))]
mod postgres_shared;
mod rows;
#[cfg(feature = "rusqlite")]
mod rusqlite;
#[cfg(feature = "tokio-postgres")]
mod tokio_postgres;

mod words;

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Range;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use migrate_chain::Dialect;

pub(crate) use db_error::Class;
pub(crate) use db_error::DbError;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub(crate) use postgres_shared::{Postgres, PostgresError, Speak, db_error as postgres_error};
pub(crate) use rows::{Row, Rows};
#[cfg(feature = "rusqlite")]
pub(crate) use rusqlite::{Rusqlite, db_error as rusqlite_error};
pub(crate) use words::mentions;

/// What is bound to a statement, NULL for `None`.
pub(crate) type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// A part of what runs in a transaction.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A revision's script, verbatim.
    Script(&'a str),
    /// A statement of the engine's own.
    Own(String),
}

/// Why a batch stopped.
#[derive(Debug)]
pub struct Failure {
    /// Which of the pieces failed, when it is known.
    pub piece: Option<usize>,
    /// Where in a script, in bytes: the token that the database named, or the statement.
    pub at: Option<Range<usize>>,
    pub error: DbError,
}

/// A connection, as the engine sees it.
#[allow(async_fn_in_trait)]
pub trait Driver {
    /// Which database it speaks to.
    const DIALECT: Dialect;
    /// True when its futures are ready at the first poll.
    const BLOCKING: bool;
    /// True when each message costs a round trip, so that it pays to send many pieces in one.
    const ROUND_TRIPS: bool;

    /// A connection of its own, to hold a lock meanwhile.
    type Second: Driver;

    /// Runs statements of the engine's own and returns the rows of all of them, in order.
    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError>;

    /// Runs pieces in order, in the open transaction, in as few round trips as it can. After a
    /// failure the transaction is rolled back.
    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure>;

    /// Runs a statement once for each row of values, in the open transaction. `None` where each time
    /// would cost a round trip: there the values are better written into the text.
    fn repeat(&mut self, sql: &str, rows: &[Values<'_>]) -> Option<Result<(), DbError>>;

    /// Rolls back what is open, if anything still is.
    async fn rollback(&mut self) -> Result<(), DbError>;

    /// Rolls back without waiting, from a destructor.
    fn abandon(&mut self);

    /// Sends statements without waiting, from a destructor.
    fn leave(&mut self, sql: &str);

    /// Opens a second connection, if the app said how.
    async fn second(connectors: &mut Connectors) -> Option<crate::Result<Self::Second>>;

    /// True inside a transaction, where the driver can tell without asking the server.
    fn in_transaction(&self) -> Option<bool>;

    /// Waits.
    async fn sleep(&mut self, time: Duration);

    /// The connection itself, for a Rust-coded revision.
    fn live(&mut self) -> Live<'_>;
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

/// The live connection of the driver in use.
pub enum Live<'a> {
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

mod sealed {
    pub trait Sealed: crate::migrator::Operate {
        #[doc(hidden)]
        type Driver<'c>: super::Driver
        where
            Self: 'c;
        #[doc(hidden)]
        fn driver(&mut self) -> Self::Driver<'_>;
    }
}

pub(crate) use sealed::Sealed;

/// A connection that can be migrated: `rusqlite::Connection` or `postgres::Client`, each behind the
/// feature of its name.
///
/// The trait is sealed. A pool's guard is passed as `&mut *guard`. `tokio_postgres::Client` has the
/// `_async` functions, whose futures are `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connection that this build can migrate",
    note = "enable the feature `rusqlite` or `postgres` of migrate-runtime, with the version of the driver that the app uses"
)]
pub trait Connection: Sealed {}
