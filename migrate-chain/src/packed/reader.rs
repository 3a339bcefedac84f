use std::ops::Range;

use super::varint;
use crate::fingerprint::Fingerprint;

/// Reads the table from front to back; whatever it holds, nothing panics. What can't be read is
/// empty, and the reader has failed: who reads asks in the end, and before it goes round again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) table: &'a [u8],
    pub(super) text: &'a str,
    pub(super) failed: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn fail<T>(&mut self, empty: T) -> T {
        self.failed = true;
        empty
    }

    pub(super) fn byte(&mut self) -> u8 {
        match self.table.split_first() {
            Some((&byte, rest)) => {
                self.table = rest;
                byte
            }
            None => self.fail(0),
        }
    }

    /// Never inlined, because two dozen places call it.
    #[inline(never)]
    pub(super) fn number(&mut self) -> usize {
        match varint::read(self.table) {
            Some((value, len)) => {
                self.table = self.table.get(len..).unwrap_or_default();
                value
            }
            None => self.fail(0),
        }
    }

    pub(super) fn range(&mut self) -> Range<usize> {
        let start = self.number();
        match start.checked_add(self.number()) {
            Some(end) => start..end,
            None => self.fail(0..0),
        }
    }

    pub(super) fn part(&mut self, range: Range<usize>) -> &'a str {
        match self.text.get(range) {
            Some(text) => text,
            None => self.fail(""),
        }
    }

    pub(super) fn place(&mut self) -> (&'a str, Range<usize>) {
        let range = self.range();
        (self.part(range.clone()), range)
    }

    pub(super) fn text(&mut self) -> &'a str {
        self.place().0
    }

    pub(super) fn optional(&mut self) -> Option<&'a str> {
        self.optional_place().map(|(text, _)| text)
    }

    pub(super) fn optional_place(&mut self) -> Option<(&'a str, Range<usize>)> {
        let len = self.number().checked_sub(1)?;
        let start = self.number();
        let range = start..start.saturating_add(len);
        Some((self.part(range.clone()), range))
    }

    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.number();
        let mut list = Vec::new();
        while list.len() < count && !self.failed {
            list.push(read(self));
        }
        list
    }

    /// The position of an earlier revision.
    pub(super) fn position(&mut self, before: usize) -> usize {
        match self.number() {
            at if at < before => at,
            _ => self.fail(0),
        }
    }

    #[inline(never)]
    pub(super) fn fingerprint(&mut self) -> Fingerprint {
        match self.table.split_first_chunk() {
            Some((bytes, rest)) => {
                self.table = rest;
                Fingerprint::from_bytes(*bytes)
            }
            None => self.fail(Fingerprint::from_bytes([0; 32])),
        }
    }
}
