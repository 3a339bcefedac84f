//! What PostgreSQL does in its own way.

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod commit_outcome;
pub(crate) mod invalid_index;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod row_lock;
pub(crate) mod session;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod transaction;
