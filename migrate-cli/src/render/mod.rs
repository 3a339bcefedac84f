//! How things look: Alembic's forms, JSON, colours, the graph, progress.

pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod github;
pub(crate) mod graph;
pub(crate) mod json;
pub(crate) mod progress;
mod streams;
mod style;

pub(crate) use streams::{Format, Streams, Tty};
pub(crate) use style::{Style, When};

use std::borrow::Cow;

use migrate_chain::escaped;

/// A text from a file or a database within a line: as [`escaped`], and it can't begin a line of its own.
pub(crate) fn inline(text: &str) -> Cow<'_, str> {
    match escaped(text) {
        text if text.contains('\n') => Cow::Owned(text.replace('\n', "\\u{a}")),
        text => text,
    }
}
