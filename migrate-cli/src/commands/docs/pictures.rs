//! The pictures of a chain, by their file names.

use std::collections::BTreeMap;

use migrate_chain::{Chain, Dialect};
use migrate_schema::diff::Changes;
use migrate_schema::lint::Report;

use crate::picture::mermaid::mermaid;
use crate::picture::{Diagram, svg};

/// Of the schema at head; no revision's picture has this name.
const SCHEMA: &str = "schema";

pub(super) struct Pictures {
    /// Texts by file name.
    pub(super) files: BTreeMap<String, String>,
    /// The names for each revision, by its position: one, or one a database where they differ.
    pub(super) of: BTreeMap<usize, Vec<String>>,
    /// The names for the schema at head: the picture, and the text.
    pub(super) schemas: Vec<(String, String)>,
}

impl Pictures {
    pub(super) fn of(chain: &Chain<'_>, report: &Report) -> Pictures {
        let mut found = Pictures {
            files: BTreeMap::new(),
            of: BTreeMap::new(),
            schemas: Vec::new(),
        };
        let mut last: BTreeMap<usize, &Changes> = BTreeMap::new();
        for at in 0..chain.len() {
            let mut diagrams: Vec<(Dialect, Option<Diagram>)> = Vec::new();
            for (nth, &dialect) in chain.dialects.iter().enumerate() {
                let changes = changes(report, at, dialect);
                if let Some(changes) = changes {
                    last.insert(nth, changes);
                }
                diagrams.push((dialect, changes.and_then(Diagram::of_changes)));
            }
            let names = found.revision(chain, at, &diagrams);
            if !names.is_empty() {
                found.of.insert(at, names);
            }
        }
        let heads: Vec<(Dialect, Diagram)> = (last.iter())
            .filter_map(|(nth, changes)| {
                let dialect = *chain.dialects.get(*nth)?;
                Some((dialect, Diagram::of_schema(changes.schema_after())))
            })
            .collect();
        found.schema(&heads);
        found
    }

    fn revision(
        &mut self,
        chain: &Chain<'_>,
        at: usize,
        diagrams: &[(Dialect, Option<Diagram>)],
    ) -> Vec<String> {
        let revision = chain.get(at);
        let draw = |diagram: &Diagram, dialect: Option<Dialect>| {
            let mut about = revision.id.to_owned();
            if let Some(dialect) = dialect {
                about.push_str(&format!(", {dialect}"));
            }
            if diagram.left_out > 0 {
                let drawn = diagram.tables.iter().filter(|table| !table.is_enum).count();
                about.push_str(&format!(
                    ": {drawn} of {} tables, those that change and their neighbours",
                    drawn + diagram.left_out
                ));
            }
            svg(diagram, revision.message, &about)
        };
        let stem = match revision.id {
            id if id.starts_with(SCHEMA) => format!("{id}_"),
            id => id.to_owned(),
        };
        let alike: Vec<Option<String>> = (diagrams.iter())
            .map(|(_, diagram)| diagram.as_ref().map(|diagram| draw(diagram, None)))
            .collect();
        if let Some((Some(first), rest)) = alike.split_first()
            && rest.iter().all(|other| other.as_ref() == Some(first))
        {
            let name = format!("{stem}.svg");
            self.files.insert(name.clone(), first.clone());
            return vec![name];
        }
        let mut names = Vec::new();
        for (dialect, diagram) in diagrams {
            if let Some(diagram) = diagram {
                let name = format!("{stem}.{dialect}.svg");
                self.files
                    .insert(name.clone(), draw(diagram, Some(*dialect)));
                names.push(name);
            }
        }
        names
    }

    fn schema(&mut self, heads: &[(Dialect, Diagram)]) {
        let draw = |diagram: &Diagram, dialect: Option<Dialect>| {
            let count = diagram.tables.iter().filter(|table| !table.is_enum).count();
            let tables = if count == 1 {
                "1 table".to_owned()
            } else {
                format!("{count} tables")
            };
            let about = match dialect {
                Some(dialect) => format!("{tables}, {dialect}"),
                None => tables,
            };
            (svg(diagram, "The schema at head", &about), mermaid(diagram))
        };
        let alike: Vec<_> = heads
            .iter()
            .map(|(_, diagram)| draw(diagram, None))
            .collect();
        let is_one = alike.windows(2).all(|pair| pair[0] == pair[1]);
        for (nth, (dialect, diagram)) in heads.iter().enumerate() {
            let (stem, drawn) = if is_one {
                (SCHEMA.to_owned(), draw(diagram, None))
            } else {
                (format!("{SCHEMA}.{dialect}"), draw(diagram, Some(*dialect)))
            };
            if is_one && nth > 0 {
                break;
            }
            let (picture, text) = (format!("{stem}.svg"), format!("{stem}.mmd"));
            self.files.insert(picture.clone(), drawn.0);
            self.files.insert(text.clone(), drawn.1);
            self.schemas.push((picture, text));
        }
    }
}

/// What a revision's upgrade does on a database.
fn changes(report: &Report, at: usize, dialect: Dialect) -> Option<&Changes> {
    let mut sections = report.sections.iter();
    sections.find_map(|section| {
        let is_it = section.position == at && section.dialect == dialect;
        section.changes.as_deref().filter(|_| is_it)
    })
}
