//! What the attributes and options of all macros share: how one is read, and how mistakes are
//! collected.

pub(crate) mod entry;
pub(crate) mod errors;
pub(crate) mod options;
