//! Why a transaction came to nothing, told with the place, the revision and what is true now.

use std::ops::Range;

use migrate_chain::{Action, Chain, Plan, Run as Stretch};

use super::database::Database;
use crate::driver::{Class, DbError};
use crate::engine::database::Failure;
use crate::tables::Tables;
use crate::{Error, ErrorKind};

/// A transaction that came to nothing.
#[derive(Debug)]
pub(crate) struct Failed {
    /// True when the same may work a moment later: a deadlock, a lock not obtained in time.
    pub(super) passing: bool,
    /// True when another process has gone on with what was begun here: nothing failed.
    pub(super) moved: bool,
    pub(super) error: Error,
}

impl Failed {
    /// What was read is not what is recorded any more.
    pub(super) fn moved() -> Failed {
        Failed {
            passing: true,
            moved: true,
            error: Error::new(ErrorKind::Locked, "another process went on with the step"),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Failed {
        Failed {
            passing: false,
            moved: false,
            error,
        }
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

pub(super) fn script_failed<D: Database>(
    chain: &Chain<'_>,
    plan: &Plan,
    step: Option<usize>,
    sent: &[(usize, usize)],
    failure: Failure,
    tables: &Tables,
) -> Failed {
    let passing = matches!(failure.error.class, Class::Retry | Class::Busy);
    let hint = failure.error.hint();
    let error = match (step.and_then(|index| plan.steps.get(index)), failure.piece) {
        (Some(step), _) => {
            let revision = chain.get(step.revision);
            let offset = match revision.action(step.direction, D::DIALECT) {
                Action::Script(script) => script.offset,
                _ => 0,
            };
            let Range { start, end } = failure.at.unwrap_or(0..0);
            let (place, snippet) = revision.locate(chain.root, offset + start..offset + end);
            let kind = match failure.error.class {
                Class::ReadOnly => ErrorKind::ReadOnly,
                _ => ErrorKind::Script,
            };
            Error::new(
                kind,
                format!("the {} of `{}` failed", step.direction, revision.id),
            )
            .with_revision(revision.id)
            .with_place(place, Some(snippet))
        }
        (None, Some(_)) => own_failed(tables, &failure.error),
        (None, None) => {
            let ids = sent.iter().filter_map(|(_, step)| plan.steps.get(*step));
            let ids: Vec<&str> = ids.map(|step| chain.get(step.revision).id).collect();
            let which = match ids[..] {
                [] => "a statement of the engine's".to_owned(),
                [one] => format!("`{one}`"),
                [first, .., last] => format!("a step from `{first}` to `{last}`"),
            };
            let kind = if failure.error.class == Class::Lost {
                ErrorKind::Database
            } else {
                ErrorKind::Script
            };
            Error::new(kind, format!("{which} failed"))
        }
    };
    let error = error.with_source(failure.error).with_note(ROLLED_BACK);
    Failed {
        passing,
        ..Failed::from(match hint {
            Some(hint) => error.with_help(hint),
            None => error,
        })
    }
}

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
        Class::Privilege => story
            .with_help(match tables.grant() {
                Some(grant) => format!("{NEEDS}: `{grant}`"),
                None => NEEDS.to_owned(),
            })
            .with_help("an app whose role has less can check with `Startup::Check`, which needs SELECT only"),
        _ => story,
    }
}

pub(super) fn not_committed(
    chain: &Chain<'_>,
    plan: &Plan,
    stretch: &Stretch,
    error: DbError,
) -> Failed {
    let passing = error.class == Class::Retry;
    // SQLite has no such codes, nor that statement.
    let is_constraint = error
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("23"));
    let kind = error.kind();
    let steps = &plan.steps[stretch.steps.clone()];
    let positions: Vec<usize> = steps.iter().map(|step| step.revision).collect();
    let ids = crate::state::ids(chain, &positions);
    let lost = error.class == Class::Lost;
    let story = Error::new(kind, format!("COMMIT failed after {}", ids.join(", ")));
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
    Failed {
        passing,
        ..Failed::from(story)
    }
}

/// An error that only shows at the end of a rebuild.
pub(super) fn about_last(chain: &Chain<'_>, plan: &Plan, stretch: &Stretch, error: Error) -> Error {
    let steps = &plan.steps[stretch.steps.clone()];
    let error = error.with_note(ROLLED_BACK);
    match steps {
        [step] => {
            let revision = chain.get(step.revision);
            let place = revision.locate(chain.root, 0..0).0;
            error.with_revision(revision.id).with_place(
                migrate_chain::Place {
                    line: 0,
                    column: 0,
                    ..place
                },
                None,
            )
        }
        _ => error,
    }
}
