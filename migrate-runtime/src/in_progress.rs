use std::fmt;
use std::ops::Range;

use migrate_chain::{Action, Chain, Direction, Fingerprint};

use crate::driver::Row;

/// A non-transactional step under way, or interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepInProgress {
    /// The revision's id.
    pub revision: String,
    /// Which way.
    pub direction: Direction,
    /// How many of its statements were begun.
    pub started: usize,
    /// How many are done; when fewer than begun, what became of the last one is not known.
    pub done: usize,
    /// How many it has.
    pub total: usize,
    /// What tells the run that began it from others.
    pub run_id: String,
    /// Of the whole script: the same text goes on.
    pub(crate) content_hash: String,
    /// Of the statements that were begun: a text that was mended after them goes on as well.
    pub(crate) begun_hash: String,
}

/// Hashes over the beginnings of a script: each over the one before and the statement that follows, so that a script may
/// be mended after what was run of it, and nowhere before.
#[derive(Debug)]
pub(crate) enum Beginnings {
    /// The first is of no statement.
    OfScript(Vec<Fingerprint>),
    /// Code counts as one statement, and its source must stay editable.
    OfCode,
}

impl Beginnings {
    pub(crate) fn of_script(text: &str, statements: &[Range<usize>]) -> Beginnings {
        let mut last = Fingerprint::of_content("");
        let mut hashes = Vec::with_capacity(statements.len() + 1);
        hashes.push(last);
        for range in statements {
            let statement = text.get(range.clone()).unwrap_or("");
            last = Fingerprint::of_content(&format!("{last}\n{statement}"));
            hashes.push(last);
        }
        Beginnings::OfScript(hashes)
    }

    pub(crate) fn of(action: &Action<'_>) -> Beginnings {
        match action {
            Action::Script(script) => Beginnings::of_script(script.text, &script.statements),
            Action::Code(_) => Beginnings::OfCode,
            Action::Absent | Action::Nothing | Action::Irreversible(_) | Action::Blank => {
                Beginnings::of_script("", &[])
            }
        }
    }

    /// How many statements there are.
    pub(crate) fn total(&self) -> usize {
        match self {
            Beginnings::OfScript(hashes) => hashes.len() - 1,
            Beginnings::OfCode => 1,
        }
    }

    /// The hash of all statements.
    fn whole(&self) -> String {
        self.hash(self.total()).unwrap_or_default()
    }

    /// The hash of the first so many statements; `None`: there are fewer.
    pub(crate) fn hash(&self, statements: usize) -> Option<String> {
        match self {
            Beginnings::OfScript(hashes) => hashes.get(statements).map(ToString::to_string),
            Beginnings::OfCode => Some("code".to_owned()),
        }
    }
}

impl StepInProgress {
    /// The first row of a step.
    pub(crate) fn new(
        revision: &str,
        direction: Direction,
        beginnings: &Beginnings,
        run_id: &str,
    ) -> StepInProgress {
        StepInProgress {
            revision: revision.to_owned(),
            direction,
            content_hash: beginnings.whole(),
            begun_hash: beginnings.hash(0).unwrap_or_default(),
            started: 0,
            done: 0,
            total: beginnings.total(),
            run_id: run_id.to_owned(),
        }
    }

    /// The row once so many statements are begun and done.
    pub(crate) fn advanced(
        &self,
        beginnings: &Beginnings,
        started: usize,
        done: usize,
    ) -> StepInProgress {
        StepInProgress {
            content_hash: beginnings.whole(),
            begun_hash: beginnings.hash(started).unwrap_or_default(),
            started,
            done,
            total: beginnings.total(),
            ..self.clone()
        }
    }

    /// Reads what `Tables::select_in_progress` selects.
    pub(crate) fn of(row: Row<'_>) -> Option<StepInProgress> {
        let number = |at| row.get(at)?.parse().ok();
        let (started, done, total) = (number(3)?, number(4)?, number(5)?);
        let text = |at| row.text(at);
        Some(StepInProgress {
            revision: text(0),
            direction: match row.get(1) {
                Some("upgrade") => Direction::Upgrade,
                _ => Direction::Downgrade,
            },
            content_hash: text(2),
            started,
            done,
            total,
            run_id: text(6),
            begun_hash: text(7),
        })
    }

    /// True when it is known how far the step came.
    pub fn is_certain(&self) -> bool {
        self.started == self.done
    }

    /// True when the script still begins with the statements that were begun.
    pub(crate) fn is_unchanged(&self, action: &Action<'_>) -> bool {
        let beginnings = Beginnings::of(action);
        beginnings.whole() == self.content_hash
            || beginnings.hash(self.started).as_ref() == Some(&self.begun_hash)
    }

    /// The position of its revision.
    pub(crate) fn position(&self, chain: &Chain<'_>) -> Option<usize> {
        chain.index_of(&self.revision)
    }
}

/// `the upgrade of `b1` is under way or was interrupted, after 2 of 4 statements`
impl fmt::Display for StepInProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StepInProgress {
            revision,
            direction,
            done,
            total,
            ..
        } = self;
        write!(
            f,
            "the {direction} of `{revision}` is under way or was interrupted, after {done} of {total} statements"
        )
    }
}
