//! Parts of the engine that few programs need, behind pointers: what no pointer leads to the linker leaves out. The
//! macros name the first part for a chain that has such steps, and [`Migrator::on_ahead`](crate::Migrator::on_ahead)
//! the second.

use std::pin::Pin;

use migrate_chain::Chain;

use super::database::Database;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
use super::postgres::Postgres;
use super::run::{Run, Turn};
#[cfg(feature = "rusqlite")]
use super::sqlite::Sqlite;
use super::step_error::Failed;
use super::{Engine, stored};
use crate::{Report, Result};

/// Boxed, and `Send` for the async driver.
type Coming<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Carries out a step outside a transaction: `Engine::turn_outside`.
type TurnOutside<D> = for<'a, 'e, 'm, 'c, 't> fn(
    &'a mut Engine<'e, 'm, D>,
    &'a Chain<'c>,
    &'a mut Run<'t>,
) -> Coming<'a, Result<Turn, Failed>>;

/// Undoes what is ahead: `stored::downgrade`.
type Downgrade<D> = for<'a, 'e, 'm, 'c> fn(
    &'a mut Engine<'e, 'm, D>,
    &'a Chain<'c>,
    Run<'a>,
) -> Coming<'a, Result<Report>>;

/// The parts that a program has, for the driver of a call.
pub(crate) struct Parts<D: Database> {
    pub(super) turn_outside: Option<TurnOutside<D>>,
    pub(super) downgrade: Option<Downgrade<D>>,
}

/// The same, for whichever driver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    pub(crate) outside: Option<&'static OutsidePart>,
    pub(crate) stored: Option<&'static StoredPart>,
}

macro_rules! parts {
    ($($(#[$cfg:meta])* $name:ident: $driver:ty;)*) => {
        /// Steps outside a transaction, on every driver that is built in.
        #[derive(Debug)]
        pub struct OutsidePart {
            $($(#[$cfg])* $name: for<'a, 'd, 'e, 'm, 'c, 't> fn(
                &'a mut Engine<'e, 'm, $driver>,
                &'a Chain<'c>,
                &'a mut Run<'t>,
            ) -> Coming<'a, Result<Turn, Failed>>,)*
        }

        /// All of them.
        pub static OUTSIDE: OutsidePart = OutsidePart {
            $($(#[$cfg])* $name: |engine, chain, run| Box::pin(engine.turn_outside(chain, run)),)*
        };

        /// Downgrades from the history, on every driver that is built in.
        #[derive(Debug, Clone)]
        pub(crate) struct StoredPart {
            $($(#[$cfg])* $name: for<'a, 'd, 'e, 'm, 'c> fn(
                &'a mut Engine<'e, 'm, $driver>,
                &'a Chain<'c>,
                Run<'a>,
            ) -> Coming<'a, Result<Report>>,)*
        }

        pub(crate) static STORED: StoredPart = StoredPart {
            $($(#[$cfg])* $name: |engine, chain, run| Box::pin(stored::downgrade(engine, chain, run)),)*
        };

        $($(#[$cfg])* pub(crate) fn $name<'d>(chosen: Chosen) -> Parts<$driver> {
            Parts {
                turn_outside: match chosen.outside { Some(part) => Some(part.$name), None => None },
                downgrade: match chosen.stored { Some(part) => Some(part.$name), None => None },
            }
        })*
    };
}

parts! {
    #[cfg(feature = "rusqlite")]
    rusqlite: Sqlite<'d, rusqlite::Connection>;
    #[cfg(feature = "postgres")]
    postgres: Postgres<'d, postgres::Client>;
    #[cfg(feature = "tokio-postgres")]
    tokio_postgres: Postgres<'d, tokio_postgres::Client>;
}
