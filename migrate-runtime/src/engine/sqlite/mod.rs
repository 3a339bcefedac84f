//! What SQLite does in its own way.

#[cfg(feature = "_sqlite")]
mod busy_timeout;
#[cfg(feature = "_sqlite")]
pub(crate) mod drop_table;
pub(crate) mod foreign_keys;
#[cfg(feature = "_sqlite")]
mod page_cache;
#[cfg(feature = "_sqlite")]
mod script;
#[cfg(feature = "_sqlite")]
mod session;
#[cfg(feature = "_sqlite")]
mod transaction;
#[cfg(feature = "_sqlite")]
mod user_version;

/// SQLite through a connection of whichever driver.
#[cfg(feature = "_sqlite")]
#[allow(missing_debug_implementations)]
pub(crate) struct Sqlite<'c, C: crate::driver::Driver> {
    connection: &'c mut C,
    busy_timeout: busy_timeout::BusyTimeout,
}

#[cfg(feature = "_sqlite")]
impl<'c, C: crate::driver::Driver> Sqlite<'c, C> {
    pub(crate) fn new(connection: &'c mut C) -> Sqlite<'c, C> {
        Sqlite {
            connection,
            busy_timeout: busy_timeout::BusyTimeout::default(),
        }
    }
}
