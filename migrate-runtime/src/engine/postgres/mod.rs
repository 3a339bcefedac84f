//! What PostgreSQL does in its own way.

#[cfg(feature = "_postgres")]
mod blockers;
#[cfg(feature = "_postgres")]
mod commit_outcome;
pub(crate) mod custom_settings;
pub(crate) mod invalid_index;
#[cfg(feature = "_postgres")]
pub(crate) mod lock_limit;
#[cfg(feature = "_postgres")]
mod long_lock;
#[cfg(feature = "_postgres")]
mod message;
#[cfg(feature = "_postgres")]
mod other_table;
#[cfg(feature = "_postgres")]
mod row_lock;
pub(crate) mod session;
#[cfg(feature = "_postgres")]
mod transaction;
#[cfg(feature = "_postgres")]
mod whereabouts;

#[cfg(feature = "_postgres")]
use crate::driver::{Class, DbError};

/// PostgreSQL through a connection of whichever driver.
#[cfg(feature = "_postgres")]
#[allow(missing_debug_implementations)]
pub(crate) struct Postgres<'c, C> {
    connection: &'c mut C,
    limits: lock_limit::LockLimits,
    /// True once a read outside a transaction may take more than one statement.
    is_patient: bool,
    /// True once a statement was cancelled, until the next one that is.
    was_cancelled: bool,
    /// What the app has set of its session, once that was read.
    pub(super) app_settings: Option<String>,
}

#[cfg(feature = "_postgres")]
impl<'c, C> Postgres<'c, C> {
    pub(crate) fn new(connection: &'c mut C) -> Postgres<'c, C> {
        Postgres {
            connection,
            limits: lock_limit::LockLimits::default(),
            is_patient: false,
            was_cancelled: false,
            app_settings: None,
        }
    }

    /// What the engine makes of an error outside a script. A server signals a backend twice for each request to cancel, and
    /// the second signal may come late and end the next statement, which nobody meant: it is worth another try.
    fn heard(&mut self, mut error: DbError) -> DbError {
        if error.code.as_deref() == Some("57014") && std::mem::take(&mut self.was_cancelled) {
            error.class = Class::Busy;
        }
        error
    }
}
