use std::ops::Range;

use super::Report;
use super::fields::Fields;
use super::lines::{Line, lines, split_word};
use super::section::{self, Section};
use crate::fingerprint::Fingerprint;
use crate::nearest::nearest;

/// The leading comment block of a revision file. Every value is the place where it stands.
#[derive(Debug)]
pub(crate) struct Header {
    /// The first line, empty when the block starts with a key.
    pub(crate) message: Range<usize>,
    pub(crate) revision: Range<usize>,
    /// Empty for a base.
    pub(crate) down_revision: Vec<Range<usize>>,
    pub(crate) depends_on: Vec<Range<usize>>,
    pub(crate) branch_labels: Vec<Range<usize>>,
    pub(crate) created: Option<Range<usize>>,
    pub(crate) version: Option<Range<usize>>,
    /// Why it breaks older clients; `None` for `breaking: no` too.
    pub(crate) breaking: Option<Range<usize>>,
    pub(crate) replaces: Vec<Range<usize>>,
    /// Of a squash: the fingerprint of the last revision it replaces, by [`Dialect::index`].
    pub(crate) carried: [Option<Fingerprint>; 2],
    /// Of a Rust-coded revision: what a person bumps when the code does something else.
    pub(crate) content: Option<Range<usize>>,
    /// What it stands on was given badly, and reported: no base or head is told from it.
    pub(crate) doubtful: bool,
    /// Where the block ends; the runtime needs no more of a Rust-coded revision.
    pub(crate) end: usize,
}

const ALL_KEYS: [&str; 13] = [
    "revision",
    "down_revision",
    "depends_on",
    "branch_labels",
    "created",
    "version",
    "breaking",
    "replaces",
    "fingerprint",
    "content",
    "upgrade",
    "downgrade",
    "irreversible",
];
/// The keys that any revision may have; the rest are for Rust-coded ones.
const KEYS: &[&str] = ALL_KEYS.split_at(9).0;

/// Reads the header of a SQL file, whose first section starts at `end`.
pub(super) fn sql(report: &mut Report<'_>, end: usize, misread: &mut bool) -> Option<Header> {
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
                if !std::mem::replace(misread, true) {
                    let problem = report
                        .problem(line.range(), "text before the first section")
                        .help("a script starts after a line that is exactly `-- upgrade`");
                    report.problems.push(problem);
                }
                break;
            }
        }
    }
    block.finish(report, &mut Vec::new(), misread)
}

/// Reads the header of a Rust-coded revision: its leading `//!` lines.
pub(super) fn rust(report: &mut Report<'_>, misread: &mut bool) -> (Option<Header>, Vec<Section>) {
    let mut block = Block::new("//!");
    for line in lines(report.text) {
        match line.text.strip_prefix("//!") {
            Some(comment) => block.line(&line, comment),
            None if line.text.is_empty() && !block.started => {}
            None => break,
        }
    }
    let mut sections = Vec::new();
    let header = block.finish(report, &mut sections, misread);
    section::duplicates(report, &sections);
    (header, sections)
}

/// The lines of a header, collected.
pub(super) struct Block<'a> {
    /// What a comment starts with.
    pub(super) mark: &'static str,
    pub(super) started: bool,
    pub(super) message: Option<Range<usize>>,
    pub(super) entries: Vec<Entry<'a>>,
    /// Lines that would be keys but for their case.
    pub(super) shouted: Vec<(Range<usize>, String)>,
    /// Keys that are there, but not as they should be: not also missing.
    pub(super) reported: Vec<String>,
    pub(super) end: usize,
}

/// `key: value`, or `key (words): value`.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) words: Option<&'a str>,
    pub(super) value: &'a str,
    /// Of the value, or of the key when there is no value.
    pub(super) at: Range<usize>,
    pub(super) line: Range<usize>,
}

impl<'a> Block<'a> {
    fn new(mark: &'static str) -> Block<'a> {
        Block {
            mark,
            started: false,
            message: None,
            entries: Vec::new(),
            shouted: Vec::new(),
            reported: Vec::new(),
            end: 0,
        }
    }

    /// The keys of the file's language.
    fn known(&self) -> &'static [&'static str] {
        match self.mark {
            "--" => KEYS,
            _ => &ALL_KEYS,
        }
    }

    fn line(&mut self, line: &Line<'a>, comment: &'a str) {
        self.started = true;
        self.end = line.next;
        let text = comment.trim();
        if text.is_empty() {
            return;
        }
        let entry = entry(line, comment);
        let first = self.message.is_none() && self.entries.is_empty();
        // The first line is the message, whatever it looks like, unless it is a known key.
        let key = (entry.as_ref()).is_some_and(|entry| self.known().contains(&entry.key));
        match entry {
            Some(entry) if key || !first => self.entries.push(entry),
            _ if first => self.message = Some(line.range_of(text)),
            _ => {
                let word = text.split(':').next().unwrap_or("").trim();
                let lower = word.to_ascii_lowercase().replace([' ', '-'], "_");
                if text.contains(':') && KEYS.contains(&lower.as_str()) {
                    self.shouted.push((line.range_of(word), lower));
                }
            }
        }
    }

    fn finish(
        mut self,
        report: &mut Report<'_>,
        sections: &mut Vec<Section>,
        misread: &mut bool,
    ) -> Option<Header> {
        let known = self.known();
        for (at, key) in std::mem::take(&mut self.shouted) {
            let written = &report.text[at.clone()];
            let message = format!("`{written}` is not how a header key is spelled");
            let problem = report.problem(at, message).help(format!("write `{key}:`"));
            report.problems.push(problem);
            self.reported.push(key);
        }
        let mut fields = Fields::default();
        for entry in &self.entries {
            if !known.contains(&entry.key) {
                unknown(report, entry, known);
                let meant = nearest(entry.key, known.iter().copied());
                self.reported.extend(meant.map(str::to_owned));
            } else if matches!(entry.key, "upgrade" | "downgrade" | "irreversible") {
                let line = entry.line.clone();
                match section::of_key(report, entry.key, entry.words, entry.value, line) {
                    Some(section) => sections.push(section),
                    None => *misread = true,
                }
            } else {
                fields.take(report, entry);
            }
        }
        fields.finish(report, &self)
    }
}

/// Reads a comment as `key: value` when its first word is lower-case and followed by a colon.
fn entry<'a>(line: &Line<'a>, comment: &'a str) -> Option<Entry<'a>> {
    let text = comment.trim();
    let (key, rest) = split_word(text, |byte| byte.is_ascii_lowercase() || byte == b'_');
    let (words, rest) = match rest.trim_start().strip_prefix('(') {
        Some(inner) => {
            let (words, rest) = inner.split_once(')')?;
            (Some(words), rest.trim_start())
        }
        None => (None, rest),
    };
    let value = rest.strip_prefix(':')?;
    // `https://...` opens no key.
    if key.is_empty() || !(value.is_empty() || value.starts_with([' ', '\t'])) {
        return None;
    }
    let value = value.trim();
    let at = line.range_of(if value.is_empty() { key } else { value });
    Some(Entry {
        key,
        words,
        value,
        at,
        line: line.range(),
    })
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
