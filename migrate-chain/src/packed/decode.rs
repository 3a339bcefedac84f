use std::ops::Range;

use super::{EffectiveHead, FORMAT_VERSION, Header, Mismatch, Packed, varint};
use crate::chain::{Action, Chain, Revision, Script};
use crate::file::{Direction, Language};
use crate::fingerprint::Fingerprint;
use crate::graph::Graph;
use crate::{Dialect, Properties};

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
    match reader.failed {
        false => Ok((header, reader)),
        true => Err(Mismatch),
    }
}

/// Reads all of it.
pub(super) fn decode(packed: Packed<'_>) -> Result<Chain<'_>, Mismatch> {
    let (header, mut reader) = header(packed)?;
    let count = reader.number();
    let dialects: Vec<Dialect> = (Dialect::ALL.into_iter())
        .filter(|&dialect| header.serves(dialect))
        .collect();
    let mut graph = Graph::default();
    // Never trust a count with memory: each revision takes more than a byte.
    let mut revisions = Vec::with_capacity(count.min(reader.table.len()));
    while revisions.len() < count && !reader.failed {
        let revision = revision(&mut reader, &dialects, &mut graph);
        revisions.push(revision);
    }
    if reader.failed || !reader.table.is_empty() {
        return Err(Mismatch);
    }
    Ok(Chain::new(header, dialects, revisions, graph))
}

/// Reads the next revision; what it stands on goes to the graph.
fn revision<'a>(reader: &mut Reader<'a>, dialects: &[Dialect], graph: &mut Graph) -> Revision<'a> {
    let text = reader.text;
    // From here on places count from the start of the block.
    reader.text = reader.text();
    let path_len = reader.number();
    let (path, file) = match reader.text.split_at_checked(path_len) {
        Some(split) => split,
        None => reader.fail(("", "")),
    };
    let language = match reader.byte() {
        0 => Language::Sql,
        1 => Language::Rust,
        _ => reader.fail(Language::Sql),
    };
    let id = reader.text();
    let message = reader.text();
    let created = reader.optional();
    let version = reader.optional();
    let breaking = reader.optional();
    let code_content = reader.optional();
    let before = graph.parents.len();
    graph
        .parents
        .push(reader.list(|reader| reader.position(before)));
    let dependencies = reader.list(|reader| reader.position(before));
    graph.dependencies.push(dependencies);
    let labels = reader.list(Reader::text);
    let replaces = reader.list(Reader::text);
    let file_order = reader.number();
    let mut fingerprints = [None; 2];
    for dialect in dialects {
        fingerprints[dialect.index()] = Some(reader.fingerprint());
    }
    let mut actions = [const { [const { Action::Absent }; 2] }; 2];
    for dialect in dialects {
        for direction in Direction::BOTH {
            actions[dialect.index()][direction as usize] = action(reader, path_len);
        }
    }
    reader.text = text;
    Revision {
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
        file_order,
        fingerprints,
        actions,
    }
}

#[inline(never)]
fn action<'a>(reader: &mut Reader<'a>, path_len: usize) -> Action<'a> {
    let tag = reader.byte();
    if tag == 0 {
        return Action::Absent;
    }
    let properties = match Properties::from_bits(reader.byte()) {
        Some(properties) => properties,
        None => reader.fail(Properties::default()),
    };
    match tag {
        1 => {
            let (text, range) = reader.place();
            let adds_enum_value = reader.byte() != 0;
            let statements = reader.list(|reader| {
                let statement = reader.range();
                match text.get(statement.clone()) {
                    Some(_) => statement,
                    None => reader.fail(0..0),
                }
            });
            Action::Script(Script {
                text,
                offset: match range.start.checked_sub(path_len) {
                    Some(offset) => offset,
                    None => reader.fail(0),
                },
                properties,
                adds_enum_value,
                statements,
            })
        }
        2 => Action::Nothing,
        3 => Action::Code(properties),
        4 => Action::Irreversible(reader.text()),
        _ => reader.fail(Action::Absent),
    }
}

/// Reads the table from front to back; whatever it holds, nothing panics. What can't be read is
/// empty, and the reader has failed: who reads asks in the end, and before it goes round again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    table: &'a [u8],
    text: &'a str,
    failed: bool,
}

impl<'a> Reader<'a> {
    fn fail<T>(&mut self, empty: T) -> T {
        self.failed = true;
        empty
    }

    fn byte(&mut self) -> u8 {
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
    fn number(&mut self) -> usize {
        match varint::read(self.table) {
            Some((value, len)) => {
                self.table = self.table.get(len..).unwrap_or_default();
                value
            }
            None => self.fail(0),
        }
    }

    fn range(&mut self) -> Range<usize> {
        let start = self.number();
        match start.checked_add(self.number()) {
            Some(end) => start..end,
            None => self.fail(0..0),
        }
    }

    fn part(&mut self, range: Range<usize>) -> &'a str {
        match self.text.get(range) {
            Some(text) => text,
            None => self.fail(""),
        }
    }

    fn place(&mut self) -> (&'a str, Range<usize>) {
        let range = self.range();
        (self.part(range.clone()), range)
    }

    fn text(&mut self) -> &'a str {
        self.place().0
    }

    fn optional(&mut self) -> Option<&'a str> {
        let len = self.number().checked_sub(1)?;
        let start = self.number();
        Some(self.part(start..start.saturating_add(len)))
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.number();
        let mut list = Vec::new();
        while list.len() < count && !self.failed {
            list.push(read(self));
        }
        list
    }

    /// The position of an earlier revision.
    fn position(&mut self, before: usize) -> usize {
        match self.number() {
            at if at < before => at,
            _ => self.fail(0),
        }
    }

    #[inline(never)]
    fn fingerprint(&mut self) -> Fingerprint {
        match self.table.split_first_chunk() {
            Some((bytes, rest)) => {
                self.table = rest;
                Fingerprint::from_bytes(*bytes)
            }
            None => self.fail(Fingerprint::from_bytes([0; 32])),
        }
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
    pub(super) fn new(header: &Header<'a>, dialect: Dialect) -> EffectiveHeads<'a> {
        let mut reader = header.effective_heads;
        EffectiveHeads {
            // `header` has read all of them once.
            left: match header.serves(dialect) {
                true => reader.number(),
                false => 0,
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
