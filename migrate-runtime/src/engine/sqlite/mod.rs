//! What SQLite does in its own way.

#[cfg(feature = "rusqlite")]
mod busy_timeout;
#[cfg(feature = "rusqlite")]
mod drop_table;
pub(crate) mod foreign_keys;
#[cfg(feature = "rusqlite")]
mod page_cache;
#[cfg(feature = "rusqlite")]
mod script;
#[cfg(feature = "rusqlite")]
mod transaction;
#[cfg(feature = "rusqlite")]
mod user_version;

/// SQLite through a connection of whichever driver.
#[cfg(feature = "rusqlite")]
#[allow(missing_debug_implementations)]
pub(crate) struct Sqlite<'c, C: crate::driver::Driver>(
    pub(crate) &'c mut C,
    busy_timeout::BusyTimeout,
);

#[cfg(feature = "rusqlite")]
impl<'c, C: crate::driver::Driver> Sqlite<'c, C> {
    pub(crate) fn new(connection: &'c mut C) -> Sqlite<'c, C> {
        Sqlite(connection, busy_timeout::BusyTimeout::default())
    }
}
