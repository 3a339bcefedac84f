//! The audit log as it is read back.

use std::time::Duration;

use migrate_chain::{Direction, Fingerprint, sort_positions};

use crate::driver::Row;

/// What a row of the audit log says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// The upgrade ran.
    Upgrade,
    /// The downgrade ran.
    Downgrade,
    /// The revision was recorded as applied without running.
    Stamp,
    /// The revision was recorded as not applied without running.
    Unstamp,
    /// Its edited content was accepted.
    Repair,
    /// Another tool had applied it, and it was recorded without running.
    Adopt,
}

impl Act {
    /// As it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Act::Upgrade => "upgrade",
            Act::Downgrade => "downgrade",
            Act::Stamp => "stamp",
            Act::Unstamp => "unstamp",
            Act::Repair => "repair",
            Act::Adopt => "adopt",
        }
    }

    fn of(name: &str) -> Option<Act> {
        [
            Act::Upgrade,
            Act::Downgrade,
            Act::Stamp,
            Act::Unstamp,
            Act::Repair,
            Act::Adopt,
        ]
        .into_iter()
        .find(|act| act.name() == name)
    }

    /// What a step of a plan does, or only records.
    pub(crate) fn of_step(direction: Direction, stamp: bool) -> Act {
        match (direction, stamp) {
            (Direction::Upgrade, false) => Act::Upgrade,
            (Direction::Downgrade, false) => Act::Downgrade,
            (Direction::Upgrade, true) => Act::Stamp,
            (Direction::Downgrade, true) => Act::Unstamp,
        }
    }

    /// True when the revision is applied after it.
    pub(crate) fn leaves_applied(self) -> bool {
        matches!(self, Act::Upgrade | Act::Stamp | Act::Repair | Act::Adopt)
    }
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LogEntry {
    /// The revision's id.
    pub revision: String,
    /// Its parents at that time.
    pub down_revision: Vec<String>,
    /// Its dependencies at that time.
    pub depends_on: Vec<String>,
    /// What happened.
    pub act: Act,
    /// The first line of its header.
    pub message: String,
    /// Why it breaks older clients, if it does.
    pub breaking: Option<String>,
    /// The release of the app that did it.
    pub app_version: String,
    /// The database user or, on SQLite, the system's.
    pub applied_by: String,
    /// What tells the rows of one run from others.
    pub run_id: String,
    /// When it started, in UTC: `2026-11-20T10:02:11.123Z`.
    pub started_at: String,
    /// How long it took.
    pub duration: Duration,
    pub(crate) fingerprint: Option<Fingerprint>,
    /// With its section properties, where it could be stored.
    pub(crate) downgrade: Option<(String, String)>,
}

impl LogEntry {
    /// Reads what `Tables::select_log` selects; `None` for a row that a person has mangled.
    pub(crate) fn of(row: Row<'_>) -> Option<LogEntry> {
        const BREAKING: usize = 6;
        const DOWNGRADE: usize = 7;
        const PROPERTIES: usize = 8;
        let may_be_null = |at| matches!(at, BREAKING | DOWNGRADE | PROPERTIES);
        if (0..14).any(|at| row.get(at).is_none() && !may_be_null(at)) {
            return None;
        }
        let (act, micros) = (Act::of(row.get(3)?)?, row.get(13)?.parse().ok()?);
        // Whatever can fail has not, so that nothing half made is ever dropped.
        let text = |at| row.text(at);
        let list = |at| -> Vec<String> {
            let ids = row.get(at).unwrap_or_default().split(',');
            ids.map(str::trim)
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Some(LogEntry {
            revision: text(0),
            down_revision: list(1),
            depends_on: list(2),
            act,
            fingerprint: text(4).parse().ok(),
            message: text(5),
            breaking: row.get(BREAKING).map(|_| text(BREAKING)),
            downgrade: row
                .get(DOWNGRADE)
                .map(|_| (text(DOWNGRADE), text(PROPERTIES))),
            app_version: text(9),
            applied_by: text(10),
            run_id: text(11),
            started_at: text(12),
            duration: Duration::from_micros(micros),
        })
    }
}

/// Whether a revision is applied, by its last entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LastAct {
    pub(crate) revision: String,
    pub(crate) leaves_applied: bool,
}

impl LastAct {
    /// Reads what `Tables::select_last_acts` selects; `None` for a row that a person has mangled.
    pub(crate) fn of(row: Row<'_>) -> Option<LastAct> {
        Some(LastAct {
            revision: row.get(0)?.to_owned(),
            leaves_applied: Act::of(row.get(1)?)?.leaves_applied(),
        })
    }

    /// The last entry of each revision, the older first.
    pub(crate) fn of_log(log: &[LogEntry]) -> Vec<LastAct> {
        let last = Latest::of(log);
        let is_last = |(at, entry): &(usize, &LogEntry)| last.index(&entry.revision) == Some(*at);
        log.iter()
            .enumerate()
            .filter(is_last)
            .map(|(_, entry)| LastAct {
                revision: entry.revision.clone(),
                leaves_applied: entry.act.leaves_applied(),
            })
            .collect()
    }
}

/// The last entry of each revision, which tells whether it is applied.
pub(crate) struct Latest<'l> {
    log: &'l [LogEntry],
    /// Indices into the log, by revision, the older first.
    sorted: Vec<usize>,
}

impl<'l> Latest<'l> {
    pub(crate) fn of(log: &'l [LogEntry]) -> Latest<'l> {
        let mut sorted: Vec<usize> = (0..log.len()).collect();
        sort_positions(&mut sorted, &|one, other| {
            log[one].revision.cmp(&log[other].revision)
        });
        Latest { log, sorted }
    }

    /// Where in the log the last entry of a revision stands.
    pub(crate) fn index(&self, revision: &str) -> Option<usize> {
        let up_to = (self.sorted).partition_point(|&at| self.log[at].revision.as_str() <= revision);
        let last = *self.sorted.get(up_to.checked_sub(1)?)?;
        (self.log[last].revision == revision).then_some(last)
    }

    /// The last entry of a revision.
    pub(crate) fn get(&self, revision: &str) -> Option<&'l LogEntry> {
        self.index(revision).map(|at| &self.log[at])
    }
}
