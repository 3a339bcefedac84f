//! What a database has recorded, judged against the chain.

use migrate_chain::{Applied, Chain, Dialect, Fingerprint, Plan, Step, sort_positions};

use crate::in_progress::StepInProgress;
use crate::log::{LastAct, Latest, LogEntry};
use crate::verify;
use crate::{Error, ErrorKind, Result};

/// A recorded head, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) revision: String,
    /// As text: what is no fingerprint matches none.
    pub(crate) fingerprint: String,
}

impl Recorded {
    /// True while a step outside a transaction is in progress: nobody takes it for up to date.
    fn is_blank(&self) -> bool {
        self.fingerprint.is_empty()
    }
}

/// A head as it is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head<'s> {
    pub(crate) revision: &'s str,
    /// `None`: as it is recorded already, because the chain doesn't know the revision.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl<'s> Head<'s> {
    /// A revision of the chain's, under its own id.
    pub(crate) fn of(chain: &'s Chain<'_>, at: usize, dialect: Dialect) -> Head<'s> {
        let revision = chain.get(at);
        Head {
            revision: revision.id,
            fingerprint: revision.fingerprint(dialect),
        }
    }

    /// True when a row records it as it is to be.
    pub(crate) fn is(&self, row: &Recorded) -> bool {
        self.revision == row.revision
            && self
                .fingerprint
                .is_none_or(|fingerprint| fingerprint.is_hex(&row.fingerprint))
    }
}

/// What is applied, in terms of the chain.
#[derive(Debug)]
pub(crate) struct State {
    /// The recorded heads, as they were read.
    pub(crate) recorded: Vec<Recorded>,
    /// Positions recorded, or that the recorded ones ahead stand on.
    pub(crate) rows: Vec<usize>,
    pub(crate) applied: Applied,
    /// The audit log, oldest first, where it had to be read.
    pub(crate) log: Vec<LogEntry>,
    /// Where in the log the last entries stand of what the database has and the chain doesn't, the newest first.
    ahead: Vec<usize>,
    /// A non-transactional step that is under way or was interrupted.
    pub(crate) in_progress: Option<StepInProgress>,
    /// What records the steps that another tool has applied: `applied` has them already.
    pub(crate) adopt: Vec<Step>,
    /// Positions that are recorded, and that the other tool doesn't have.
    pub(crate) lacking: Vec<usize>,
}

impl State {
    /// True when what is recorded says all: the chain's own heads, unedited. Else the audit log is needed.
    pub(crate) fn is_plain(chain: &Chain<'_>, dialect: Dialect, recorded: &[Recorded]) -> bool {
        // A record without heads may have lost them.
        !recorded.is_empty()
            && recorded
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
    /// An edited revision, one that nothing connects to the chain, or a record without heads whose log names some.
    pub(crate) fn of(
        chain: &Chain<'_>,
        dialect: Dialect,
        recorded: &[Recorded],
        log: Vec<LogEntry>,
        in_progress: Option<StepInProgress>,
    ) -> Result<State> {
        // While a step is in progress the fingerprints are blank on purpose.
        let blank = |row: &Recorded| in_progress.is_some() && row.is_blank();
        let mut rows = Vec::new();
        let mut unknown = Vec::new();
        let mut mismatched = false;
        for row in recorded {
            match chain.index_of(&row.revision) {
                Some(at) => {
                    mismatched |= !blank(row) && !matches(chain, at, dialect, &row.fingerprint);
                    rows.push(at);
                }
                None => unknown.push(row.revision.as_str()),
            }
        }
        if recorded.is_empty()
            && let Some(entry) = applied_by_log(chain, &log)
        {
            return Err(heads_lost(entry));
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
        Ok(State {
            recorded: recorded.to_vec(),
            rows: applied.rows(chain),
            applied,
            ahead: (0..log.len()).rev().filter(|&at| ahead[at]).collect(),
            log,
            in_progress,
            adopt: Vec::new(),
            lacking: Vec::new(),
        })
    }

    /// What of the recorded heads the chain knows, unjudged: for whoever writes the record anew.
    pub(crate) fn unjudged(
        chain: &Chain<'_>,
        recorded: &[Recorded],
        log: Vec<LogEntry>,
        in_progress: Option<StepInProgress>,
    ) -> State {
        let rows = recorded
            .iter()
            .filter_map(|row| chain.index_of(&row.revision));
        let applied = Applied::of_rows(chain, &rows.collect::<Vec<_>>());
        State {
            recorded: recorded.to_vec(),
            rows: applied.rows(chain),
            applied,
            log,
            ahead: Vec::new(),
            in_progress,
            adopt: Vec::new(),
            lacking: Vec::new(),
        }
    }

    /// Takes what a plan records for applied.
    pub(crate) fn adopt(&mut self, chain: &Chain<'_>, plan: Plan) {
        self.applied = Applied::of_rows(chain, &plan.to);
        self.rows = plan.to;
        self.adopt = plan.steps;
    }

    /// The recorded heads, each with the fingerprint that is the chain's.
    pub(crate) fn heads<'s>(&'s self, chain: &Chain<'_>, dialect: Dialect) -> Vec<Head<'s>> {
        let head = |row: &'s Recorded| Head {
            revision: &row.revision,
            fingerprint: chain
                .index_of(&row.revision)
                .and_then(|at| chain.get(at).fingerprint(dialect)),
        };
        self.recorded.iter().map(head).collect()
    }

    /// What the database has and the chain doesn't: the last entry of each in the log, the newest first.
    pub(crate) fn ahead(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + Clone {
        self.ahead.iter().filter_map(|&at| self.log.get(at))
    }

    /// True when the database has revisions that the chain doesn't.
    pub(crate) fn is_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Ids of the recorded heads.
    pub(crate) fn head_ids(&self, chain: &Chain<'_>) -> Vec<String> {
        let ids = self.recorded.iter().map(|row| row.revision.as_str());
        shown_ids(chain, ids)
    }
}

/// Ids of recorded heads as a person is shown them: a squash under its own id, in the chain's order, with what the chain
/// doesn't know at the end.
pub(crate) fn shown_heads(chain: &Chain<'_>, heads: &[Head<'_>]) -> Vec<String> {
    shown_ids(chain, heads.iter().map(|head| head.revision))
}

fn shown_ids<'i>(chain: &Chain<'_>, ids: impl Iterator<Item = &'i str>) -> Vec<String> {
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for id in ids {
        match chain.index_of(id) {
            Some(at) => known.push(at),
            None => unknown.push(id.to_owned()),
        }
    }
    sort_positions(&mut known, &|one, other| one.cmp(&other));
    let mut shown = self::ids(chain, &known);
    shown.extend(unknown);
    shown
}

