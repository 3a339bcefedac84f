//! Writing to a versions directory, safely: every edit is tried in memory first, written to a
//! temporary file and renamed, and nothing of a person's is overwritten.

mod clock;
mod directory;
mod edit;
mod identifier;
mod lock;
mod name;
pub(crate) mod placeholder;
mod slug;
mod template;
mod write;

pub(crate) use clock::now;
pub(crate) use directory::Directory;
pub(crate) use edit::Edit;
pub(crate) use identifier::new_id;
pub(crate) use lock::has_conflict;
pub(crate) use name::Name;
#[cfg(feature = "models")]
pub(crate) use slug::slug;
pub(crate) use template::blank;
#[cfg(feature = "models")]
pub(crate) use template::generated;
pub(crate) use write::create;
#[cfg(feature = "models")]
pub(crate) use write::replace;
