use std::ops::Range;

use super::{FORM, Mismatch, Opening, Packed, Tip, varint};
use crate::chain::{Action, Chain, Revision, Script};
use crate::file::{Direction, Language};
use crate::fingerprint::Fingerprint;
use crate::graph::Graph;
use crate::{Dialect, Properties};

/// Reads what [`encode`](super::encode::encode) wrote, up to the revisions.
pub(super) fn opening(packed: Packed<'_>) -> Result<(Opening<'_>, Reader<'_>), Mismatch> {
    let mut reader = Reader {
        table: packed.table,
        text: packed.text,
    };
    if reader.byte()? != FORM || reader.number()? != packed.text.len() {
        return Err(Mismatch);
    }
    let name = reader.text()?;
    let root = reader.text()?;
    let dialects = reader.byte()?;
    if dialects >> Dialect::ALL.len() != 0 {
        return Err(Mismatch);
    }
    let options = reader.byte()?;
    let tips = reader;
    let opening = Opening {
        name,
        root,
        dialects,
        options,
        tips,
    };
    for _ in 0..reader.number()? {
        reader.text()?;
        reader.optional()?;
        for _ in 0..dialects.count_ones() {
            reader.fingerprint()?;
        }
    }
    Ok((opening, reader))
}

/// Reads all of it.
pub(super) fn decode(packed: Packed<'_>) -> Result<Chain<'_>, Mismatch> {
    let (opening, mut reader) = opening(packed)?;
    let count = reader.number()?;
    let dialects: Vec<Dialect> = (Dialect::ALL.into_iter())
        .filter(|&dialect| opening.serves(dialect))
        .collect();
    // Never trust a count with memory: each revision takes more than a byte.
    if count > reader.table.len() {
        return Err(Mismatch);
    }
    let mut graph = Graph::default();
    let mut revisions = Vec::with_capacity(count);
    for at in 0..count {
        let (revision, parents, dependencies) = revision(&mut reader, at, &dialects)?;
        graph.parents.push(parents);
        graph.dependencies.push(dependencies);
        revisions.push(revision);
    }
    if !reader.table.is_empty() {
        return Err(Mismatch);
    }
    Ok(Chain::new(opening, dialects, revisions, graph))
}

type Parts<'a> = (Revision<'a>, Vec<usize>, Vec<usize>);

fn revision<'a>(
    reader: &mut Reader<'a>,
    at: usize,
    dialects: &[Dialect],
) -> Result<Parts<'a>, Mismatch> {
    let start = reader.number()?;
    let len = reader.number()?;
    let end = start.checked_add(len).ok_or(Mismatch)?;
    let text = reader.text;
    // From here on places count from the start of the block.
    reader.text = text.get(start..end).ok_or(Mismatch)?;
    let path_len = reader.number()?;
    let (path, file) = reader.text.split_at_checked(path_len).ok_or(Mismatch)?;
    let language = match reader.byte()? {
        0 => Language::Sql,
        1 => Language::Rust,
        _ => return Err(Mismatch),
    };
    let id = reader.text()?;
    let message = reader.text()?;
    let created = reader.optional()?;
    let version = reader.optional()?;
    let breaking = reader.optional()?;
    let code_content = reader.optional()?;
    let parents = reader.positions(at)?;
    let dependencies = reader.positions(at)?;
    let labels = reader.texts()?;
    let replaces = reader.texts()?;
    let rank = reader.number()?;
    let mut fingerprints = [None; 2];
    for dialect in dialects {
        fingerprints[dialect.index()] = Some(reader.fingerprint()?);
    }
    let mut actions = [const { [const { Action::Absent }; 2] }; 2];
    for dialect in dialects {
        for direction in Direction::BOTH {
            actions[dialect.index()][direction as usize] = action(reader, path_len)?;
        }
    }
    reader.text = text;
    let revision = Revision {
        id,
        message,
        path,
        language,
        created,
        version,
        breaking,
        code_content,
        labels,
        replaces,
        file,
        rank,
        fingerprints,
        actions,
    };
    Ok((revision, parents, dependencies))
}

