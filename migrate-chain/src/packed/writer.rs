use std::ops::Range;

use super::varint;

/// Writes the table from front to back; [`Reader`](super::reader::Reader) reads it.
#[derive(Default)]
pub(super) struct Out(pub(super) Vec<u8>);

impl Out {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn number(&mut self, value: usize) {
        varint::write(&mut self.0, value);
    }

    pub(super) fn range(&mut self, range: &Range<usize>) {
        self.number(range.start);
        self.number(range.len());
    }

    /// A length one larger than it is, so that 0 means none.
    pub(super) fn optional(&mut self, range: Option<&Range<usize>>) {
        match range {
            None => self.number(0),
            Some(range) => {
                self.number(range.len() + 1);
                self.number(range.start);
            }
        }
    }
}
