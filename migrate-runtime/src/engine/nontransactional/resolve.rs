//! An interrupted non-transactional step: what is known of it, and what a person decides.

use std::time::Instant;

use migrate_chain::{Action, Chain, Dialect, Direction, Plan};

use crate::engine::database::Database;
use crate::engine::postgres::invalid_index::Found;
use crate::engine::run::Run;
use crate::engine::{Engine, Request};
use crate::in_progress::StepInProgress;
use crate::state::State;
use crate::{Error, ErrorKind, Report, Result};

/// What a person decides of an interrupted non-transactional step, after looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resolution {
    /// The step is done: records it so.
    Applied,
    /// The statement whose fate was unknown did not take effect: goes on with it. An index that it
    /// left INVALID is dropped first; one that is valid is kept, and the step goes on after it.
    Retry,
    /// Whatever the step did has been undone: records the state before it.
    RolledBack,
}

/// The three ways out, for messages.
pub(crate) const CHOICE: &str = "look at the database, then `resolve --applied` (the step is done), `--retry` (go on at this statement) or `--rolled-back` (what it did is undone)";

/// The step is not this program's to go on with.
pub(crate) fn of_another_release(in_progress: &StepInProgress) -> Error {
    Error::new(
        ErrorKind::Interrupted,
        format!(
            "the {} of `{}` was interrupted, and this program doesn't have that step",
            in_progress.direction, in_progress.revision
        ),
    )
    .with_revision(&in_progress.revision)
    .with_help("start the release that brought it; it goes on from there, or asks")
}

/// Fails unless the step can be gone on with unasked.
pub(crate) fn check(
    chain: &Chain<'_>,
    dialect: Dialect,
    in_progress: &StepInProgress,
    index: Option<(String, Found)>,
) -> Result<()> {
    let StepInProgress {
        revision,
        direction,
        started,
        done,
        total,
        ..
    } = in_progress;
    let Some(at) = in_progress.position(chain) else {
        return Err(of_another_release(in_progress));
    };
    let known = chain.get(at);
    let action = known.action(*direction, dialect);
    let unchanged = in_progress.is_unchanged(action);
    if in_progress.is_certain() && unchanged {
        return Ok(());
    }
    let story = if in_progress.is_certain() {
        Error::new(
            ErrorKind::Interrupted,
            format!("the {direction} of `{revision}` was interrupted after {done} of {total} statements, and its script has changed since"),
        )
        .with_help("put the script back and start again: it goes on where it stopped")
    } else {
        Error::new(
            ErrorKind::Interrupted,
            format!(
                "the {direction} of `{revision}` was interrupted at statement {started} of {total}, and whether that took effect is not known"
            ),
        )
    };
    let story = story.with_revision(revision).with_note(match done {
        0 => "no statement before it was done".to_owned(),
        1 => "the statement before it is done".to_owned(),
        n => format!("the {n} statements before it are done"),
    });
    let story = match (action, unchanged) {
        (Action::Script(script), true) => match script.statements.get(*done) {
            Some(range) => {
                let range = script.offset + range.start..script.offset + range.end;
                let (place, snippet) = known.locate(chain.root, range);
                story.with_place(place, Some(snippet))
            }
            None => story,
        },
        _ => story.with_place(known.locate(chain.root, 0..0).0.of_file(), None),
    };
    let story = match index {
        Some((name, Found::Absent)) => story.with_note(format!(
            "the index {name} is not there: it did not take effect, or was rolled back"
        )),
        Some((name, Found::Valid)) => story.with_note(format!(
            "the index {name} is there and valid: it took effect, and `--retry` goes on after it"
        )),
        Some((name, Found::Invalid)) => story.with_note(format!(
            "the index {name} is there but INVALID: `--retry` drops it and builds it again"
        )),
        None => story,
    };
    Err(story.with_help(CHOICE))
}

