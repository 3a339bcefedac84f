//! What introspection knows of SQL: tokens, a cursor over them, and one spelling for what means the same.

pub(crate) mod cursor;
pub(crate) mod names;
pub(crate) mod naming;
pub(crate) mod normal;
