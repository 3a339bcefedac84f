//! What few programs need, behind pointers: the steps outside a transaction. What no pointer leads to the linker leaves
//! out, and these are a third of the engine; the macros name them for a chain that has such steps.

use std::pin::Pin;

use migrate_chain::{Chain, Segment};

use super::database::Database;
use super::locked::Locked;
use super::plan::Plan;
#[cfg(feature = "_postgres")]
use super::postgres::Postgres;
use super::run::Run;
#[cfg(feature = "_sqlite")]
use super::sqlite::Sqlite;
use super::step_error::StepError;
use crate::Result;

/// Boxed, and `Send` for the async driver.
type Coming<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes the lock: `Locked::lock_outside`.
type Lock<D> = for<'a, 'l, 'e, 'm, 't> fn(
    &'a mut Locked<'l, 'e, 'm, D>,
    &'a mut Run<'t>,
) -> Coming<'a, Result<()>>;

/// Runs a step: `Locked::execute_outside`.
type Execute<D> = for<'a, 'e, 'm, 'c, 'p, 't> fn(
    Locked<'a, 'e, 'm, D>,
    &'a Chain<'c>,
    &'a Plan<'p>,
    &'a Segment,
    &'a mut Run<'t>,
) -> Coming<'a, Result<(), StepError>>;

/// The steps outside a transaction, for the driver of a call.
pub(crate) struct Outside<D: Database> {
    pub(super) lock: Lock<D>,
    pub(super) execute: Execute<D>,
}

macro_rules! outside {
    ($($(#[$cfg:meta])* $name:ident: $driver:ty;)*) => {
        /// Steps outside a transaction, on every driver that is built in.
        #[derive(Debug)]
        pub struct OutsidePart {
            $(
                $(#[$cfg])*
                $name: (
                    for<'a, 'l, 'e, 'm, 'd, 't> fn(
                        &'a mut Locked<'l, 'e, 'm, $driver>,
                        &'a mut Run<'t>,
                    ) -> Coming<'a, Result<()>>,
                    for<'a, 'e, 'm, 'd, 'c, 'p, 't> fn(
                        Locked<'a, 'e, 'm, $driver>,
                        &'a Chain<'c>,
                        &'a Plan<'p>,
                        &'a Segment,
                        &'a mut Run<'t>,
                    ) -> Coming<'a, Result<(), StepError>>,
                ),
            )*
        }

        /// The functions of every driver.
        pub static OUTSIDE: OutsidePart = OutsidePart {
            $(
                $(#[$cfg])*
                $name: (
                    |locked, run| Box::pin(locked.lock_outside(run)),
                    |locked, chain, plan, segment, run| {
                        Box::pin(locked.execute_outside(chain, plan, segment, run))
                    },
                ),
            )*
        };

        $(
            $(#[$cfg])*
            pub(crate) fn $name<'d>(part: Option<&'static OutsidePart>) -> Option<Outside<$driver>> {
                let (lock, execute) = part?.$name;
                Some(Outside { lock, execute })
            }
        )*
    };
}

outside! {
    #[cfg(feature = "rusqlite")]
    rusqlite: Sqlite<'d, rusqlite::Connection>;
    #[cfg(feature = "postgres")]
    postgres: Postgres<'d, postgres::Client>;
    #[cfg(feature = "tokio-postgres")]
    tokio_postgres: Postgres<'d, tokio_postgres::Client>;
    #[cfg(feature = "sqlx-postgres")]
    sqlx_postgres: Postgres<'d, sqlx_postgres_0_9::PgConnection>;
    #[cfg(feature = "sqlx-0_8-postgres")]
    sqlx_0_8_postgres: Postgres<'d, sqlx_postgres_0_8::PgConnection>;
    #[cfg(feature = "sqlx-sqlite")]
    sqlx_sqlite: Sqlite<'d, sqlx::SqliteConnection>;
    #[cfg(feature = "diesel-postgres")]
    diesel_postgres: Postgres<'d, diesel::PgConnection>;
    #[cfg(feature = "diesel-sqlite")]
    diesel_sqlite: Sqlite<'d, diesel::SqliteConnection>;
}