fn action<'a>(reader: &mut Reader<'a>, path_len: usize) -> Result<Action<'a>, Mismatch> {
    let tag = reader.byte()?;
    if tag == 0 {
        return Ok(Action::Absent);
    }
    let properties = Properties::from_bits(reader.byte()?).ok_or(Mismatch)?;
    Ok(match tag {
        1 => {
            let range = reader.range()?;
            let text = reader.text.get(range.clone()).ok_or(Mismatch)?;
            let adds_enum_value = reader.byte()? != 0;
            let mut statements = Vec::new();
            for _ in 0..reader.number()? {
                let statement = reader.range()?;
                text.get(statement.clone()).ok_or(Mismatch)?;
                statements.push(statement);
            }
            Action::Script(Script {
                text,
                offset: range.start.checked_sub(path_len).ok_or(Mismatch)?,
                properties,
                adds_enum_value,
                statements,
            })
        }
        2 => Action::Nothing,
        3 => Action::Code(properties),
        4 => Action::Irreversible(reader.text()?),
        _ => return Err(Mismatch),
    })
}

/// Reads the table from front to back; whatever it holds, nothing panics.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    table: &'a [u8],
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Mismatch> {
        let (&byte, rest) = self.table.split_first().ok_or(Mismatch)?;
        self.table = rest;
        Ok(byte)
    }

    fn number(&mut self) -> Result<usize, Mismatch> {
        let (value, len) = varint::read(self.table).ok_or(Mismatch)?;
        self.table = self.table.get(len..).ok_or(Mismatch)?;
        Ok(value)
    }

    fn range(&mut self) -> Result<Range<usize>, Mismatch> {
        let start = self.number()?;
        let end = start.checked_add(self.number()?).ok_or(Mismatch)?;
        Ok(start..end)
    }

    fn text(&mut self) -> Result<&'a str, Mismatch> {
        let range = self.range()?;
        self.text.get(range).ok_or(Mismatch)
    }

    fn optional(&mut self) -> Result<Option<&'a str>, Mismatch> {
        let Some(len) = self.number()?.checked_sub(1) else {
            return Ok(None);
        };
        let start = self.number()?;
        let end = start.checked_add(len).ok_or(Mismatch)?;
        self.text.get(start..end).map(Some).ok_or(Mismatch)
    }

    fn texts(&mut self) -> Result<Vec<&'a str>, Mismatch> {
        let count = self.number()?;
        (0..count).map(|_| self.text()).collect()
    }

    /// Positions of earlier revisions.
    fn positions(&mut self, before: usize) -> Result<Vec<usize>, Mismatch> {
        let count = self.number()?;
        let one = |reader: &mut Self| {
            reader
                .number()
                .ok()
                .filter(|&at| at < before)
                .ok_or(Mismatch)
        };
        (0..count).map(|_| one(self)).collect()
    }

    fn fingerprint(&mut self) -> Result<Fingerprint, Mismatch> {
        let (bytes, rest) = self.table.split_first_chunk().ok_or(Mismatch)?;
        self.table = rest;
        Ok(Fingerprint::from_bytes(*bytes))
    }
}

/// The [tips](Opening::tips) of a chain.
#[derive(Debug, Clone)]
pub struct Tips<'a> {
    reader: Reader<'a>,
    left: usize,
    dialects: u8,
    dialect: Dialect,
}

impl<'a> Tips<'a> {
    pub(super) fn new(opening: &Opening<'a>, dialect: Dialect) -> Tips<'a> {
        let mut reader = opening.tips;
        Tips {
            // `opening` has read all of them once.
            left: if opening.serves(dialect) {
                reader.number().unwrap_or(0)
            } else {
                0
            },
            reader,
            dialects: opening.dialects,
            dialect,
        }
    }

    fn read(&mut self) -> Result<Tip<'a>, Mismatch> {
        let id = self.reader.text()?;
        let alias = self.reader.optional()?;
        let mut found = None;
        for dialect in Dialect::ALL {
            if self.dialects & 1 << dialect.index() != 0 {
                let fingerprint = self.reader.fingerprint()?;
                if dialect == self.dialect {
                    found = Some(fingerprint);
                }
            }
        }
        Ok(Tip {
            id,
            alias,
            fingerprint: found.ok_or(Mismatch)?,
        })
    }
}

impl<'a> Iterator for Tips<'a> {
    type Item = Tip<'a>;

    fn next(&mut self) -> Option<Tip<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.read().ok()
    }
}
