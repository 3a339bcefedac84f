use std::collections::HashSet;
use std::ops::Range;

use super::Report;
use super::lines::{Line, lines};
use super::section::{self, Section};
use crate::fingerprint::Fingerprint;
use crate::nearest::nearest;
use crate::{Dialect, id};

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
struct Block<'a> {
    /// What a comment starts with.
    mark: &'static str,
    started: bool,
    message: Option<Range<usize>>,
    entries: Vec<Entry<'a>>,
    /// Lines that would be keys but for their case.
    shouted: Vec<(Range<usize>, String)>,
    /// Keys that are there, but not as they should be: not also missing.
    reported: Vec<String>,
    end: usize,
}

/// `key: value`, or `key (words): value`.
#[derive(Clone)]
struct Entry<'a> {
    key: &'a str,
    words: Option<&'a str>,
    value: &'a str,
    /// Of the value, or of the key when there is no value.
    at: Range<usize>,
    line: Range<usize>,
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
        let said = comment.trim();
        if said.is_empty() {
            return;
        }
        let entry = entry(line, comment);
        let first = self.message.is_none() && self.entries.is_empty();
        // The first line is the message, whatever it looks like, unless it is a known key.
        let key = (entry.as_ref()).is_some_and(|entry| self.known().contains(&entry.key));
        match entry {
            Some(entry) if key || !first => self.entries.push(entry),
            _ if first => self.message = Some(line.range_of(said)),
            _ => {
                let word = said.split(':').next().unwrap_or("").trim();
                let lower = word.to_ascii_lowercase().replace([' ', '-'], "_");
                if said.contains(':') && KEYS.contains(&lower.as_str()) {
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
    let said = comment.trim();
    let key_len = said.find(|c: char| !c.is_ascii_lowercase() && c != '_')?;
    let (key, rest) = said.split_at(key_len);
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

/// The values found so far.
#[derive(Default)]
struct Fields {
    revision: Option<Range<usize>>,
    down_revision: Option<Vec<Range<usize>>>,
    depends_on: Option<Vec<Range<usize>>>,
    branch_labels: Option<Vec<Range<usize>>>,
    created: Option<Range<usize>>,
    version: Option<Range<usize>>,
    breaking: Option<Option<Range<usize>>>,
    replaces: Option<Vec<Range<usize>>>,
    carried: [Option<Fingerprint>; 2],
    content: Option<Range<usize>>,
    doubtful: bool,
}

/// Keeps the first value of a key; true when there was one already.
fn given<T>(slot: &mut Option<T>, value: T) -> bool {
    let twice = slot.is_some();
    slot.get_or_insert(value);
    twice
}

impl Fields {
    fn take(&mut self, report: &mut Report<'_>, entry: &Entry<'_>) {
        if entry.words.is_some() && entry.key != "fingerprint" {
            report.push(
                entry.line.clone(),
                format!("`{}` takes no parentheses", entry.key),
            );
            return;
        }
        if entry.value.is_empty() {
            let problem = report.problem(entry.at.clone(), format!("`{}` has no value", entry.key));
            let problem = match entry.key {
                "down_revision" => problem.help("a base is `down_revision: none`"),
                "breaking" => problem.help("write `breaking: no`, or the reason in words"),
                _ => problem.help("give it one, or remove the line"),
            };
            report.problems.push(problem);
            // Given, if badly: not also missing.
            match entry.key {
                "revision" => self.revision = Some(entry.at.end..entry.at.end),
                "down_revision" => {
                    self.down_revision = Some(Vec::new());
                    self.doubtful = true;
                }
                _ => {}
            }
            return;
        }
        let at = || entry.at.clone();
        let twice = match entry.key {
            "revision" => {
                if let Err(why) = id::check(entry.value) {
                    report.push(at(), format!("illegal revision id: {why}"));
                }
                given(&mut self.revision, at())
            }
            "down_revision" if entry.value == "none" => given(&mut self.down_revision, Vec::new()),
            "down_revision" => given(&mut self.down_revision, ids(report, entry)),
            "depends_on" => given(&mut self.depends_on, ids(report, entry)),
            "branch_labels" => given(&mut self.branch_labels, ids(report, entry)),
            "replaces" => given(&mut self.replaces, ids(report, entry)),
            "created" => {
                created(report, entry);
                given(&mut self.created, at())
            }
            "version" => given(&mut self.version, at()),
            "breaking" => given(&mut self.breaking, (entry.value != "no").then(at)),
            "content" => given(&mut self.content, at()),
            _ => self.carry(report, entry),
        };
        if twice {
            self.doubtful |= matches!(entry.key, "revision" | "down_revision" | "depends_on");
            let problem = report
                .problem(
                    entry.line.clone(),
                    format!("`{}` is given twice", entry.key),
                )
                .help("keep one of the lines; several ids go on one line, separated by commas");
            report.problems.push(problem);
        }
    }

    /// `fingerprint (sqlite): HEX`; true when it was given before.
    fn carry(&mut self, report: &mut Report<'_>, entry: &Entry<'_>) -> bool {
        let dialect = entry
            .words
            .and_then(|words| words.trim().parse::<Dialect>().ok());
        let Some(dialect) = dialect else {
            let problem = report
                .problem(entry.line.clone(), "`fingerprint` names no dialect")
                .help("it is written `fingerprint (sqlite): HEX`");
            report.problems.push(problem);
            return false;
        };
        match entry.value.parse() {
            Ok(fingerprint) => given(&mut self.carried[dialect.index()], fingerprint),
            Err(_) => {
                report.push(
                    entry.at.clone(),
                    "a fingerprint is 64 lower-case hex digits",
                );
                false
            }
        }
    }

    fn finish(self, report: &mut Report<'_>, block: &Block<'_>) -> Option<Header> {
        let start = report.text.len() - report.text.trim_start_matches('\u{feff}').len();
        let first = start..start + report.text[start..].lines().next().map_or(0, str::len);
        let mark = block.mark;
        let lines = [
            (
                "revision",
                "revision: cb3cf47d9259",
                self.revision.is_none(),
            ),
            (
                "down_revision",
                "down_revision: none",
                self.down_revision.is_none(),
            ),
        ];
        let missing: Vec<_> = (lines.iter())
            .filter(|(key, _, missing)| *missing && !block.reported.iter().any(|k| k == key))
            .collect();
        let message = match missing[..] {
            [] => None,
            [(key, ..)] => Some(format!("the header has no `{key}`")),
            _ if block.started => {
                Some("the header has no `revision` and no `down_revision`".to_owned())
            }
            _ => Some("the file has no header".to_owned()),
        };
        if let Some(message) = message {
            let mut problem = report.problem(first, message);
            for (_, example, _) in missing {
                problem = problem.help(format!(
                    "the comment block at the top needs a line such as `{mark} {example}`"
                ));
            }
            report.problems.push(problem);
        }
        Some(Header {
            message: block.message.clone().unwrap_or(start..start),
            revision: self.revision?,
            down_revision: self.down_revision?,
            depends_on: self.depends_on.unwrap_or_default(),
            branch_labels: self.branch_labels.unwrap_or_default(),
            created: self.created,
            version: self.version,
            breaking: self.breaking.flatten(),
            replaces: self.replaces.unwrap_or_default(),
            carried: self.carried,
            content: self.content,
            doubtful: self.doubtful,
            end: block.end,
        })
    }
}

/// Reads ids separated by commas.
fn ids(report: &mut Report<'_>, entry: &Entry<'_>) -> Vec<Range<usize>> {
    let mut at = entry.at.start;
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut seen = HashSet::new();
    for part in entry.value.split(',') {
        let id = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        let range = start..start + id.len();
        let again = !seen.insert(id);
        if let Err(why) = id::check(id) {
            let problem = report.problem(range.clone(), format!("illegal `{}`: {why}", entry.key));
            let problem = match id {
                "none" => problem.help("`none` stands alone: a base has no parent"),
                "" => problem.help("ids are separated by single commas"),
                _ => file_name_hint(problem, id),
            };
            report.problems.push(problem);
        } else if again {
            report.push(range, format!("`{id}` is named twice"));
            continue;
        }
        ranges.push(range);
    }
    ranges
}

/// People paste a file name where an id belongs.
fn file_name_hint(problem: crate::Problem, id: &str) -> crate::Problem {
    let stem = id.strip_suffix(".sql").or_else(|| id.strip_suffix(".rs"));
    match stem {
        Some(_) => problem.help("write the id that the file's header gives, not the file's name"),
        None => problem,
    }
}

/// `created: 2026-11-20 10:02:11 UTC`: the date, and what a person likes to add.
fn created(report: &mut Report<'_>, entry: &Entry<'_>) {
    let form = b"dddd-dd-dd";
    let date = entry.value.as_bytes().get(..form.len());
    let legal = date.is_some_and(|date| {
        (date.iter().zip(form)).all(|(c, f)| {
            if *f == b'd' {
                c.is_ascii_digit()
            } else {
                c == f
            }
        })
    });
    if !legal {
        let problem = report
            .problem(entry.at.clone(), "`created` is not a date")
            .help("it is written `created: 2026-11-20 10:02:11 UTC`");
        report.problems.push(problem);
    }
}
