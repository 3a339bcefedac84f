//! A schema as the text of a Mermaid diagram, which forges and editors draw.

use std::fmt::Write;

use super::diagram::{Diagram, Edge, Table};

/// An `erDiagram` of all that is in a diagram.
pub(crate) fn mermaid(diagram: &Diagram) -> String {
    let mut text = "erDiagram\n".to_owned();
    for (at, table) in diagram
        .tables
        .iter()
        .enumerate()
        .filter(|(_, table)| !table.is_enum)
    {
        let _ = writeln!(text, "    {} {{", entity(table));
        for row in table.rows.iter().filter(|row| !row.is_note()) {
            let keys = row.key.replace("UQ", "UK").replace(' ', ", ");
            let keys = if keys.is_empty() {
                keys
            } else {
                format!(" {keys}")
            };
            let null = if row.null.is_empty() { "" } else { " \"NULL\"" };
            let _ = writeln!(
                text,
                "        {} {}{keys}{null}",
                word(&row.kind),
                word(&row.name)
            );
        }
        text.push_str("    }\n");
        for edge in diagram.edges.iter().filter(|edge| edge.from.0 == at) {
            text.push_str(&relation(diagram, edge));
        }
    }
    text
}

fn relation(diagram: &Diagram, edge: &Edge) -> String {
    let (Some(from), Some(to)) = (
        diagram.tables.get(edge.from.0),
        diagram.tables.get(edge.to.0),
    ) else {
        return String::new();
    };
    let one = if edge.is_optional { "|o" } else { "||" };
    let many = if edge.is_unique { "o|" } else { "o{" };
    let column = from
        .rows
        .get(edge.from.1)
        .map_or("", |row| row.name.as_str());
    format!(
        "    {} {one}--{many} {} : \"{}\"\n",
        entity(to),
        entity(from),
        quoted(column)
    )
}

/// In double quotes an entity may have any name.
fn entity(table: &Table) -> String {
    format!("\"{}\"", quoted(&table.title))
}

fn quoted(text: &str) -> String {
    text.replace('"', "#quot;").replace(['\n', '\r'], " ")
}

/// Types and attributes are letters, digits and a few signs.
fn word(text: &str) -> String {
    let word: String = (text.chars())
        .map(|sign| match sign {
            sign if sign.is_ascii_alphanumeric() => sign,
            '_' | '(' | ')' | '[' | ']' => sign,
            _ => '_',
        })
        .collect();
    let mut word = word.trim_matches('_').to_owned();
    if !word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        word.insert(0, '_');
    }
    word
}
