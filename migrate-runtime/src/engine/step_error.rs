//! Why a part of a plan came to nothing: errors with the place, the revision and what is true now.

use std::time::Duration;

use migrate_chain::Chain;

use super::database::Failure;
use super::plan::PlanStep;
use crate::driver::{Class, DbError};
use crate::tables::Tables;
use crate::{Error, ErrorKind};

/// A part of a plan that came to nothing.
#[derive(Debug)]
pub(crate) struct StepError {
    pub(super) error: Error,
    pub(super) retry: Retry,
    /// Who holds what was waited for, where that is known.
    pub(super) holder: Option<String>,
}

/// Whether the part is taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    Never,
    /// A failure that may not come again a moment later: a deadlock.
    Passing,
    /// A lock was not obtained in time; about how long a script's statement waited for it, `None` for one of the engine's own.
    Blocked {
        waited: Option<Duration>,
    },
    /// Another process has gone on with what was begun here: nothing failed, and all is decided anew.
    Moved,
    /// Another process may be at work on the step in progress, where nothing holds the lock meanwhile; or another tool is.
    AtWork,
}

impl StepError {
    /// What was read is not what is recorded any more.
    pub(super) fn moved() -> StepError {
        StepError {
            error: Error::new(ErrorKind::Locked, "another process went on with the step"),
            retry: Retry::Moved,
            holder: None,
        }
    }

    /// Something failed that may work a moment later, or not: that depends on what the database said.
    pub(super) fn new(error: Error, class: Class) -> StepError {
        StepError {
            error,
            retry: match class {
                Class::Retry => Retry::Passing,
                Class::Busy => Retry::Blocked { waited: None },
                _ => Retry::Never,
            },
            holder: None,
        }
    }

    /// Adds how long a lock was waited for, and who holds it.
    pub(super) fn blocked(mut self, waited: Duration, holder: Option<String>) -> StepError {
        self.retry = Retry::Blocked {
            waited: Some(waited),
        };
        self.holder = holder;
        self
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> StepError {
        StepError::new(error, Class::Other)
    }
}

pub(super) const ROLLED_BACK: &str =
    "its transaction was rolled back: the database is as it was before it";

/// Code of the app's has committed or rolled back under us.
pub(super) fn ended(who: &str) -> Error {
    Error::new(
        ErrorKind::Code,
        format!("{who} ended the transaction that it ran in"),
    )
    .with_note("what it committed stays, and is recorded nowhere")
    .with_help("leave COMMIT and ROLLBACK to the engine; to fail, return an error")
}

/// What puts the session back after a step, or code of the app's, has failed: most often the role may not take back what
/// another role, or a function, has set.
pub(super) fn session_not_restored(who: &str, error: DbError) -> Error {
    Error::new(
        error.kind(),
        format!("what {who} has set for the session can't be put back"),
    )
    .with_source(error)
    .with_help("take it back there, as the role that has set it (`RESET ..`), or set it with `SET LOCAL` in a function")
}

/// A piece of a message failed; `step` is the one whose script it is, and `sent` are those that travelled in it.
pub(super) fn script_failed(
    chain: &Chain<'_>,
    step: Option<&PlanStep<'_>>,
    sent: &[&PlanStep<'_>],
    failure: Failure,
    tables: &Tables,
) -> StepError {
    let class = failure.error.class;
    let hint = failure.error.hint();
    let error = match (step, failure.piece) {
        (Some(step), _) => {
            let kind = match failure.error.class {
                Class::ReadOnly => ErrorKind::ReadOnly,
                Class::Busy => ErrorKind::Locked,
                _ => ErrorKind::Script,
            };
            let planned = &step.planned;
            let error = Error::new(
                kind,
                format!("the {} of `{}` failed", planned.direction, planned.revision),
            );
            step.at_place(chain, failure.at.unwrap_or(0..0), error)
        }
        (None, Some(_)) => own_failed(tables, &failure.error),
        (None, None) => {
            let ids: Vec<&str> = sent
                .iter()
                .map(|step| step.planned.revision.as_str())
                .collect();
            let which = match ids[..] {
                [] => "a statement of the engine's".to_owned(),
                [one] => format!("`{one}`"),
                [first, .., last] => format!("a step from `{first}` to `{last}`"),
            };
            let kind = match failure.error.class {
                Class::Lost => ErrorKind::Database,
                Class::Busy => ErrorKind::Locked,
                _ => ErrorKind::Script,
            };
            Error::new(kind, format!("{which} failed"))
        }
    };
    let error = error.with_source(failure.error).with_note(ROLLED_BACK);
    let error = match hint {
        Some(hint) => error.with_help(hint),
        None => error,
    };
    StepError::new(error, class)
}

#[cfg(feature = "_postgres")]
const NEEDS: &str = "the role that migrates needs CREATE and USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on these tables";

/// A statement about our own tables failed: most often the role may not create them.
pub(super) fn own_failed(tables: &Tables, error: &DbError) -> Error {
    let story = Error::new(
        error.kind(),
        format!(
            "can't write to `{}` and the tables beside it",
            tables.shown()
        ),
    );
    match error.class {
        #[cfg(feature = "_postgres")]
        Class::Privilege => story
            .with_help(match tables.grant() {
                Some(grant) => format!("{NEEDS}: `{grant}`"),
                None => NEEDS.to_owned(),
            })
            .with_help("an app whose role has less can check with `Startup::Check`, which needs SELECT only"),
        #[cfg(feature = "_postgres")]
        _ if error.code.as_deref() == Some("3F000") => story.with_help(
            "whoever owns the database makes the schema (`CREATE SCHEMA`): no migration makes the one that its record is in",
        ),
        _ => story,
    }
}

pub(super) fn not_committed(steps: &[PlanStep<'_>], error: DbError) -> StepError {
    // A lock of PostgreSQL's that was not obtained in time; on SQLite, `lock_wait` is over.
    let class = match error.class {
        Class::Busy if error.code.is_none() => Class::Other,
        class => class,
    };
    // SQLite has no such codes, nor that statement.
    let is_constraint = error
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("23"));
    let kind = error.kind();
    let ids: Vec<&str> = steps
        .iter()
        .map(|step| step.planned.revision.as_str())
        .collect();
    let lost = error.class == Class::Lost;
    let story = Error::new(
        kind,
        match ids[..] {
            [] => "COMMIT failed".to_owned(),
            _ => format!("COMMIT failed after {}", ids.join(", ")),
        },
    );
    let story = match error.hint() {
        Some(hint) => story.with_help(hint),
        None => story,
    };
    let story = story.with_source(error);
    let story = match (lost, is_constraint) {
        (true, _) => story.with_note("the connection broke before the answer came: either all of it is recorded or nothing").with_help("start again: the next run finds out, and goes on from there"),
        (false, true) => story.with_note(ROLLED_BACK).with_help("a deferred constraint is checked at COMMIT: `SET CONSTRAINTS ALL IMMEDIATE` at the end of a script finds the one that fails"),
        (false, false) => story.with_note(ROLLED_BACK),
    };
    StepError::new(story, class)
}

/// An error that only shows at the end of a rebuild: no statement of the script is at fault alone, so it begins with it.
pub(super) fn about_last(chain: &Chain<'_>, steps: &[PlanStep<'_>], error: Error) -> Error {
    let error = error.with_note(ROLLED_BACK);
    match steps {
        [step] => step.at_place(chain, step.first_line(), error),
        _ => error,
    }
}
