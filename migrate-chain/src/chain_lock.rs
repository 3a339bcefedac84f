//! `chain.lock`: one line a revision, so that two branches that both add one conflict in git, and
//! what a release sealed can't be edited unnoticed.
//!
//! ```text
//! dialects sqlite postgres
//! cb3cf47d9259 v1.0.0 9f86d081884c7d659a2feaa0c55ad015 2c26b46b68ffc68ff99b453c1d304134
//! 8280855a5064 open
//! adopt.sql 4a7d1ed414474e4033ac29ccb8653d9b
//! proved sqlite 3.51 4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865
//! ```
//!
//! An open revision is its id alone: editing it is everyday work. A sealed one keeps the hash of its
//! upgrade for each dialect, in the order of the first line. A proof says up to which fingerprint the chain has run, both
//! ways, and on what. Where databases of another tool's are taken over, the hash of `adopt.sql` shows that it was changed.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::fingerprint::{Fingerprint, normalized};
use crate::place::Locator;
use crate::problem::{Problem, Problems};
use crate::{ADOPT_SQL, Action, CHAIN_LOCK, Chain, Dialect, Direction, Revision};

/// What chain.lock says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChainLock {
    /// The dialects that every revision serves; empty where the file doesn't say. One that was added
    /// later comes last, so that the hashes of earlier seals keep their places.
    pub dialects: Vec<Dialect>,
    /// The revisions, in chain order.
    pub entries: Vec<Entry>,
    /// The first 128 bits of the SHA-256 of adopt.sql.
    pub adopt: Option<String>,
    /// What `cargo migrate prove` has seen working.
    pub proofs: Vec<Proof>,
}

/// A revision has run up and down on a database, and all that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// On which database.
    pub dialect: Dialect,
    /// Of which version, such as `17`.
    pub version: String,
    /// Of the revision's scripts there, up and down, and of all that it stands on: see [`proof_fingerprints`].
    pub fingerprint: Fingerprint,
}

/// By position: what a proof is about. A revision's own fingerprint covers what upgrades run; this one covers
/// downgrades too, so that an edit of one takes the proof away. `None` where the database isn't served.
pub fn proof_fingerprints(chain: &Chain<'_>, dialect: Dialect) -> Vec<Option<Fingerprint>> {
    let mut all: Vec<Option<Fingerprint>> = Vec::with_capacity(chain.len());
    for (at, revision) in chain.revisions().iter().enumerate() {
        let below = chain.parents(at).iter().chain(chain.dependencies(at));
        let below = below.filter_map(|&below| all.get(below).copied().flatten());
        let mut content = String::new();
        for below in below {
            content.push_str(&format!("{below}\n"));
        }
        let downgrade = match revision.action(Direction::Downgrade, dialect) {
            Action::Script(script) => format!("{}\n{}", script.properties.to_words(), script.text),
            Action::Irreversible(_) => "irreversible".to_owned(),
            Action::Absent | Action::Nothing | Action::Code(_) | Action::Blank => String::new(),
        };
        all.push(revision.fingerprint(dialect).map(|own| {
            Fingerprint::of_content(&format!("{own}\n{content}\n{}", normalized(&downgrade)))
        }));
    }
    all
}

/// The line of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The revision's id.
    pub revision: String,
    /// `None` while it is open.
    pub seal: Option<Seal>,
    /// The line it stands on, from 1; 0 when it was not read from a file.
    pub line: usize,
}

/// What a release keeps of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seal {
    /// The release that sealed it.
    pub release: String,
    /// The first 128 bits of the SHA-256 of its upgrade, by dialect.
    pub content: Vec<(Dialect, String)>,
}

const INTRODUCTION: &str = "# Written by `cargo migrate lock`; commit it. Two branches that both add a revision conflict here:
# keep both lines, then `cargo migrate merge` or `cargo migrate rebase`.
";

/// Hex digits kept of a content's hash.
const DIGITS: usize = 32;

/// The state of a revision that no release has.
const OPEN: &str = "open";

/// The first word of a proof.
const PROVED: &str = "proved";

/// The first word of the line that names the dialects.
const DIALECTS: &str = "dialects";

/// The marks that git leaves around what both sides added.
const MARKS: [&str; 4] = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];

impl ChainLock {
    /// The file of a chain without revisions.
    pub fn new(dialects: Vec<Dialect>) -> ChainLock {
        ChainLock {
            dialects,
            entries: Vec::new(),
            adopt: None,
            proofs: Vec::new(),
        }
    }

