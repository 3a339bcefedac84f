//! Models as structs, compared with what a chain of migrations makes.

pub mod ddl;
pub mod hints;
pub mod model;
