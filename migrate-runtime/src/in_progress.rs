use std::fmt;

use migrate_chain::{Action, Chain, Direction, Fingerprint};

use crate::driver::Row;

/// A row of the table of pending steps: a non-transactional step under way, or interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepInProgress {
    pub(crate) revision: String,
    pub(crate) direction: Direction,
    /// Of the script, so that a retry never goes on in another text.
    pub(crate) content_hash: String,
    /// Statements begun.
    pub(crate) started: usize,
    /// Statements done; when fewer than begun, what became of the last one is unknown.
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) run_id: String,
}

impl StepInProgress {
    /// The first row of a step.
    pub(crate) fn new(
        revision: &str,
        direction: Direction,
        action: &Action<'_>,
        run_id: &str,
    ) -> StepInProgress {
        StepInProgress {
            revision: revision.to_owned(),
            direction,
            content_hash: hash(action),
            started: 0,
            done: 0,
            total: statements(action),
            run_id: run_id.to_owned(),
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
        })
    }

    /// True when it is known how far the step came.
    pub(crate) fn is_certain(&self) -> bool {
        self.started == self.done
    }

    /// True when the chain still has the script that was begun.
    pub(crate) fn is_unchanged(&self, action: &Action<'_>) -> bool {
        self.content_hash == hash(action)
    }

    /// The position of its revision.
    pub(crate) fn position(&self, chain: &Chain<'_>) -> Option<usize> {
        chain.index_of(&self.revision)
    }
}

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

/// How many statements an action takes; code counts as one.
fn statements(action: &Action<'_>) -> usize {
    match action {
        Action::Script(script) => script.statements.len(),
        Action::Code(_) => 1,
        Action::Absent | Action::Nothing | Action::Irreversible(_) => 0,
    }
}

fn hash(action: &Action<'_>) -> String {
    match action {
        Action::Script(script) => Fingerprint::of_content(script.text).to_string(),
        _ => "code".to_owned(),
    }
}
