use std::collections::HashSet;
use std::ops::Range;

use super::adopts::{AdoptedKey, adopts};
use super::block::{Block, Entry};
use crate::file::report::Report;
use crate::fingerprint::Fingerprint;
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
    /// What another tool calls it, by which a database that the tool has migrated is taken over.
    pub(crate) adopts: Vec<AdoptedKey>,
    /// Of a squash: the fingerprint of the last revision it replaces, by [`Dialect::index`].
    pub(crate) carried: [Option<Fingerprint>; 2],
    /// Of a Rust-coded revision: what a person bumps when the code does something else.
    pub(crate) content: Option<Range<usize>>,
    /// What it stands on was given badly, and reported: no base or head is known from it.
    pub(crate) doubtful: bool,
    /// False when no id was given: the file is no node of a graph, but its sections can be checked.
    pub(crate) identified: bool,
    /// Where the block ends; the runtime needs no more of a Rust-coded revision.
    pub(crate) end: usize,
}

/// The values found so far.
#[derive(Default)]
pub(super) struct Fields {
    revision: Option<Range<usize>>,
    down_revision: Option<Vec<Range<usize>>>,
    depends_on: Option<Vec<Range<usize>>>,
    branch_labels: Option<Vec<Range<usize>>>,
    created: Option<Range<usize>>,
    version: Option<Range<usize>>,
    breaking: Option<Option<Range<usize>>>,
    replaces: Option<Vec<Range<usize>>>,
    adopts: Option<Vec<AdoptedKey>>,
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
    pub(super) fn take(&mut self, report: &mut Report<'_>, entry: &Entry<'_>) {
        if entry.words.is_some() && entry.key != "fingerprint" {
            report.push(
                entry.line.clone(),
                format!("`{}` takes no parentheses", entry.key),
            );
            return self.given_badly(entry);
        }
        if entry.value.is_empty() {
            let problem = report.problem(entry.at.clone(), format!("`{}` has no value", entry.key));
            let problem = match entry.key {
                "down_revision" => problem.help("a base is `down_revision: none`"),
                "breaking" => problem.help("write `breaking: no`, or the reason in words"),
                _ => problem.help("give it one, or remove the line"),
            };
            report.problems.push(problem);
            return self.given_badly(entry);
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
            "adopts" => given(&mut self.adopts, adopts(report, entry)),
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

    /// A key without a value that can be used is not also missing.
    fn given_badly(&mut self, entry: &Entry<'_>) {
        let nothing = entry.at.end..entry.at.end;
        match entry.key {
            "revision" => drop(self.revision.get_or_insert(nothing)),
            "down_revision" => {
                self.down_revision.get_or_insert_default();
                self.doubtful = true;
            }
            "depends_on" => self.doubtful = true,
            _ => {}
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

    pub(super) fn finish(self, report: &mut Report<'_>, block: &Block<'_>) -> Header {
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
        Header {
            message: block.message.clone().unwrap_or(start..start),
            doubtful: self.doubtful || self.down_revision.is_none(),
            identified: self.revision.as_ref().is_some_and(|id| !id.is_empty()),
            revision: self.revision.unwrap_or(start..start),
            down_revision: self.down_revision.unwrap_or_default(),
            depends_on: self.depends_on.unwrap_or_default(),
            branch_labels: self.branch_labels.unwrap_or_default(),
            created: self.created,
            version: self.version,
            breaking: self.breaking.flatten(),
            replaces: self.replaces.unwrap_or_default(),
            adopts: self.adopts.unwrap_or_default(),
            carried: self.carried,
            content: self.content,
            end: block.end,
        }
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
