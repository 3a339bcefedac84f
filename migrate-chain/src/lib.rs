//! Revision files and the chain they form.

mod dialect;
pub mod sql;

pub use dialect::{Dialect, UnknownDialect};
