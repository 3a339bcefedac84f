//! Reads what the other tool has applied.

use std::time::Instant;

use migrate_chain::{Chain, Goal, Plan};

use super::judge::judge;
use super::{Other, other};
use crate::driver::{Class, DbError};
use crate::engine::database::Database;
use crate::engine::step_error::{Retry, StepError};
use crate::engine::{Engine, Request};
use crate::error::RefusalKind;
use crate::state::State;
use crate::{Error, ErrorKind, Result};

/// How far to look at another tool's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Only whether there is a reason to.
    IsDue,
    /// Read it as it is now.
    Read,
    /// Keep everybody from it, in the transaction that holds the lock, and read it.
    Locked,
}

/// Looks at what the other tool has applied, where that may matter: nothing is recorded yet, or a step of the tool's is
/// pending, or one may be undone. What it has and the record doesn't is then taken for applied, with steps that record it.
/// In a transaction that holds the lock the tool's table is locked first, so that a step of the tool's under way is awaited.
/// True where it may matter.
pub(crate) async fn look<D: Database>(
    engine: &mut Engine<'_, '_, D>,
    chain: &Chain<'_>,
    state: &mut State,
    request: &Request<'_>,
    how: Look,
) -> Result<bool, StepError> {
    let in_transaction = how == Look::Locked;
    let other = match engine.other.take() {
        Some(other) => other,
        None => match other(engine.migrator.migrations)? {
            Some(other) => other,
            None => return Ok(false),
        },
    };
    let other = engine.other.insert(other);
    other.is_due = is_due(other, chain, state, request);
    if !other.is_due {
        return Ok(false);
    }
    if how == Look::IsDue {
        return Ok(true);
    }
    let adoption = &other.adoption;
    let (table, scripts) = (adoption.table, adoption.scripts(D::DIALECT));
    let name = match table {
        Some(table) => match D::other_table(engine, table).await? {
            Some(name) => Some(name),
            None => return Ok(true),
        },
        None => None,
    };
    if let Some(other) = &mut engine.other {
        other.is_present = true;
    }
    // What we have begun is decided first.
    let judges = state.in_progress.is_none();
    let (Some(applied), true) = (scripts.applied, judges && adopts(request)) else {
        return Ok(true);
    };
    if let Some(name) = &name
        && in_transaction
        && let Some(lock) = D::lock_other(name)
    {
        let locked = engine.driver.rows(&lock).await;
        locked.map_err(|error| not_locked(name, error))?;
    }
    let rows = if in_transaction {
        engine.driver.rows(applied.text).await
    } else {
        engine.read_patiently(applied.text).await
    };
    let Some(Other { adoption, .. }) = &engine.other else {
        return Ok(true);
    };
    let rows = rows.map_err(|error| {
        let class = error.class;
        let start = applied.offset + (applied.text.len() - applied.text.trim_start().len());
        let (place, snippet) = adoption.locate(chain.root, start..start);
        let story = Error::new(
            error.kind(),
            format!("what {} has applied can't be read", adoption.tool),
        );
        let story = story.with_place(place, Some(snippet)).with_source(error);
        let story = match (class, &name) {
            (Class::Privilege, Some(name)) => {
                story.with_help(format!("the role needs SELECT on {name}"))
            }
            _ => story,
        };
        StepError::new(story, class)
    })?;
    let verdict = match judge(chain, D::DIALECT, state, adoption, &rows) {
        Ok(verdict) => verdict,
        Err(error) => return Err(may_pass(engine, error).await),
    };
    if scripts.record.is_some() {
        state.lacking = verdict.lacking;
    }
    if !verdict.adopted.is_empty() {
        let mut applied: Vec<bool> = (0..chain.len())
            .map(|at| state.applied.contains(at))
            .collect();
        for &at in &verdict.adopted {
            applied[at] = true;
        }
        let plan = Plan::to(chain, &state.applied, applied);
        state.adopt(chain, plan);
    }
    Ok(true)
}

/// A step that the tool is still at work on is half done, too, and done a moment later.
async fn may_pass<D: Database>(engine: &mut Engine<'_, '_, D>, error: Error) -> StepError {
    let mut failed = StepError::from(error);
    let refusal = failed.error.refusal();
    if refusal.is_some_and(|refusal| refusal.kind == RefusalKind::HalfDone) {
        let since = *engine.half_done_since.get_or_insert_with(Instant::now);
        if D::is_other_at_work(engine, since).await {
            failed.retry = Retry::AtWork;
        }
    }
    failed
}

/// True where it matters what the other tool has applied.
fn is_due(other: &Other<'_>, chain: &Chain<'_>, state: &State, request: &Request<'_>) -> bool {
    let is_pending = |at: usize| !other.adoption.keys(at).is_empty() && !state.applied.contains(at);
    match request {
        _ if state.is_ahead() => false,
        Request::Purge(_) | Request::Repair | Request::Goal(Goal::Stamp(_)) => false,
        Request::Goal(Goal::Downgrade(_)) | Request::Resolve(_) | Request::Adopt => true,
        Request::Start | Request::Check | Request::Goal(Goal::Upgrade(_)) => {
            state.applied.is_empty() || (0..chain.len()).any(is_pending)
        }
    }
}

/// True for what takes over what the tool has applied.
fn adopts(request: &Request<'_>) -> bool {
    !matches!(request, Request::Resolve(_))
}

/// True when the tool's table is there now: a step may have made it.
pub(crate) async fn is_present<D: Database>(
    engine: &mut Engine<'_, '_, D>,
) -> Result<bool, StepError> {
    let Some(Other {
        adoption,
        is_present,
        ..
    }) = &engine.other
    else {
        return Ok(false);
    };
    let (Some(table), false) = (adoption.table, *is_present) else {
        return Ok(*is_present || adoption.table.is_none());
    };
    let is_present = D::other_table(engine, table).await?.is_some();
    if let Some(other) = &mut engine.other {
        other.is_present = is_present;
    }
    Ok(is_present)
}

fn not_locked(name: &str, error: DbError) -> StepError {
    let class = error.class;
    let story = Error::new(
        match class {
            Class::Busy => ErrorKind::Locked,
            _ => error.kind(),
        },
        format!("can't keep others from {name} while what it says is taken over"),
    )
    .with_source(error);
    let story = match class {
        Class::Privilege => story.with_help(format!(
            "the role needs SELECT, INSERT, UPDATE and DELETE on {name}"
        )),
        _ => story,
    };
    StepError::new(story, class)
}
