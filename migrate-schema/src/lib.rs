//! Models as structs, compared with what a chain of migrations makes.

mod build;
pub mod diff;
mod error;
pub mod hints;
pub mod introspect;
pub mod model;
pub mod render;
pub mod revision;
#[allow(dead_code)]
mod sql;
mod text;

pub use error::{Error, Result};
