use super::block::{ALL_KEYS, Block, Entry, KEYS, entry};
use super::fields::{Fields, Header};
use crate::Direction;
use crate::file::lines::lines;
use crate::file::report::Report;
use crate::file::section::{self, Misread, Section};
use crate::nearest::nearest;

/// Reads the header of a SQL file, whose first section starts at `end`.
pub(in crate::file) fn sql(report: &mut Report<'_>, end: usize, misread: &mut Misread) -> Header {
    let text = report.text.get(..end).unwrap_or(report.text);
    let mut block = Block::new("--");
    let mut after = false;
    for line in lines(text) {
        let comment = line.text.strip_prefix("--");
        match comment {
            Some(comment) if !after => block.line(&line, comment),
            None if line.text.is_empty() => after |= block.started,
            Some(comment) => {
                if let Some(entry) = entry(&line, comment)
                    && KEYS.contains(&entry.key)
                {
                    block.reported.push(entry.key.to_owned());
                    let problem = report
                        .problem(entry.at, format!("`{}` stands outside the header", entry.key))
                        .help("the header is one block of comment lines: remove the blank line above it");
                    report.problems.push(problem);
                }
            }
            None => {
                if !misread.any() {
                    misread.add(Direction::Upgrade);
                    let problem = report
                        .problem(line.range(), "text before the first section")
                        .help("a script starts after a line that is exactly `-- upgrade`");
                    report.problems.push(problem);
                }
                break;
            }
        }
    }
    finish(block, report, &mut Vec::new(), misread)
}

/// Reads the header of a Rust-coded revision: its leading `//!` lines.
pub(in crate::file) fn rust(
    report: &mut Report<'_>,
    misread: &mut Misread,
) -> (Header, Vec<Section>) {
    let mut block = Block::new("//!");
    for line in lines(report.text) {
        match line.text.strip_prefix("//!") {
            Some(comment) => block.line(&line, comment),
            None if line.text.is_empty() && !block.started => {}
            None => break,
        }
    }
    let mut sections = Vec::new();
    let header = finish(block, report, &mut sections, misread);
    section::duplicates(report, &sections);
    (header, sections)
}

fn finish(
    mut block: Block<'_>,
    report: &mut Report<'_>,
    sections: &mut Vec<Section>,
    misread: &mut Misread,
) -> Header {
    let known = block.known();
    for (at, key) in std::mem::take(&mut block.shouted) {
        let written = &report.text[at.clone()];
        let message = format!("`{written}` is not how a header key is spelled");
        let problem = report.problem(at, message).help(format!("write `{key}:`"));
        report.problems.push(problem);
        block.reported.push(key);
    }
    let mut fields = Fields::default();
    for entry in std::mem::take(&mut block.entries) {
        if !known.contains(&entry.key) {
            unknown(report, &entry, known);
            let meant = nearest(entry.key, known.iter().copied());
            block.reported.extend(meant.map(str::to_owned));
        } else if matches!(entry.key, "upgrade" | "downgrade" | "irreversible") {
            let line = entry.line.clone();
            match section::of_key(report, entry.key, entry.words, entry.value, line) {
                Some(section) => sections.push(section),
                None => misread.add(section::direction_of(entry.key)),
            }
        } else {
            fields.take(report, &entry);
        }
    }
    fields.finish(report, &block)
}

fn unknown(report: &mut Report<'_>, entry: &Entry<'_>, known: &[&str]) {
    let start = entry.line.start + report.text[entry.line.clone()].find(entry.key).unwrap_or(0);
    let problem = report.problem(
        start..start + entry.key.len(),
        format!("unknown key `{}` in the header", entry.key),
    );
    let problem = if ALL_KEYS.contains(&entry.key) {
        problem.help(format!("`{}` belongs to Rust-coded revisions", entry.key))
    } else if nearest(entry.key, known.iter().copied()).is_some() {
        problem.did_you_mean(entry.key, known.iter().copied())
    } else {
        problem
            .help(format!("the keys are {}", known.join(", ")))
            .help("a remark that only looks like a key starts with a capital letter: `Note: ...`")
    };
    report.problems.push(problem);
}
