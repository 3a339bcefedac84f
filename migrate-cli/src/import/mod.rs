//! Histories of other tools: a reader for each, the text of a revision, and the proof that both do the same.
//!
//! A reader (`tools/`) knows the names, the order, the annotations and the checksums of one tool, and gives a [`History`].
//! What follows (`section`, `draft`, `original`) knows no tool.

mod adopt;
mod checksum;
mod draft;
mod folder;
mod history;
mod original;
mod recognise;
mod section;
mod tools;

pub(crate) use adopt::AdoptSql;
pub(crate) use draft::{Downgrade, Draft, Drafted, draft};
pub(crate) use folder::Source;
pub(crate) use history::{History, Refused, Settings, Step};
pub(crate) use original::{before, originals};
pub(crate) use recognise::{dialect, recognise};
pub(crate) use tools::Tool;
