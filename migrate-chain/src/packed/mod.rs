//! A checked chain as one text and one table of places in it: what the macro writes as two
//! constants, what a directory read at run time is turned into, and what the engine reads.
//!
//! The table starts with the chain's effective heads, so that a start that is up to date reads
//! no further.
//! `encode` and `decode` stand side by side; a property test
//! holds them together.

mod adoption;
mod decode;
mod encode;
mod format;
mod header;
mod reader;
mod varint;
mod writer;

pub(crate) use encode::encode;
pub use format::{Encoded, Mismatch, Packed, Piece};
pub use header::{EffectiveHead, EffectiveHeads, Header};
