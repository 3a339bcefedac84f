//! What a database has recorded, judged against the chain.

use migrate_chain::{Applied, Chain, Dialect, Fingerprint, sort_positions};

use crate::in_progress::StepInProgress;
use crate::log::{Latest, LogEntry};
use crate::verify;
use crate::{Error, ErrorKind, Result};

/// A recorded head, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) revision: String,
    /// As text: what is no fingerprint matches none.
    pub(crate) fingerprint: String,
}

/// What is applied, in terms of the chain.
#[derive(Debug)]
pub(crate) struct State {
    /// Positions recorded, or that the recorded ones ahead stand on.
    pub(crate) rows: Vec<usize>,
    pub(crate) applied: Applied,
    /// The ids under which they are recorded, where a squash took another's place.
    aliases: Vec<(usize, String)>,
    /// The last entries of what the database has and the chain doesn't, newest first.
    pub(crate) ahead: Vec<LogEntry>,
    /// True when a row a head is recorded, each the chain's own and unedited.
    pub(crate) is_plain: bool,
    /// A non-transactional step that is under way or was interrupted.
    pub(crate) in_progress: Option<StepInProgress>,
}

impl State {
    /// True when every recorded head is the chain's own, unedited: the audit log is not needed.
    pub(crate) fn is_plain(chain: &Chain<'_>, dialect: Dialect, recorded: &[Recorded]) -> bool {
        recorded
            .iter()
            .all(|row| match chain.index_of(&row.revision) {
                Some(at) => matches(chain, at, dialect, &row.fingerprint),
                None => false,
            })
    }

    /// Judges the recorded heads; `log` is the audit log, needed unless they are plain.
    ///
    /// # Errors
    ///
    /// An edited revision, or one that nothing connects to the chain.
    pub(crate) fn of(
        chain: &Chain<'_>,
        dialect: Dialect,
        recorded: &[Recorded],
        log: Vec<LogEntry>,
        in_progress: Option<StepInProgress>,
    ) -> Result<State> {
        // While a step is pending the fingerprints are blank on purpose.
        let blank = |row: &Recorded| in_progress.is_some() && row.fingerprint.is_empty();
        let mut rows = Vec::new();
        let mut aliases = Vec::new();
        let mut unknown = Vec::new();
        let mut mismatched = false;
        for row in recorded {
            match chain.index_of(&row.revision) {
                Some(at) => {
                    mismatched |= !blank(row) && !matches(chain, at, dialect, &row.fingerprint);
                    if chain.get(at).id != row.revision {
                        aliases.push((at, row.revision.clone()));
                    }
                    rows.push(at);
                }
                None => unknown.push(row.revision.as_str()),
            }
        }
        let (ahead, below) = connect(chain, &unknown, &log)?;
        rows.extend(below);
        sort_positions(&mut rows, &|one, other| one.cmp(&other));
        rows.dedup();
        let applied = Applied::of_rows(chain, &rows);
        if mismatched || ahead.contains(&true) || recorded.iter().any(blank) {
            let differences = verify::differences(chain, dialect, &applied, &log);
            if !differences.is_empty() {
                return Err(verify::error(chain, &differences));
            }
            if mismatched {
                return Err(mismatch(chain, dialect, recorded));
            }
        }
        let ahead = log.into_iter().zip(ahead).rev();
        let ahead = ahead.filter(|(_, ahead)| *ahead).map(|(entry, _)| entry);
        let ahead: Vec<LogEntry> = ahead.collect();
        let rows = applied.rows(chain);
        Ok(State {
            is_plain: rows.len() == recorded.len() && ahead.is_empty() && in_progress.is_none(),
            rows,
            applied,
            aliases,
            ahead,
            in_progress,
        })
    }

    /// What of the recorded heads the chain knows, unjudged: for a stamp that replaces them all.
    pub(crate) fn unjudged(
        chain: &Chain<'_>,
        dialect: Dialect,
        recorded: &[Recorded],
        in_progress: Option<StepInProgress>,
    ) -> State {
        let rows = recorded
            .iter()
            .filter_map(|row| chain.index_of(&row.revision));
        let applied = Applied::of_rows(chain, &rows.collect::<Vec<_>>());
        let rows = applied.rows(chain);
        State {
            is_plain: rows.len() == recorded.len()
                && in_progress.is_none()
                && State::is_plain(chain, dialect, recorded),
            rows,
            applied,
            aliases: Vec::new(),
            ahead: Vec::new(),
            in_progress,
        }
    }

    /// The id under which a position is recorded.
    pub(crate) fn recorded_as<'s>(&'s self, chain: &'s Chain<'_>, position: usize) -> &'s str {
        let alias = self.aliases.iter().find(|(at, _)| *at == position);
        alias.map_or(chain.get(position).id, |(_, id)| id)
    }

    /// Ids of the recorded heads, of those ahead where there are any.
    pub(crate) fn heads(&self, chain: &Chain<'_>) -> Vec<String> {
        ids(chain, &self.rows)
    }
}

pub(crate) fn ids(chain: &Chain<'_>, positions: &[usize]) -> Vec<String> {
    positions
        .iter()
        .map(|&at| chain.get(at).id.to_owned())
        .collect()
}

