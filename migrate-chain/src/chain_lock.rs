//! `chain.lock`: one line a revision, so that two branches that both add one conflict in git, and
//! what is released can't be edited unnoticed.

use std::collections::HashMap;
use std::fmt;

use crate::fingerprint::Fingerprint;
use crate::problem::{Problem, Problems};
use crate::{CHAIN_LOCK, Chain, Dialect, Revision};

/// What chain.lock says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainLock {
    /// In chain order.
    pub entries: Vec<Entry>,
}

/// One line: a revision, what its upgrade hashes to, and the release that sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The revision's id.
    pub revision: String,
    /// The first 128 bits of the content's SHA-256, by dialect.
    pub content: Vec<(Dialect, String)>,
    /// `None` while it is `open`.
    pub sealed: Option<String>,
    /// The line it stands on, from 1; 0 when it was not read from a file.
    pub line: usize,
}

const OPENING: &str = "# Written by `cargo migrate lock`; commit it. Two branches that both add a revision conflict here:
# keep both lines, then `cargo migrate merge` or `cargo migrate rebase`.
";

/// Hex digits kept of a content's hash.
const DIGITS: usize = 32;

impl ChainLock {
    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// Lines that are no entry, merge conflicts above all.
    pub fn parse(root: &str, text: &str) -> Result<ChainLock, Problems> {
        let path = format!("{root}/{CHAIN_LOCK}");
        let mut lock = ChainLock::default();
        let mut problems = Problems::new();
        let mut at = 0;
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            let range = at..at + whole.trim_end().len();
            at += whole.len();
            let line = whole.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
                .iter()
                .any(|mark| line.starts_with(mark))
            {
                problems.push(
                    Problem::at(&path, text, range, "a merge conflict: two branches each added a revision")
                        .help("keep the lines of both and remove the markers")
                        .help("then join the two heads: `cargo migrate merge`, or `cargo migrate rebase REV` if one is not released"),
                );
                return Err(problems);
            }
            match entry(line, index + 1) {
                Some(entry) => lock.entries.push(entry),
                None => problems.push(
                    Problem::at(
                        &path,
                        text,
                        range,
                        "not a line that `cargo migrate lock` writes",
                    )
                    .help("run `cargo migrate lock`"),
                ),
            }
        }
        problems.into_result().map(|()| lock)
    }

    /// The lines by revision. Of several for one (a merge kept both) the sealed one counts: what
    /// either side released is released.
    pub(crate) fn by_revision(&self) -> HashMap<&str, &Entry> {
        let mut entries: HashMap<&str, &Entry> = HashMap::with_capacity(self.entries.len());
        for entry in &self.entries {
            let kept = entries.entry(&entry.revision).or_insert(entry);
            if kept.sealed.is_none() {
                *kept = entry;
            }
        }
        entries
    }

    /// What the file should say of a chain; revisions sealed in `before` stay sealed.
    pub(crate) fn of(chain: &Chain<'_>, before: Option<&ChainLock>) -> ChainLock {
        let before = before.map(ChainLock::by_revision).unwrap_or_default();
        let sealed = |id: &str| before.get(id).and_then(|entry| entry.sealed.clone());
        let content = |revision: &Revision<'_>| {
            let hashed = |&dialect| (dialect, hash(&revision.content(dialect)));
            chain.dialects.iter().map(hashed).collect()
        };
        let entries = chain.revisions().iter().map(|revision| Entry {
            revision: revision.id.to_owned(),
            content: content(revision),
            sealed: sealed(revision.id),
            line: 0,
        });
        ChainLock {
            entries: entries.collect(),
        }
    }

    /// Seals every open revision as part of a release.
    ///
    /// # Errors
    ///
    /// A name that the file could not keep: it is one word, and not `open`.
    pub fn release(&mut self, version: &str) -> Result<(), String> {
        if version.is_empty() || version == "open" || version.contains(char::is_whitespace) {
            return Err(format!(
                "`{version}` can't name a release in {CHAIN_LOCK}: it is one word, such as v1.2.0, and not `open`"
            ));
        }
        for entry in &mut self.entries {
            entry.sealed.get_or_insert_with(|| version.to_owned());
        }
        Ok(())
    }
}

/// What the file keeps of a content.
pub(crate) fn hash(content: &str) -> String {
    let mut hash = Fingerprint::of_content(content).to_string();
    hash.truncate(DIGITS);
    hash
}

/// `cb3cf47d9259 sqlite:9f86d081884c7d659a2feaa0c55ad015 open`
fn entry(line: &str, number: usize) -> Option<Entry> {
    let mut words = line.split_whitespace();
    let revision = words.next().filter(|id| crate::id::check(id).is_ok())?;
    let words: Vec<&str> = words.collect();
    let (state, hashes) = words.split_last()?;
    let content = hashes.iter().map(|word| {
        let (dialect, hash) = word.split_once(':')?;
        let legal = hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
        let dialect = dialect.parse().ok()?;
        legal.then(|| (dialect, hash.to_owned()))
    });
    Some(Entry {
        revision: revision.to_owned(),
        content: content.collect::<Option<_>>()?,
        sealed: (*state != "open").then(|| (*state).to_owned()),
        line: number,
    })
}

/// The file's text.
impl fmt::Display for ChainLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OPENING)?;
        for entry in &self.entries {
            f.write_str(&entry.revision)?;
            for (dialect, hash) in &entry.content {
                write!(f, " {dialect}:{hash}")?;
            }
            writeln!(f, " {}", entry.sealed.as_deref().unwrap_or("open"))?;
        }
        Ok(())
    }
}
