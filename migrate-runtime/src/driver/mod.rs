//! The drivers: how a connection of each crate runs statements. A driver is one file that implements
//! [`Driver`], and a line in each list that names all of them ([`drivers!`] below, `engine/linked.rs`,
//! `migrator.rs`). The types are `pub` because a sealed trait names them; nothing outside the crate can.
//!
//! The engine is written once, as `async fn` over a [`Database`](crate::engine::Database), which is
//! one of the two databases over whichever driver. The blocking drivers return futures that are
//! ready at the first poll, and the blocking entry points poll once.

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod alarm;
mod db_error;
#[cfg(any(feature = "diesel-postgres", feature = "diesel-sqlite"))]
mod diesel;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
#[cfg_attr(not(feature = "postgres"), allow(unreachable_pub))]
mod postgres_protocol;
mod rows;
#[cfg(feature = "rusqlite")]
mod rusqlite;
#[cfg(feature = "_sqlite")]
mod sqlite_error;
#[cfg(feature = "_postgres")]
mod sqlstate;
#[cfg(any(
    feature = "sqlx-postgres",
    feature = "sqlx-0_8-postgres",
    feature = "sqlx-sqlite"
))]
mod sqlx;
#[cfg(feature = "tokio-postgres")]
mod tokio_postgres;

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use migrate_chain::Dialect;
use migrate_chain::sql::{mentions, statements};

use crate::{Error, Result, Value};

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
    /// False where a query outside a transaction begins later than its own transaction: PostgreSQL's extended protocol
    /// begins one with the first of several messages.
    const SIMPLE_QUERIES: bool = true;

    /// Runs statements and returns their rows. SQLite: one statement. PostgreSQL: a simple query of
    /// any number, and the rows of all of them in order.
    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError>;

    /// PostgreSQL: runs a statement outside a transaction that gives up waiting for a table after some time, with an error of
    /// the class `Busy`. It doesn't travel alone.
    async fn rows_within(&mut self, sql: &str, _limit: Duration) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// PostgreSQL: runs a statement alone, and cancels it from the side once it takes longer: `cancelled` is then true, and
    /// the error of the class `Busy`. A driver that can't cancel waits as long as it takes.
    async fn rows_or_cancel(
        &mut self,
        sql: &str,
        _limit: Duration,
        _cancelled: &mut bool,
    ) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// True where [`rows_or_cancel`](Driver::rows_or_cancel) cancels.
    const CANCELS: bool = false;

    /// SQLite: sets how long the connection itself waits for a lock, from a destructor too.
    fn set_busy_timeout(&mut self, time: Duration) {
        self.send_now(&format!("PRAGMA busy_timeout = {}", time.as_millis()));
    }

    /// Runs statements and drops their rows.
    async fn execute(&mut self, sql: &str) -> Result<(), DbError> {
        self.rows(sql).await.map(drop)
    }

    /// Runs a message that begins a transaction.
    async fn begin(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    /// Has the driver's own count of transactions include the one that the engine has begun, before code of the app's
    /// works with the connection: what that code begins is then a savepoint of it, and not a second BEGIN.
    async fn count_transaction(&mut self) -> Result<(), DbError> {
        Ok(())
    }

    /// Runs a message that ends a transaction: its last statement is COMMIT, or its first is ROLLBACK.
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

    /// Rolls the open transaction back from a destructor, [without waiting](Driver::send_now).
    fn rollback_now(&mut self) {
        self.send_now("ROLLBACK");
    }

    /// True inside a transaction, where the driver can tell without asking the server.
    fn in_transaction(&mut self) -> Option<bool> {
        None
    }

    /// Waits.
    async fn sleep(&mut self, time: Duration);

    /// Where it is kept how to open a second connection; `None` for a driver that never needs one.
    fn connector(_: &mut Connectors) -> Option<&mut Option<Connector<Self>>> {
        None
    }

    /// Opens a second connection, if the app said how.
    async fn second(connectors: &mut Connectors) -> Option<Result<Self>> {
        let connect = Self::connector(connectors)?.as_mut()?;
        Some(connect().await)
    }

    /// The connection itself, for a Rust-coded revision.
    fn raw(&mut self) -> Raw<'_>;

    /// Runs a statement of the app's with values in place of `?1`, `?2` ...; the number of rows it changed.
    async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64>;

    /// Runs a query of the app's with values in place of `?1`, `?2` ...; its rows.
    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>>;

    /// Runs statements of the app's.
    async fn batch(&mut self, sql: &str) -> Result<()>;

    /// SQLite: an error if a statement of the app's, at `range` of a text, drops a table and changes rows of others by that.
    async fn check_drop(&mut self, _sql: &str, _range: Range<usize>) -> Result<(), DbError> {
        Ok(())
    }
}