fn matches(chain: &Chain<'_>, at: usize, dialect: Dialect, recorded: &str) -> bool {
    let fingerprint = chain.get(at).fingerprint(dialect);
    fingerprint.is_some_and(|fingerprint| fingerprint.is_hex(recorded))
}

/// Positions that are recorded, or that recorded revisions which the chain lacks stand on.
///
/// # Errors
///
/// One that nothing connects to the chain.
pub(crate) fn known(
    chain: &Chain<'_>,
    recorded: &[Recorded],
    log: &[LogEntry],
) -> Result<Vec<usize>> {
    let ids = recorded.iter().map(|row| row.revision.as_str());
    let (known, unknown): (Vec<&str>, Vec<&str>) = ids.partition(|id| chain.index_of(id).is_some());
    let (_, mut below) = connect(chain, &unknown, log)?;
    below.extend(known.iter().filter_map(|id| chain.index_of(id)));
    Ok(below)
}

/// Follows the audit log from unknown heads down to revisions of the chain: which entries lie on the
/// way, and where it ends.
fn connect(
    chain: &Chain<'_>,
    unknown: &[&str],
    log: &[LogEntry],
) -> Result<(Vec<bool>, Vec<usize>)> {
    // The last entry of each revision tells.
    let last = Latest::of(log);
    // By index into the log.
    let mut ahead = vec![false; log.len()];
    let mut below = Vec::new();
    let mut open: Vec<&str> = unknown.to_vec();
    while let Some(id) = open.pop() {
        if let Some(at) = chain.index_of(id) {
            below.push(at);
            continue;
        }
        match last.index(id) {
            // The history would lead on, but past the squash that stands for it.
            _ if chain.replacing(id).is_some() => {
                return Err(unknown_revision(chain, id, unknown.contains(&id)));
            }
            Some(index) if log[index].act.leaves_applied() => {
                if !std::mem::replace(&mut ahead[index], true) {
                    let entry = &log[index];
                    let stands_on = entry.down_revision.iter().chain(&entry.depends_on);
                    open.extend(stands_on.map(String::as_str));
                }
            }
            _ => return Err(unknown_revision(chain, id, unknown.contains(&id))),
        }
    }
    Ok((ahead, below))
}

fn unknown_revision(chain: &Chain<'_>, id: &str, recorded: bool) -> Error {
    if let Some(squash) = chain.replacing(id) {
        let squash = chain.get(squash);
        let last = squash.alias().unwrap_or_default();
        let error = Error::new(
            ErrorKind::Unknown,
            format!(
                "the database is at `{id}`, in the middle of what `{}` replaces",
                squash.id
            ),
        );
        return error.with_revision(id).with_help(match squash.version {
            Some(version) => format!(
                "upgrade it first with a release from before {version}, up to `{last}`; then this one goes on from there"
            ),
            None => format!(
                "upgrade it first with the last release from before `{}`, up to `{last}`; then this one goes on from there",
                squash.id
            ),
        });
    }
    let how = if recorded {
        "is recorded as applied"
    } else {
        "lies below what is recorded"
    };
    Error::new(
        ErrorKind::Unknown,
        format!("revision `{id}` {how}, but neither this program nor the database's history knows it"),
    )
    .with_revision(id)
    .with_help("is this the right database, and the right chain name? Two chains in one database need two names")
    .with_help("a program that has the revision can downgrade it; `stamp --purge REV` records what a person knows to be true")
}

/// A head whose fingerprint is another, while the log shows no edit: it was recorded by hand.
fn mismatch(chain: &Chain<'_>, dialect: Dialect, recorded: &[Recorded]) -> Error {
    let row = recorded.iter().find(|row| {
        let at = chain.index_of(&row.revision);
        at.is_some_and(|at| !matches(chain, at, dialect, &row.fingerprint))
    });
    let id = row.map_or("", |row| row.revision.as_str());
    Error::new(
        ErrorKind::Edited,
        format!("the recorded fingerprint of `{id}` is not that of this chain, and the history doesn't say why"),
    )
    .with_revision(id)
    .with_help("was the row, or the history, changed by hand? `stamp --purge` records it anew, once a person has looked")
}

/// A fingerprint recomputed from what is recorded of the parents: only an edit of the revision
/// itself changes it.
pub(crate) fn recomputed(
    chain: &Chain<'_>,
    dialect: Dialect,
    position: usize,
    recorded: &Latest<'_>,
) -> Option<Fingerprint> {
    let revision = chain.get(position);
    if !revision.replaces.is_empty() {
        return revision.fingerprint(dialect);
    }
    let of = |list: &[usize]| -> Option<Vec<Fingerprint>> {
        let one = |&at: &usize| {
            let below = chain.get(at);
            let ids = [Some(below.id), below.alias()];
            ids.into_iter()
                .flatten()
                .find_map(|id| recorded.get(id)?.fingerprint)
        };
        list.iter().map(one).collect()
    };
    Some(Fingerprint::new(
        revision.id,
        &of(chain.parents(position))?,
        &of(chain.dependencies(position))?,
        &revision.content(dialect),
    ))
}
