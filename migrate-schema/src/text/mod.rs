//! SQL as text: names that are quoted where they must be, and names found in texts that the
//! database wrote.

mod keywords;
mod quote;
mod words;

pub(crate) use quote::{bare, ident, idents, literal};
pub(crate) use words::{Named, holds, mentions, rename_literals, replace, words};
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) use words::{numbers, texts};
