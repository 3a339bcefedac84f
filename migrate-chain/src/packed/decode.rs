use super::format::{Mismatch, Packed};
use super::header::header;
use super::reader::Reader;
use crate::chain::{Chain, Description};
use crate::graph::Graph;
use crate::{Action, Dialect, Direction, Language, Properties, Revision, Script};

impl<'a> Packed<'a> {
    /// Reads the whole table.
    ///
    /// # Errors
    ///
    /// The table doesn't fit the text.
    pub fn chain(self) -> Result<Chain<'a>, Mismatch> {
        decode(self)
    }
}

/// Reads all of it.
fn decode(packed: Packed<'_>) -> Result<Chain<'_>, Mismatch> {
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
    let described = Description {
        name: header.name,
        root: header.root,
        multiple_heads: header.multiple_heads(),
        adopt_sql: packed.adopt_sql(),
        dialects,
    };
    Ok(Chain::new(described, revisions, graph))
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
            let needs_commit = reader.byte() != 0;
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
                needs_commit,
                statements,
            })
        }
        2 => Action::Nothing,
        3 => Action::Code(properties),
        4 => Action::Irreversible(reader.text()),
        5 => Action::Blank,
        _ => reader.fail(Action::Absent),
    }
}