/// The plan of one step that goes on with what is pending.
pub(crate) fn resumed(
    chain: &Chain<'_>,
    state: &State,
    in_progress: &StepInProgress,
) -> Result<Plan> {
    let moved = || {
        Error::new(
            ErrorKind::Interrupted,
            format!(
                "the {} of `{}` was interrupted, and no longer follows from what is recorded",
                in_progress.direction, in_progress.revision
            ),
        )
        .with_revision(&in_progress.revision)
        .with_help(CHOICE)
    };
    let at = in_progress.position(chain).ok_or_else(moved)?;
    let mut wanted: Vec<bool> = (0..chain.len())
        .map(|at| state.applied.contains(at))
        .collect();
    if let Some(member) = wanted.get_mut(at) {
        *member = in_progress.direction == Direction::Upgrade;
    }
    let plan = Plan::to(chain, &state.applied, wanted);
    match plan.steps[..] {
        [ref step] if step.revision == at => Ok(plan),
        _ => Err(moved()),
    }
}

impl<D: Database> Engine<'_, '_, D> {
    /// Carries out what a person decided.
    pub(crate) async fn resolve(mut self, resolution: Resolution) -> Result<Report> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let recorded = self.recorded().await?;
        let mut run = Run::of_start(recorded.is_some());
        let mut outside = self.lock_outside(&mut run).await?;
        let Some(in_progress) = outside.in_progress.clone() else {
            outside.release().await?;
            return Err(Error::new(
                ErrorKind::Usage,
                "no step was interrupted: there is nothing to resolve",
            ));
        };
        let state = outside.state(&chain).await?;
        // What is recorded of others is written anew with it.
        if let Some(ahead) = state.ahead.first() {
            let id = &ahead.revision;
            return Err(Error::new(
                ErrorKind::Ahead,
                format!("the database has `{id}`, which this program doesn't, so that it can't resolve a step"),
            )
            .with_revision(id)
            .with_help("resolve it with the release that brought it, or a later one"));
        }
        run.report.from = state.heads(&chain);
        let sql = match resolution {
            Resolution::RolledBack => outside.start_state(&chain),
            Resolution::Applied => {
                let plan = resumed(&chain, &state, &in_progress)?;
                let step = plan
                    .steps
                    .first()
                    .ok_or_else(|| Error::internal("a plan without a step"))?;
                outside.end_state(&chain, step, &state, Instant::now())
            }
            Resolution::Retry => {
                let at = in_progress.position(&chain);
                let unchanged = at.is_some_and(|at| {
                    in_progress
                        .is_unchanged(chain.get(at).action(in_progress.direction, D::DIALECT))
                });
                if !unchanged {
                    return Err(Error::new(
                        ErrorKind::Interrupted,
                        format!("the script of `{}` has changed since: going on in the middle of another text is refused", in_progress.revision),
                    )
                    .with_revision(&in_progress.revision)
                    .with_help("put the script back, or finish by hand and `resolve --applied`"));
                }
                // An index that is there and valid is what the statement was for.
                let took_effect = matches!(
                    outside.index_left(&chain, &in_progress).await,
                    Some((_, Found::Valid))
                );
                let done = in_progress.done + usize::from(!in_progress.is_certain() && took_effect);
                // Known again how far it came: the turn below goes on from there.
                outside.engine.tables.advance_in_progress(done, done)
            }
        };
        outside.record_resolution(&sql).await?;
        outside.release().await?;
        if resolution == Resolution::Retry {
            let turn = self.outside(&chain, &mut run).await;
            turn.map_err(|failed| failed.error)?;
        }
        let recorded = self.recorded().await?.unwrap_or_default();
        run.report.to = recorded.into_iter().map(|row| row.revision).collect();
        Ok(run.report)
    }
}

impl Run<'_> {
    /// The run of a decision that needs no plan.
    fn of_start(present: bool) -> Run<'static> {
        Run::new(Request::Start, present)
    }
}
