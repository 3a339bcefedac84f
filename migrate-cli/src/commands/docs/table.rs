//! The table of revisions, as README.md.

use std::collections::BTreeMap;

use migrate_chain::{Action, Chain, Dialect, Direction, Revision};
use migrate_schema::lint::Report;
use serde::Serialize;

use super::markdown::{address, cell, cells};
use super::pictures::Pictures;

pub(super) const README: &str = "README.md";
/// The first line of what we wrote: nothing else is taken for documentation of ours.
pub(super) const MARK: &str = "<!-- Written by `migrate docs`";
/// Above so many operations they are folded up.
const OPEN: usize = 8;

/// A revision, as the table has it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    date: Option<String>,
    revision: String,
    version: Option<String>,
    /// As a cell of the table.
    developer: String,
    message: String,
    operations: Vec<String>,
    breaking: Option<String>,
    /// Why it can't be taken back, where it can't.
    irreversible: Option<String>,
    findings: Vec<String>,
    pictures: Vec<String>,
    path: String,
}

/// A row for each revision that is written, in the order of the chain.
pub(super) fn rows(
    chain: &Chain<'_>,
    report: &Report,
    pictures: &Pictures,
    developers: &BTreeMap<String, String>,
) -> Vec<Row> {
    let positions = (0..chain.len()).filter(|&at| !chain.get(at).is_blank());
    let row = |at: usize| {
        let revision = chain.get(at);
        Row {
            date: revision
                .created
                .map(|created| created.chars().take(10).collect()),
            revision: revision.id.to_owned(),
            version: revision.version.map(str::to_owned),
            developer: developers.get(revision.id).cloned().unwrap_or_default(),
            message: revision.message.to_owned(),
            operations: operations(chain, report, at),
            breaking: revision.breaking.map(str::to_owned),
            irreversible: irreversible(chain, revision),
            findings: findings(chain, report, revision),
            pictures: pictures.of.get(&at).cloned().unwrap_or_default(),
            path: revision.path.to_owned(),
        }
    };
    positions.map(row).collect()
}

/// What a revision does, each operation once; one that is not for every database says for which.
fn operations(chain: &Chain<'_>, report: &Report, at: usize) -> Vec<String> {
    let mut lines: Vec<(&str, Vec<Dialect>)> = Vec::new();
    for section in &report.sections {
        if section.position != at || section.direction != Direction::Upgrade {
            continue;
        }
        for line in section.operations.iter().flatten() {
            match lines.iter_mut().find(|(known, _)| known == line) {
                Some((_, dialects)) => dialects.push(section.dialect),
                None => lines.push((line, vec![section.dialect])),
            }
        }
    }
    let shown = |(line, dialects): (&str, Vec<Dialect>)| on(line, &dialects, chain);
    lines.into_iter().map(shown).collect()
}

/// A text, and for which databases it is if it isn't for all.
fn on(text: &str, dialects: &[Dialect], chain: &Chain<'_>) -> String {
    if chain
        .dialects
        .iter()
        .all(|dialect| dialects.contains(dialect))
    {
        return text.to_owned();
    }
    let names: Vec<&str> = dialects.iter().map(|dialect| dialect.name()).collect();
    format!("{text} ({})", names.join(", "))
}

fn irreversible(chain: &Chain<'_>, revision: &Revision<'_>) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<Dialect>)> = Vec::new();
    for &dialect in &chain.dialects {
        if let Action::Irreversible(reason) = revision.action(Direction::Downgrade, dialect) {
            match reasons.iter_mut().find(|(known, _)| **known == **reason) {
                Some((_, dialects)) => dialects.push(dialect),
                None => reasons.push((reason, vec![dialect])),
            }
        }
    }
    let shown = |(reason, dialects): (&str, Vec<Dialect>)| on(reason, &dialects, chain);
    let reasons: Vec<String> = reasons.into_iter().map(shown).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// What `lint` finds, each rule once.
