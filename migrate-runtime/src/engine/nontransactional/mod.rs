//! Steps outside a transaction: statement by statement, with their progress recorded.

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod hold;
pub(crate) mod lock;
mod progress;
pub(crate) mod resolve;
mod step;
