//! The leading comment block of a revision file.

mod block;
mod fields;
mod read;

pub(crate) use fields::Header;
pub(super) use read::{rust, sql};
