//! What `adopt.sql` and the keys `adopts` say, as a table of its own: a chain that adopts nothing has none.

use std::ops::Range;

use super::format::{Mismatch, Packed};
use super::reader::Reader;
use super::writer::Out;
use crate::Dialect;
use crate::adoption::{AdoptedKey, Adoption, AdoptionScript, AdoptionScripts};
use crate::file::{AdoptFile, Purpose};
use crate::parsed::ParsedChain;

/// Writes the table; `blocks` tells where each revision's header starts in the text, and `file` where `adopt.sql` does.
pub(super) fn encode(
    parsed: &ParsedChain<'_>,
    adopt: &AdoptFile,
    blocks: &[usize],
    file: &Range<usize>,
) -> Vec<u8> {
    let mut out = Out::default();
    let shifted = |range: &Range<usize>, by: usize| range.start + by..range.end + by;
    let here = |range: &Range<usize>| shifted(range, file.start);
    out.range(file);
    out.range(&adopt.tool.as_ref().map_or(0..0, here));
    out.optional(adopt.table.iter().flatten().map(here).next().as_ref());
    out.number(adopt.without.len());
    adopt.without.iter().for_each(|key| out.range(&here(key)));
    for &dialect in &parsed.dialects {
        for purpose in Purpose::ALL {
            let section = adopt.section(purpose, dialect);
            let script = section.and_then(|section| section.script.as_ref());
            out.optional(script.map(here).as_ref());
        }
    }
    out.number(parsed.order.len());
    for &index in &parsed.order {
        let header = |range: &Range<usize>| shifted(range, blocks[index]);
        let keys = &parsed.files[index].header.adopts;
        out.number(keys.len());
        for adopted in keys {
            let crate::file::AdoptedKey { key, sums, name } = adopted;
            out.range(&header(key));
            out.number(sums.len());
            sums.iter().for_each(|sum| out.range(&header(sum)));
            out.optional(name.as_ref().map(header).as_ref());
        }
    }
    out.0
}

impl<'a> Packed<'a> {
    /// The text of `adopt.sql`, where there is one.
    pub fn adopt_sql(self) -> Option<&'a str> {
        let mut reader = Reader {
            table: self.adoption,
            text: self.text,
            failed: self.adoption.is_empty(),
        };
        let text = reader.text();
        (!reader.failed).then_some(text)
    }

    /// What is known of another tool whose databases the chain takes over; `None`: it takes over none.
    ///
    /// # Errors
    ///
    /// The table doesn't fit the text.
    pub fn adoption(self) -> Result<Option<Adoption<'a>>, Mismatch> {
        if self.adoption.is_empty() {
            return Ok(None);
        }
        let header = self.header()?;
        let mut reader = Reader {
            table: self.adoption,
            text: self.text,
            failed: false,
        };
        let (text, file) = reader.place();
        let tool = reader.text();
        let table = reader.optional();
        let without = reader.list(Reader::text);
        let mut scripts = [AdoptionScripts::default(); 2];
        for dialect in Dialect::ALL {
            if header.serves(dialect) {
                scripts[dialect.index()] = AdoptionScripts {
                    applied: script(&mut reader, file.start),
                    record: script(&mut reader, file.start),
                    unrecord: script(&mut reader, file.start),
                };
            }
        }
        let keys = reader.list(|reader| {
            reader.list(|reader| AdoptedKey {
                key: reader.text(),
                sums: reader.list(Reader::text),
                name: reader.optional(),
            })
        });
        if reader.failed || !reader.table.is_empty() {
            return Err(Mismatch);
        }
        Ok(Some(Adoption {
            tool,
            table,
            without,
            keys,
            text,
            scripts,
        }))
    }
}

fn script<'a>(reader: &mut Reader<'a>, file: usize) -> Option<AdoptionScript<'a>> {
    let (text, range) = reader.optional_place()?;
    match range.start.checked_sub(file) {
        Some(offset) => Some(AdoptionScript { text, offset }),
        None => reader.fail(None),
    }
}
