/// The first byte of the table: changes with the table's form.
pub(super) const FORMAT_VERSION: u8 = 1;

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
#[non_exhaustive]
pub struct Encoded {
    /// The parts of the text, in order.
    pub pieces: Vec<Piece>,
    /// The table.
    pub table: Vec<u8>,
    /// The table of what is adopted; empty where nothing is.
    pub adoption: Vec<u8>,
}

/// A checked chain: a text and a table of places in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed<'a> {
    /// The files in chain order, each after its path.
    pub text: &'a str,
    /// Places in the text, and hashes.
    pub table: &'a [u8],
    /// Places of what is adopted; empty where nothing is.
    pub adoption: &'a [u8],
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