    /// Reads the file's text. Of a merge conflict, and beside lines that can't be read, the others
    /// count: both sides of a conflict are what somebody decided.
    pub fn read(root: &str, text: &str) -> (ChainLock, Problems) {
        let path = format!("{root}/{CHAIN_LOCK}");
        let mut lock = ChainLock::default();
        let mut problems = Problems::new();
        let locator = Locator::default();
        let mut conflict = false;
        let mut at = 0;
        for (index, whole) in text.split_inclusive('\n').enumerate() {
            let range = at..at + whole.trim_end().len();
            at += whole.len();
            let line = whole.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if MARKS.iter().any(|mark| line.starts_with(mark)) {
                if !std::mem::replace(&mut conflict, true) {
                    problems.push(
                        Problem::located(locator.locate(&path, text, range), "a merge conflict: two branches each added a revision")
                            .help("`cargo migrate lock` keeps the lines of both and removes the markers")
                            .help("then join the two heads: `cargo migrate merge`, or `cargo migrate rebase REV` if one is not released"),
                    );
                }
                continue;
            }
            if lock.line(line, index + 1).is_none() {
                problems.push(
                    Problem::located(
                        locator.locate(&path, text, range),
                        "not a line that `cargo migrate lock` writes",
                    )
                    .help("a line is `ID open`, or `ID RELEASE HASH..` once a release sealed it")
                    .help("correct it or take it out, then run `cargo migrate lock`"),
                );
            }
        }
        (lock, problems)
    }

    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// A merge conflict, or lines that are no entry.
    pub fn parse(root: &str, text: &str) -> Result<ChainLock, Problems> {
        let (lock, problems) = ChainLock::read(root, text);
        problems.into_result().map(|()| lock)
    }

    /// Takes a line; `None` if it is none of the file's.
    fn line(&mut self, line: &str, number: usize) -> Option<()> {
        let mut words = line.split_whitespace();
        let first = words.next()?;
        if first == DIALECTS {
            // Both sides of a conflict may name some.
            for word in words {
                let dialect = word.parse().ok()?;
                if !self.dialects.contains(&dialect) {
                    self.dialects.push(dialect);
                }
            }
            return Some(());
        }
        if first == PROVED
            && let Some(proof) = proof(words.clone())
        {
            if !self.proofs.contains(&proof) {
                self.proofs.push(proof);
            }
            return Some(());
        }
        let is_hash =
            |hash: &&str| hash.len() == DIGITS && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if first == ADOPT_SQL {
            let hash = words.next().filter(is_hash)?;
            self.adopt = Some(hash.to_owned());
            return words.next().is_none().then_some(());
        }
        crate::id::check(first).ok()?;
        let state = words.next()?;
        let hashes: Vec<&str> = words.collect();
        let counts = match state {
            OPEN => hashes.is_empty(),
            _ => (1..=self.dialects.len()).contains(&hashes.len()),
        };
        if !counts || !hashes.iter().all(is_hash) {
            return None;
        }
        let hashes = hashes.into_iter().map(str::to_owned);
        let seal = (state != OPEN).then(|| Seal {
            release: state.to_owned(),
            content: self.dialects.iter().copied().zip(hashes).collect(),
        });
        self.entries.push(Entry {
            revision: first.to_owned(),
            seal,
            line: number,
        });
        Some(())
    }

    /// The seal of a revision. Of several lines for one (a merge kept both) the sealed one counts: what
    /// either side released is released.
    pub fn seal_of(&self, revision: &str) -> Option<&Seal> {
        let lines = self.entries.iter();
        let mut lines = lines.filter(|entry| entry.revision == revision);
        lines.find_map(|entry| entry.seal.as_ref())
    }

    /// The seals by revision.
    pub(crate) fn seals(&self) -> HashMap<&str, &Entry> {
        let mut seals = HashMap::new();
        for entry in self.entries.iter().filter(|entry| entry.seal.is_some()) {
            seals.entry(entry.revision.as_str()).or_insert(entry);
        }
        seals
    }

