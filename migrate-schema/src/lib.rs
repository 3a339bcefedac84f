//! Models as structs, compared with what a chain of migrations makes.

mod error;
pub mod introspect;
pub mod model;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod scratch;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
mod sql;

pub use error::{Error, Result};
