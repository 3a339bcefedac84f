//! What PostgreSQL does in its own way.

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod blockers;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod commit_outcome;
pub(crate) mod invalid_index;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub(crate) mod lock_limit;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod message;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod row_lock;
pub(crate) mod session;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod transaction;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod whereabouts;

/// PostgreSQL through a connection of whichever driver.
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
#[allow(missing_debug_implementations)]
pub(crate) struct Postgres<'c, C>(pub(crate) &'c mut C, lock_limit::LockLimits);

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
impl<'c, C> Postgres<'c, C> {
    pub(crate) fn new(connection: &'c mut C) -> Postgres<'c, C> {
        Postgres(connection, lock_limit::LockLimits::default())
    }
}
