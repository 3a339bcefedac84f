//! A schema as a picture: tables as boxes, foreign keys as lines from row to row.
//!
//! [`Diagram`] is what is drawn, with what a revision adds, changes and removes; [`layout`] gives each box a place and each
//! line a way, in whole pixels, so that the same schema is the same picture to the byte; [`svg`] writes it down.

mod diagram;
mod foreign_keys;
mod layout;
mod measure;
pub(crate) mod mermaid;
mod svg;
#[cfg(test)]
mod tests;

pub(crate) use diagram::Diagram;
pub(crate) use svg::svg;
