use std::ops::Range;

use super::adoption;
use super::format::{Encoded, FORMAT_VERSION, Piece};
use super::writer::Out;
use crate::file::{Body, RevisionFile};
use crate::fingerprint::Fingerprint;
use crate::parsed::ParsedChain;
use crate::{Dialect, Direction, Language, Properties, SourceFile, Transaction};

/// Writes a chain that passed every check.
pub(crate) fn encode(parsed: &ParsedChain<'_>) -> Encoded {
    let options = parsed.options;
    let mut text = Text::default();
    let name = text.literal(&options.name);
    let root = text.literal(&options.root);

    let fingerprints = fingerprints(parsed);
    let mut position = vec![0; parsed.files.len()];
    for (at, &index) in parsed.order.iter().enumerate() {
        position[index] = at;
    }
    let mut blocks = vec![0; parsed.files.len()];
    let mut revisions = Out::default();
    for &index in &parsed.order {
        blocks[index] = text.len;
        let file = &parsed.files[index];
        revision(
            &mut revisions,
            &mut text,
            parsed,
            file,
            index,
            &position,
            &fingerprints[index],
        );
    }

    // Behind the revisions, whose places stay the same.
    let adoption = match &parsed.adopt {
        Some(adopt) => {
            let file = text.source(&adopt.source);
            let starts = blocks.iter().zip(&parsed.files);
            let starts: Vec<usize> = starts
                .map(|(block, file)| block + file.source.path.len())
                .collect();
            adoption::encode(parsed, adopt, &starts, &file)
        }
        None => Vec::new(),
    };
    let effective_heads: Vec<usize> = (parsed.order.iter().copied())
        .filter(|&index| parsed.required_by.of_node(index).is_empty())
        .collect();
    let mut out = Out(vec![FORMAT_VERSION]);
    out.number(text.len);
    out.range(&name);
    out.range(&root);
    out.byte(
        parsed
            .dialects
            .iter()
            .fold(0, |bits, dialect| bits | 1 << dialect.index()),
    );
    out.byte(u8::from(options.multiple_heads));
    out.number(effective_heads.len());
    for index in effective_heads {
        let file = &parsed.files[index];
        // The text of a file stands after its path.
        let start = blocks[index] + file.source.path.len();
        let shift = |range: &Range<usize>| start + range.start..start + range.end;
        out.range(&shift(&file.header.revision));
        out.optional(file.header.replaces.last().map(shift).as_ref());
        fingerprints[index]
            .iter()
            .for_each(|f| out.0.extend(f.as_bytes()));
    }
    out.number(parsed.order.len());
    out.0.append(&mut revisions.0);
    Encoded {
        pieces: text.pieces,
        table: out.0,
        adoption,
    }
}

/// One revision; its ranges count from the start of its block: the path, then the file's text.
fn revision(
    out: &mut Out,
    text: &mut Text,
    parsed: &ParsedChain<'_>,
    file: &RevisionFile,
    index: usize,
    position: &[usize],
    fingerprints: &[Fingerprint],
) {
    let path = text.literal(&file.source.path);
    let block = path.start;
    let file_text = match file.language {
        Language::Sql => text.source(&file.source),
        // The compiler reads the source; the engine needs its header only.
        Language::Rust => text.literal(file.text(&(0..file.header.end))),
    };
    let shift = |range: &Range<usize>| range.start + path.len()..range.end + path.len();
    let header = &file.header;
    out.number(block);
    out.number(file_text.end - block);
    out.number(path.len());
    out.byte(match file.language {
        Language::Sql => 0,
        Language::Rust => 1,
    });
    out.range(&shift(&header.revision));
    out.range(&shift(&header.message));
    for value in [
        &header.created,
        &header.version,
        &header.breaking,
        &header.content,
    ] {
        out.optional(value.as_ref().map(shift).as_ref());
    }
    for list in [
        &parsed.graph.parents[index],
        &parsed.graph.dependencies[index],
    ] {
        out.number(list.len());
        list.iter().for_each(|&parent| out.number(position[parent]));
    }
    for list in [&header.branch_labels, &header.replaces] {
        out.number(list.len());
        list.iter().for_each(|range| out.range(&shift(range)));
    }
    out.number(index);
    fingerprints
        .iter()
        .for_each(|fingerprint| out.0.extend(fingerprint.as_bytes()));
    for &dialect in &parsed.dialects {
        for direction in Direction::BOTH {
            action(out, parsed, index, direction, dialect, &shift);
        }
    }
}

fn action(
    out: &mut Out,
    parsed: &ParsedChain<'_>,
    index: usize,
    direction: Direction,
    dialect: Dialect,
    shift: &impl Fn(&Range<usize>) -> Range<usize>,
) {
    if parsed.is_blank_head(index) {
        out.byte(5);
        return out.byte(Properties::default().to_bits());
    }
    let Some((properties, body)) = parsed.files[index].action(direction, dialect) else {
        return out.byte(0);
    };
    let tag = match &body {
        Body::Script(_) => 1,
        Body::Nothing => 2,
        Body::Code => 3,
        Body::Irreversible(_) => 4,
    };
    out.byte(tag);
    out.byte(properties.to_bits());
    match &body {
        Body::Nothing | Body::Code => {}
        Body::Irreversible(reason) => out.range(&shift(reason)),
        Body::Script(script) => {
            out.range(&shift(script));
            let (_, inspection) = parsed.inspection(index, direction, dialect).unzip();
            out.byte(u8::from(inspection.is_some_and(|i| i.needs_commit)));
            // Only these are sent one by one, by an engine that must know each of them.
            let kept = inspection
                .filter(|_| properties.transaction == Transaction::Outside)
                .map_or(&[][..], |i| &i.statements);
            out.number(kept.len());
            kept.iter()
                .for_each(|statement| out.range(&statement.range));
        }
    }
}

/// For each file, its fingerprint on each dialect of the chain.
fn fingerprints(parsed: &ParsedChain<'_>) -> Vec<Vec<Fingerprint>> {
    let mut all: Vec<Vec<Fingerprint>> = vec![Vec::new(); parsed.files.len()];
    for &index in &parsed.order {
        let file = &parsed.files[index];
        let of = |list: &[usize], dialect: usize| -> Vec<Fingerprint> {
            list.iter()
                .filter_map(|&at| all[at].get(dialect).copied())
                .collect()
        };
        let contents = parsed.contents[index].iter().enumerate();
        let own = contents.map(|(at, (dialect, content))| {
            file.header.carried[dialect.index()].unwrap_or_else(|| {
                Fingerprint::of(
                    file.id(),
                    &of(&parsed.graph.parents[index], at),
                    &of(&parsed.graph.dependencies[index], at),
                    content,
                )
            })
        });
        all[index] = own.collect();
    }
    all
}

#[derive(Default)]
struct Text {
    pieces: Vec<Piece>,
    len: usize,
}

impl Text {
    fn literal(&mut self, text: &str) -> Range<usize> {
        self.pieces.push(Piece::Literal(text.to_owned()));
        self.grow(text.len())
    }

    fn source(&mut self, source: &SourceFile) -> Range<usize> {
        self.pieces.push(Piece::File(source.path.clone()));
        self.grow(source.text.len())
    }

    fn grow(&mut self, by: usize) -> Range<usize> {
        let start = self.len;
        self.len += by;
        start..self.len
    }
}