/// Runs statements of the app's, one by one where each is looked at before it runs.
async fn checked_batch<C: Driver>(connection: &mut C, sql: &str) -> Result<()> {
    if C::DIALECT != Dialect::Sqlite || !mentions(sql, "drop") {
        return connection.batch(sql).await;
    }
    for statement in statements(sql, C::DIALECT) {
        let checked = connection.check_drop(sql, statement.range.clone()).await;
        checked.map_err(Error::other)?;
        let text = sql.get(statement.range).unwrap_or("");
        connection.batch(text).await?;
    }
    Ok(())
}

/// Looks at a single statement of the app's before it runs.
async fn check<C: Driver>(connection: &mut C, sql: &str) -> Result<()> {
    let checked = connection.check_drop(sql, 0..sql.len()).await;
    checked.map_err(Error::other)
}

/// Opens a connection.
pub(crate) type Connector<C> = Box<dyn FnMut() -> Connecting<C> + Send>;
/// A connection on its way.
pub(crate) type Connecting<C> = Pin<Box<dyn Future<Output = Result<C>> + Send>>;

/// The drivers: the variant of [`Raw`], the name of its field in [`Connectors`], and the connection.
macro_rules! drivers {
    ($($(#[$cfg:meta])* $variant:ident, $name:ident: $connection:ty;)*) => {
        /// How to open a second connection, where the app said it.
        #[derive(Default)]
        pub struct Connectors {
            $(
                $(#[$cfg])*
                // On SQLite nothing asks for one.
                #[allow(dead_code)]
                pub(crate) $name: Option<Connector<$connection>>,
            )*
        }

        /// The connection of the driver in use, as the app knows it.
        pub enum Raw<'a> {
            $(
                $(#[$cfg])*
                #[allow(missing_docs)]
                $variant(&'a mut $connection),
            )*
            /// Keeps the lifetime where no driver is built in.
            #[allow(dead_code)]
            None(std::convert::Infallible, PhantomData<&'a ()>),
        }

        #[allow(unused_variables, clippy::unused_async)]
        impl Raw<'_> {
            pub(crate) fn dialect(&self) -> Dialect {
                match self {
                    $($(#[$cfg])* Raw::$variant(_) => <$connection as Driver>::DIALECT,)*
                    Raw::None(never, _) => match *never {},
                }
            }

            pub(crate) async fn change(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
                match self {
                    $($(#[$cfg])* Raw::$variant(connection) => {
                        check(*connection, sql).await?;
                        connection.change(sql, values).await
                    })*
                    Raw::None(never, _) => match *never {},
                }
            }

            pub(crate) async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<crate::Row>> {
                match self {
                    $($(#[$cfg])* Raw::$variant(connection) => {
                        check(*connection, sql).await?;
                        Driver::query(*connection, sql, values).await
                    })*
                    Raw::None(never, _) => match *never {},
                }
            }

            pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
                match self {
                    $($(#[$cfg])* Raw::$variant(connection) => checked_batch(*connection, sql).await,)*
                    Raw::None(never, _) => match *never {},
                }
            }
        }
    };
}

drivers! {
    #[cfg(feature = "rusqlite")]
    Rusqlite, rusqlite: ::rusqlite::Connection;
    #[cfg(feature = "postgres")]
    Postgres, postgres: ::postgres::Client;
    #[cfg(feature = "tokio-postgres")]
    TokioPostgres, tokio_postgres: ::tokio_postgres::Client;
    #[cfg(feature = "sqlx-postgres")]
    SqlxPostgres, sqlx_postgres: ::sqlx_postgres_0_9::PgConnection;
    #[cfg(feature = "sqlx-0_8-postgres")]
    Sqlx08Postgres, sqlx_0_8_postgres: ::sqlx_postgres_0_8::PgConnection;
    #[cfg(feature = "sqlx-sqlite")]
    SqlxSqlite, sqlx_sqlite: ::sqlx::SqliteConnection;
    #[cfg(feature = "diesel-postgres")]
    DieselPostgres, diesel_postgres: ::diesel::PgConnection;
    #[cfg(feature = "diesel-sqlite")]
    DieselSqlite, diesel_sqlite: ::diesel::SqliteConnection;
}

/// The output of a future that is ready at once, which those over a blocking driver are.
pub(crate) fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
