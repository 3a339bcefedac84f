//! What few programs need, behind pointers: the steps outside a transaction, which are a third of the engine, and what takes
//! over databases of another tool's. What no pointer leads to the linker leaves out; the macros name them for a chain that
//! needs them.

use std::pin::Pin;

use migrate_chain::{Chain, Dialect, Direction, Segment};

use super::Engine;
use super::adopt::{self, Other};
use super::database::Database;
use super::locked::Locked;
use super::plan::Plan;
use super::planner::Request;
#[cfg(feature = "_postgres")]
use super::postgres::Postgres;
use super::run::Run;
#[cfg(feature = "_sqlite")]
use super::sqlite::Sqlite;
use super::step_error::StepError;
use crate::state::State;
use crate::{Migrations, Result};

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

/// Looks at what another tool has applied: `adopt::look`.
type Look<D> = for<'a, 'e, 'm, 'c, 't> fn(
    &'a mut Engine<'e, 'm, D>,
    &'a Chain<'c>,
    &'a mut State,
    &'a Request<'t>,
    adopt::Look,
) -> Coming<'a, Result<bool, StepError>>;

/// Looks whether the other tool's table is there: `adopt::is_present`.
type IsPresent<D> =
    for<'a, 'e, 'm> fn(&'a mut Engine<'e, 'm, D>) -> Coming<'a, Result<bool, StepError>>;

/// The statements that tell the other tool of a step: `adopt::record`.
type RecordThere = fn(&Other<'_>, &Chain<'_>, usize, Direction, Dialect) -> Option<String>;

/// What takes over databases of another tool's, for the driver of a call.
pub(crate) struct Adopt<D: Database> {
    pub(super) look: Look<D>,
    pub(super) is_present: IsPresent<D>,
    pub(super) record: RecordThere,
}

/// What few programs need, where the chain needs it.
pub(crate) struct Linked<D: Database> {
    pub(super) outside: Option<Outside<D>>,
    pub(super) adopt: Option<Adopt<D>>,
}

macro_rules! linked {
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

        /// Taking over databases of another tool's, on every driver that is built in.
        #[derive(Debug)]
        pub struct AdoptPart {
            record: RecordThere,
            $(
                $(#[$cfg])*
                $name: (
                    for<'a, 'e, 'm, 'd, 'c, 't> fn(
                        &'a mut Engine<'e, 'm, $driver>,
                        &'a Chain<'c>,
                        &'a mut State,
                        &'a Request<'t>,
                        adopt::Look,
                    ) -> Coming<'a, Result<bool, StepError>>,
                    for<'a, 'e, 'm, 'd> fn(
                        &'a mut Engine<'e, 'm, $driver>,
                    ) -> Coming<'a, Result<bool, StepError>>,
                ),
            )*
        }

        /// The functions of every driver.
        pub static ADOPT: AdoptPart = AdoptPart {
            record: adopt::record,
            $(
                $(#[$cfg])*
                $name: (
                    |engine, chain, state, request, how| {
                        Box::pin(adopt::look(engine, chain, state, request, how))
                    },
                    |engine| Box::pin(adopt::is_present(engine)),
                ),
            )*
        };

        $(
            $(#[$cfg])*
            pub(crate) fn $name<'d>(migrations: &Migrations) -> Linked<$driver> {
                let outside = migrations.outside().map(|part| {
                    let (lock, execute) = part.$name;
                    Outside { lock, execute }
                });
                let adopt = migrations.adopt_part().map(|part| {
                    let (look, is_present) = part.$name;
                    Adopt { look, is_present, record: part.record }
                });
                Linked { outside, adopt }
            }
        )*
    };
}

linked! {
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
