//! What SQLite does in its own way.

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
pub(crate) struct Sqlite<'c, C>(pub(crate) &'c mut C);