    /// What the file should say of a chain. A seal of this file stays as it is, so that an edit below it
    /// is found again; it only gets a hash for a dialect that the chain has got since.
    #[must_use]
    pub fn updated(&self, chain: &Chain<'_>) -> ChainLock {
        let mut dialects = self.dialects.clone();
        dialects.retain(|dialect| chain.dialects.contains(dialect));
        let kept = |dialect: &&Dialect| !self.dialects.contains(dialect);
        dialects.extend(chain.dialects.iter().filter(kept));
        let before = self.seals();
        let entry = |revision: &Revision<'_>| Entry {
            revision: revision.id.to_owned(),
            seal: before
                .get(revision.id)
                .and_then(|entry| entry.seal.as_ref())
                .map(|seal| seal.completed(revision, &dialects)),
            line: 0,
        };
        ChainLock {
            entries: chain.revisions().iter().map(entry).collect(),
            dialects,
            adopt: chain.adopt_sql.map(hash),
            // One of a revision that was edited since proves nothing.
            proofs: (self.proofs.iter())
                .filter(|proof| proof.of(chain).is_some())
                .cloned()
                .collect(),
        }
    }

    /// Puts proofs in the place of those of the same databases.
    pub fn prove(&mut self, proofs: Vec<Proof>) {
        let is_new = |old: &Proof| proofs.iter().any(|new| new.dialect == old.dialect);
        self.proofs.retain(|old| !is_new(old));
        self.proofs.extend(proofs);
    }

    /// By position: the revisions that have run on a database, both ways, with all that they stand on.
    pub fn proved(&self, chain: &Chain<'_>, dialect: Dialect) -> Vec<bool> {
        let of_dialect = self.proofs.iter().filter(|proof| proof.dialect == dialect);
        let positions: Vec<usize> = of_dialect.filter_map(|proof| proof.of(chain)).collect();
        chain.closure(&positions)
    }

    /// The head of a chain is proved on all of its databases.
    ///
    /// # Errors
    ///
    /// It is not: one problem for each database and head.
    pub fn is_proved(&self, chain: &Chain<'_>) -> Result<(), Problems> {
        let mut problems = Problems::new();
        for &dialect in &chain.dialects {
            let proved = self.proved(chain, dialect);
            for at in chain.written_heads().into_iter().filter(|&at| !proved[at]) {
                let revision = chain.get(at);
                let message = format!(
                    "nothing proves that `{}` runs on {dialect}, up and down",
                    revision.id
                );
                let problem = Problem::file(format!("{}/{}", chain.root, revision.path), message);
                problems.push(problem.help(
                    "run `cargo migrate prove`, and commit chain.lock, which says it afterwards",
                ));
            }
        }
        problems.into_result()
    }

    /// Why the file is not what `cargo migrate lock` would write, one clause each: revisions that it
    /// doesn't list, or lists in vain. The build takes such a file; tests and `check` don't.
    fn stale(&self, chain: &Chain<'_>) -> Vec<String> {
        let mut why = Vec::new();
        let mut listed = HashSet::new();
        for entry in &self.entries {
            let id = entry.revision.as_str();
            if !listed.insert(id) {
                why.push(format!("`{id}` is listed twice"));
            } else if chain.index_of(id).is_none_or(|at| chain.get(at).id != id) {
                why.push(format!("`{id}` is no longer there"));
            }
        }
        for revision in chain.revisions() {
            if !listed.contains(revision.id) {
                why.push(format!(
                    "`{}` ({}/{}) is not in it",
                    revision.id, chain.root, revision.path
                ));
            }
        }
        let now = self.updated(chain);
        if self.dialects != now.dialects {
            let names: Vec<&str> = chain.dialects.iter().map(|one| one.name()).collect();
            why.push(format!("the chain is for {}", names.join(" and ")));
        } else if why.is_empty() {
            let ids = |lock: &ChainLock| -> Vec<String> {
                let ids = lock.entries.iter().map(|entry| entry.revision.clone());
                ids.collect()
            };
            if ids(self) != ids(&now) {
                why.push("its lines are in another order".to_owned());
            }
        }
        if self.adopt != now.adopt {
            why.push(match (&self.adopt, &now.adopt) {
                (None, _) => format!("{ADOPT_SQL} is not in it"),
                (_, None) => format!("{ADOPT_SQL} is no longer there"),
                _ => format!("{ADOPT_SQL} has changed"),
            });
        }
        why
    }

    /// The file is what `cargo migrate lock` would write.
    ///
    /// # Errors
    ///
    /// It is stale: one problem that names the first few revisions.
    pub fn up_to_date(&self, chain: &Chain<'_>) -> Result<(), Problems> {
        const SHOWN: usize = 3;
        let mut stale = self.stale(chain);
        if stale.len() > SHOWN {
            let more = stale.len() - SHOWN;
            stale.truncate(SHOWN);
            stale.push(format!("and {more} more"));
        }
        let mut problems = Problems::new();
        if !stale.is_empty() {
            let message = format!("chain.lock is stale: {}", stale.join(", "));
            let problem = Problem::file(format!("{}/{CHAIN_LOCK}", chain.root), message);
            problems.push(problem.help("run `cargo migrate lock`, and commit the file"));
        }
        problems.into_result()
    }

    /// The sealed revisions of which the upgrade is no longer what was sealed, with the release.
    pub fn edited<'l>(&'l self, chain: &Chain<'_>) -> Vec<(&'l str, &'l str)> {
        let seals = self.entries.iter().filter_map(|entry| {
            let seal = entry.seal.as_ref()?;
            let revision = chain.get(chain.index_of(&entry.revision)?);
            let same = revision.id != entry.revision
                || seal.holds(|dialect, before| hash(&revision.content(dialect)) == before);
            (!same).then_some((entry.revision.as_str(), seal.release.as_str()))
        });
        seals.collect()
    }

    /// The sealed revisions that are not in the chain, with the release; no squash stands for them.
    pub fn missing<'l>(&'l self, chain: &Chain<'_>) -> Vec<(&'l str, &'l str)> {
        let seals = self.entries.iter().filter_map(|entry| {
            let seal = entry.seal.as_ref()?;
            let is_gone = chain.index_of(&entry.revision).is_none();
            is_gone.then_some((entry.revision.as_str(), seal.release.as_str()))
        });
        seals.collect()
    }

    /// Seals every open revision of a chain as part of a release.
    ///
    /// # Errors
    ///
    /// A name that the file could not keep: it is one word, and not `open`.
    pub fn release(&mut self, version: &str, chain: &Chain<'_>) -> Result<(), String> {
        if version.is_empty() || version == OPEN || version.contains(char::is_whitespace) {
            return Err(format!(
                "`{version}` can't name a release in {CHAIN_LOCK}: it is one word, such as v1.2.0, and not `open`"
            ));
        }
        for revision in chain.revisions() {
            self.seal(revision, version);
        }
        Ok(())
    }

    /// Seals one revision, unless a release has done so before.
    pub fn seal(&mut self, revision: &Revision<'_>, release: &str) {
        let dialects = &self.dialects;
        let entries = self.entries.iter_mut();
        for entry in entries.filter(|entry| entry.revision == revision.id) {
            entry.seal.get_or_insert_with(|| {
                let seal = Seal {
                    release: release.to_owned(),
                    content: Vec::new(),
                };
                seal.completed(revision, dialects)
            });
        }
    }
}

