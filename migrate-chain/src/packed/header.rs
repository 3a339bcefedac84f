use super::format::{FORMAT_VERSION, Mismatch, Packed};
use super::reader::Reader;
use crate::Dialect;
use crate::fingerprint::Fingerprint;

/// What the table says before it comes to the revisions.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Header<'a> {
    /// The chain's name.
    pub name: &'a str,
    /// The versions directory as places show it.
    pub root: &'a str,
    dialects: u8,
    /// Option bits.
    options: u8,
    effective_heads: Reader<'a>,
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

/// A revision that no other stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
        header(self).map(|(header, _)| header)
    }
}

/// Reads what [`encode`](super::encode::encode) wrote, up to the revisions.
pub(super) fn header(packed: Packed<'_>) -> Result<(Header<'_>, Reader<'_>), Mismatch> {
    let mut reader = Reader {
        table: packed.table,
        text: packed.text,
        failed: false,
    };
    if reader.byte() != FORMAT_VERSION || reader.number() != packed.text.len() {
        return Err(Mismatch);
    }
    let name = reader.text();
    let root = reader.text();
    let dialects = reader.byte();
    reader.failed |= dialects >> Dialect::ALL.len() != 0;
    let options = reader.byte();
    let header = Header {
        name,
        root,
        dialects,
        options,
        effective_heads: reader,
    };
    let mut effective_heads = reader.number();
    while effective_heads > 0 && !reader.failed {
        effective_heads -= 1;
        effective_head(&mut reader, dialects);
    }
    if reader.failed {
        Err(Mismatch)
    } else {
        Ok((header, reader))
    }
}

/// Reads an effective head, with the fingerprint of each of the dialects in order.
fn effective_head<'a>(
    reader: &mut Reader<'a>,
    dialects: u8,
) -> (&'a str, Option<&'a str>, [Option<Fingerprint>; 2]) {
    let (id, alias) = (reader.text(), reader.optional());
    let mut fingerprints = [None; 2];
    for dialect in Dialect::ALL {
        if dialects & 1 << dialect.index() != 0 {
            fingerprints[dialect.index()] = Some(reader.fingerprint());
        }
    }
    (id, alias, fingerprints)
}

/// The [effective heads](Header::effective_heads) of a chain, read one by one.
#[derive(Debug, Clone)]
pub struct EffectiveHeads<'a> {
    reader: Reader<'a>,
    left: usize,
    dialects: u8,
    dialect: Dialect,
}

impl<'a> EffectiveHeads<'a> {
    fn new(header: &Header<'a>, dialect: Dialect) -> EffectiveHeads<'a> {
        let mut reader = header.effective_heads;
        EffectiveHeads {
            // `header` has read all of them once.
            left: if header.serves(dialect) {
                reader.number()
            } else {
                0
            },
            reader,
            dialects: header.dialects,
            dialect,
        }
    }
}

impl<'a> Iterator for EffectiveHeads<'a> {
    type Item = EffectiveHead<'a>;

    fn next(&mut self) -> Option<EffectiveHead<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (id, alias, fingerprints) = effective_head(&mut self.reader, self.dialects);
        Some(EffectiveHead {
            id,
            alias,
            fingerprint: fingerprints[self.dialect.index()]?,
        })
    }
}
