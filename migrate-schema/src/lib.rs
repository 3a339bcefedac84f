//! Models as structs, compared with what a chain of migrations makes.

mod build;
pub mod ddl;
pub mod diff;
mod error;
pub mod hazards;
pub mod hints;
pub mod introspect;
pub mod model;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod models;
pub mod operation;
pub mod render;
pub mod revision;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod scratch;
// Each database needs a part of it.
#[cfg_attr(not(all(feature = "rusqlite", feature = "postgres")), allow(dead_code))]
mod sql;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod testing;
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub mod trial;

pub use error::{Error, Result};
