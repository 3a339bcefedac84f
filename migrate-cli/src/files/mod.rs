//! Writing to a versions directory, safely: every edit is tried in memory first, written to a
//! temporary file and renamed, and nothing of a person's is overwritten.

mod clock;
mod directory;
mod edit;
mod header;
mod identifier;
mod lock;
mod name;
mod slug;
mod template;
mod write;

pub(crate) use clock::{Utc, now};
pub(crate) use directory::Directory;
pub(crate) use edit::Edit;
pub(crate) use header::set_key;
pub(crate) use identifier::new_id;
pub(crate) use name::Name;
pub(crate) use template::{Language, NewRevision};
pub(crate) use write::create;
