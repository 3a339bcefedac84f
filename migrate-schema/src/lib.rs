//! Models as structs, compared with what a chain of migrations makes.

mod error;
pub mod introspect;
pub mod model;
#[allow(dead_code)]
mod sql;

pub use error::{Error, Result};
