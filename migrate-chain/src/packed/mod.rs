//! A checked chain as one text and one table of places in it: what the macro writes as two
//! constants, what a directory read at run time is turned into, and what the engine reads.
//!
//! The table starts with the chain's effective heads, so that a start that is up to date reads
//! no further.
//! `encode` and `decode` stand side by side; a property test
//! holds them together.

mod decode;
mod encode;
mod varint;

pub(crate) use encode::encode;

use crate::Dialect;
use crate::chain::Chain;
use crate::fingerprint::Fingerprint;

/// The first byte of the table: changes with the table's form.
const FORMAT_VERSION: u8 = 1;

/// A part of the text of a packed chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Given here.
    Literal(String),
    /// The text of a file of the versions directory, by its path there.
    File(String),
}

/// A checked chain before its text is joined: what the macro turns into `concat!` and
/// `include_str!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The parts of the text, in order.
    pub pieces: Vec<Piece>,
    /// The table.
    pub table: Vec<u8>,
}

/// A checked chain: a text and a table of places in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    /// The files in chain order, each after its path.
    pub text: &'a str,
    /// Places in the text, and hashes.
    pub table: &'a [u8],
}

/// A table that doesn't fit its text: a revision file changed while it was compiled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the compiled-in revisions don't fit their table: a file changed during the build; build again")
    }
}

impl std::error::Error for Mismatch {}

/// What the table says before it comes to the revisions.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The chain's name.
    pub name: &'a str,
    /// The versions directory as places show it.
    pub root: &'a str,
    dialects: u8,
    /// Option bits.
    options: u8,
    effective_heads: decode::Reader<'a>,
}

impl<'a> Header<'a> {
    /// True when every revision serves the dialect.
    pub fn serves(&self, dialect: Dialect) -> bool {
        self.dialects & 1 << dialect.index() != 0
    }

    /// True when the chain may have several heads.
    pub fn multiple_heads(&self) -> bool {
        self.options & 1 != 0
    }

    /// The effective heads: revisions that no other stands on, which is what a database at the end of the chain has
    /// recorded. Allocates nothing.
    pub fn effective_heads(&self, dialect: Dialect) -> EffectiveHeads<'a> {
        EffectiveHeads::new(self, dialect)
    }
}

pub use decode::EffectiveHeads;

/// A revision that no other stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveHead<'a> {
    /// Its id.
    pub id: &'a str,
    /// Of a squash: the last revision it replaces, whose record means the same.
    pub alias: Option<&'a str>,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

impl<'a> Packed<'a> {
    /// Reads the start of the table; allocates nothing.
    ///
    /// # Errors
    ///
    /// The table doesn't fit the text.
    pub fn header(self) -> Result<Header<'a>, Mismatch> {
        decode::header(self).map(|(header, _)| header)
    }

    /// Reads the whole table.
    ///
    /// # Errors
    ///
    /// The table doesn't fit the text.
    pub fn chain(self) -> Result<Chain<'a>, Mismatch> {
        decode::decode(self)
    }
}