fn findings(chain: &Chain<'_>, report: &Report, revision: &Revision<'_>) -> Vec<String> {
    let mut found: BTreeMap<String, (usize, Vec<Dialect>)> = BTreeMap::new();
    for finding in report
        .findings
        .iter()
        .filter(|one| one.revision == revision.id)
    {
        let name = format!("{}/{}", finding.group, finding.id);
        let (count, dialects) = found.entry(name).or_default();
        *count += 1;
        if !dialects.contains(&finding.dialect) {
            dialects.push(finding.dialect);
        }
    }
    let shown =
        |(name, (_, dialects)): (String, (usize, Vec<Dialect>))| on(&name, &dialects, chain);
    found.into_iter().map(shown).collect()
}

/// The whole of README.md. `versions`: the way to the versions directory, for links.
pub(super) fn readme(rows: &[Row], schemas: &[(String, String)], versions: Option<&str>) -> String {
    let mut text = format!(
        "{MARK}, which replaces it: edit the revisions, and run it again. -->\n\n# Migrations\n\n"
    );
    text.push_str("The schema at head");
    for (picture, mermaid) in schemas {
        text.push_str(&format!(
            ", as [{picture}]({picture}) and as Mermaid text, [{mermaid}]({mermaid})"
        ));
    }
    text.push_str(".\nThe picture of a revision shows what it adds (green), changes (amber) and removes (red).\n\n");
    for (picture, _) in schemas {
        text.push_str(&format!("![The schema at head]({picture})\n\n"));
    }
    text.push_str("| date | revision | version | developer | message | operations | breaking | reversible | lint | picture |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
    for row in rows.iter().rev() {
        let id = format!("`{}`", row.revision);
        let revision = match versions {
            Some(versions) => format!("[{id}]({})", address(&format!("{versions}/{}", row.path))),
            None => id,
        };
        let pictures: Vec<String> = (row.pictures.iter())
            .map(|name| format!("[{}]({name})", picture_name(name)))
            .collect();
        let irreversible = row.irreversible.as_ref();
        let cells = [
            row.date.as_deref().map(cell).unwrap_or_default(),
            revision,
            row.version.as_deref().map(cell).unwrap_or_default(),
            row.developer.clone(),
            cell(&row.message),
            folded(&row.operations),
            row.breaking.as_deref().map_or("no".to_owned(), cell),
            irreversible.map_or("yes".to_owned(), |reason| format!("no: {}", cell(reason))),
            row.findings
                .iter()
                .map(|one| cell(one))
                .collect::<Vec<_>>()
                .join("<br>"),
            pictures.join("<br>"),
        ];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// `picture`, or for which database.
fn picture_name(name: &str) -> &str {
    let stem = name.trim_end_matches(".svg");
    let last = stem.rsplit('.').next().unwrap_or(stem);
    match Dialect::ALL
        .iter()
        .find(|dialect| dialect.name() == last && stem != last)
    {
        Some(dialect) => dialect.name(),
        None => "picture",
    }
}

fn folded(operations: &[String]) -> String {
    let lines: Vec<String> = operations.iter().map(|line| cell(line)).collect();
    match lines.len() {
        0 => "no change of the schema".to_owned(),
        count if count > OPEN => format!(
            "<details><summary>{count} operations</summary>{}</details>",
            lines.join("<br>")
        ),
        _ => lines.join("<br>"),
    }
}

/// The developers that a README.md of ours names, by revision.
pub(super) fn developers(text: &str) -> BTreeMap<String, String> {
    if !text.starts_with(MARK) {
        return BTreeMap::new();
    }
    let row = |line: &str| {
        let cells = cells(line.strip_prefix('|')?);
        let id = cells.get(1)?.split('`').nth(1)?;
        Some((id.to_owned(), cells.get(3)?.clone()))
    };
    text.lines().filter_map(row).collect()
}