/// An error unless the recorded heads and the log say the same: every head is applied by the log, and all that is applied by
/// the log lies at or below a head. Rows of either that were lost, or changed by hand, would make the database look smaller
/// than it is, and run again what ran.
pub(crate) fn agree(chain: &Chain<'_>, state: &State, acts: &[LastAct]) -> Result<()> {
    for row in &state.recorded {
        let known = chain.index_of(&row.revision).map(|at| chain.get(at));
        let is_head = |act: &&LastAct| {
            let ids = known.map(|revision| [Some(revision.id), revision.alias()]);
            act.revision == row.revision
                || ids.is_some_and(|ids| ids.contains(&Some(act.revision.as_str())))
        };
        if !acts.iter().any(|act| act.leaves_applied && is_head(&act)) {
            return Err(log_lost(&row.revision));
        }
    }
    for (at, act) in acts
        .iter()
        .enumerate()
        .filter(|(_, act)| act.leaves_applied)
    {
        let id = act.revision.as_str();
        let known = chain.index_of(id).or_else(|| chain.replacing(id));
        let stands = match known {
            Some(position) => {
                // What a squash replaces goes down with it, and has no row of its own.
                let squash = chain.get(position).id;
                state.applied.contains(position)
                    || squash != id && acts.iter().skip(at).any(|act| act.revision == squash)
            }
            None => state.ahead().any(|ahead| ahead.revision == id),
        };
        if !stands {
            return Err(head_lost(chain, state, id));
        }
    }
    Ok(())
}

/// What a person does about a record that is not whole.
const PURGE: &str = "were rows of the record deleted or changed by hand, or restored in part? `stamp --purge REV` records what a person knows to be true";

fn head_lost(chain: &Chain<'_>, state: &State, id: &str) -> Error {
    let heads = state.head_ids(chain).join("`, `");
    Error::new(
        ErrorKind::Unknown,
        format!("the log says that `{id}` is applied, and the recorded heads (`{heads}`) don't stand on it"),
    )
    .with_revision(id)
    .with_note("nothing was changed: by the heads alone it would run again")
    .with_help(PURGE)
}

fn log_lost(id: &str) -> Error {
    Error::new(
        ErrorKind::Unknown,
        format!("`{id}` is recorded as a head, and the log doesn't say that it is applied"),
    )
    .with_revision(id)
    .with_note("nothing was changed")
    .with_help(PURGE)
}

/// The newest entry of a revision that is applied, as far as the log can tell.
fn applied_by_log<'l>(chain: &Chain<'_>, log: &'l [LogEntry]) -> Option<&'l LogEntry> {
    let last = Latest::of(log);
    let is_applied = |at: usize, entry: &LogEntry| {
        // What a squash replaces goes down with it, and has no row of its own.
        let squash = chain.replacing(&entry.revision);
        let squashed = squash.and_then(|squash| last.index(chain.get(squash).id));
        last.index(&entry.revision) == Some(at)
            && entry.act.leaves_applied()
            && squashed.is_none_or(|squashed| squashed < at)
    };
    let mut entries = log.iter().enumerate().rev();
    entries
        .find(|(at, entry)| is_applied(*at, entry))
        .map(|(_, entry)| entry)
}

/// To take that for an empty database would run everything again.
fn heads_lost(entry: &LogEntry) -> Error {
    Error::new(
        ErrorKind::Unknown,
        format!(
            "no revision is recorded as applied, and the log says that `{}` is, since {}",
            entry.revision, entry.started_at
        ),
    )
    .with_revision(&entry.revision)
    .with_help("were the rows of the recorded heads deleted by hand, or restored without them? `stamp --purge REV` records what a person knows to be true, `stamp --purge base` that nothing is applied")
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
