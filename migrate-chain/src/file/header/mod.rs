//! The leading comment block of a revision file.

mod adopts;
mod block;
mod fields;
mod read;

pub(crate) use adopts::AdoptedKey;
pub(crate) use fields::Header;
pub(super) use read::{rust, sql};
