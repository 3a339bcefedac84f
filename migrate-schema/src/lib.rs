//! Models as structs, compared with what a chain of migrations makes.

mod error;
pub mod introspect;
pub mod model;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod scratch;
// Each database needs a part of it.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
#[cfg_attr(not(all(feature = "rusqlite", feature = "postgres")), allow(dead_code))]
mod sql;

pub use error::{Error, Result};
