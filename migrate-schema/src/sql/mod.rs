//! SQL as text: tokens and a cursor over them, names in quotes, one spelling for what means the same, and names that
//! follow a rename.

pub(crate) mod cursor;
mod keywords;
pub(crate) mod names;
pub(crate) mod naming;
pub(crate) mod normal;
pub(crate) mod qualified;
pub(crate) mod renames;
mod settled;
mod volatile;

pub(crate) use names::{ident, idents, literal};
pub(crate) use naming::server as server_name;
pub(crate) use qualified::relation;
pub(crate) use renames::{Named, holds, mentions, mentions_relation, rename_literals, replace};
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) use renames::{numbers, texts};
pub(crate) use settled::settled;
pub(crate) use volatile::is_volatile;