impl Proof {
    /// The revision that it is about.
    fn of(&self, chain: &Chain<'_>) -> Option<usize> {
        let all = proof_fingerprints(chain, self.dialect);
        all.into_iter()
            .position(|one| one == Some(self.fingerprint))
    }
}

/// What stands behind `proved`.
fn proof<'w>(mut words: impl Iterator<Item = &'w str>) -> Option<Proof> {
    let proof = Proof {
        dialect: words.next()?.parse().ok()?,
        version: words.next()?.to_owned(),
        fingerprint: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(proof)
}

impl Seal {
    /// True if each hash is still right.
    pub(crate) fn holds(&self, is_right: impl Fn(Dialect, &str) -> bool) -> bool {
        (self.content.iter()).all(|(dialect, before)| is_right(*dialect, before))
    }

    /// With a hash for each of these dialects.
    fn completed(&self, revision: &Revision<'_>, dialects: &[Dialect]) -> Seal {
        let kept = |dialect: Dialect| {
            let mut content = self.content.iter();
            content.find(|(of, _)| *of == dialect).cloned()
        };
        let new = |dialect: Dialect| (dialect, hash(&revision.content(dialect)));
        let content = dialects.iter();
        Seal {
            release: self.release.clone(),
            content: content
                .map(|&dialect| kept(dialect).unwrap_or_else(|| new(dialect)))
                .collect(),
        }
    }
}

/// What the file keeps of a content.
pub(crate) fn hash(content: &str) -> String {
    let mut hash = Fingerprint::of_content(content).to_string();
    hash.truncate(DIGITS);
    hash
}

/// The file's text.
impl fmt::Display for ChainLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(INTRODUCTION)?;
        if !self.dialects.is_empty() {
            f.write_str(DIALECTS)?;
            for dialect in &self.dialects {
                write!(f, " {dialect}")?;
            }
            f.write_str("\n")?;
        }
        for entry in &self.entries {
            f.write_str(&entry.revision)?;
            match &entry.seal {
                None => write!(f, " {OPEN}")?,
                Some(seal) => {
                    write!(f, " {}", seal.release)?;
                    for (_, hash) in &seal.content {
                        write!(f, " {hash}")?;
                    }
                }
            }
            f.write_str("\n")?;
        }
        if let Some(hash) = &self.adopt {
            writeln!(f, "{ADOPT_SQL} {hash}")?;
        }
        for proof in &self.proofs {
            let Proof {
                dialect,
                version,
                fingerprint,
            } = proof;
            writeln!(f, "{PROVED} {dialect} {version} {fingerprint}")?;
        }
        Ok(())
    }
}
