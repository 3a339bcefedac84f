//! Models as structs, compared with what a chain of migrations makes.

pub mod model;
