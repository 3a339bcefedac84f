//! Models as structs, compared with what a chain of migrations makes.

mod build;
pub mod diff;
pub mod hints;
pub mod model;
pub mod render;
pub mod revision;
mod text;
