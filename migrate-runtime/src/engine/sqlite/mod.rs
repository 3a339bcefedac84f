//! What SQLite does in its own way.

pub(crate) mod foreign_keys;
#[cfg(feature = "rusqlite")]
mod page_cache;
#[cfg(feature = "rusqlite")]
mod transaction;
#[cfg(feature = "rusqlite")]
mod user_version;
