//! An interrupted non-transactional step: what is known of it, and what a person decides.

use migrate_chain::{Action, Chain, Direction, Goal, Plan};

use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::postgres::invalid_index::Found;
use crate::in_progress::StepInProgress;
use crate::state::State;
use crate::{Error, ErrorKind, Result};

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

/// An error unless the step can be gone on with unasked.
pub(crate) fn check<D: Database>(
    chain: &Chain<'_>,
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
    let action = known.action(*direction, D::DIALECT);
    let unchanged = in_progress.is_unchanged(action);
    let next = match action {
        Action::Script(script) => script.statements.get(*done).cloned(),
        _ => None,
    };
    let text = match (action, next.clone()) {
        (Action::Script(script), Some(range)) => script.text.get(range),
        _ => None,
    };
    if unchanged && (in_progress.is_certain() || text.is_some_and(D::may_run_again)) {
        return Ok(());
    }
    let story = if in_progress.is_certain() {
        Error::new(
            ErrorKind::Interrupted,
            format!(
                "the {direction} of `{revision}` was interrupted after {done} of {total} statements, and its script has changed since"
            ),
        )
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
    let story = match (action, next) {
        (Action::Script(script), Some(next)) if unchanged => {
            let range = script.offset + next.start..script.offset + next.end;
            let (place, snippet) = known.locate(chain.root, range);
            story.with_place(place, Some(snippet))
        }
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
    Err(if unchanged {
        story.with_help(CHOICE)
    } else {
        story
            .with_note(format!("only what comes after statement {started} may change"))
            .with_help("put those statements back, and start again: it goes on where it stopped")
            .with_help("or look at the database, then `resolve --applied` (the step is done) or `--rolled-back` (what it did is undone)")
    })
}

/// The plan of one step that goes on with the step in progress.
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
    let at = (in_progress.position(chain)).ok_or_else(|| of_another_release(in_progress))?;
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

/// A command goes on with the interrupted step only where its own plan has that step.
///
/// # Errors
///
/// It hasn't: what the step did so far would be left as it is, and nobody would know.
pub(crate) fn is_part_of(
    chain: &Chain<'_>,
    in_progress: &StepInProgress,
    goal: Goal<'_>,
    plan: &Plan,
) -> Result<()> {
    let Some(at) = in_progress.position(chain) else {
        return Err(of_another_release(in_progress));
    };
    let is_step = plan
        .steps
        .iter()
        .any(|step| step.revision == at && step.direction == in_progress.direction && !plan.stamp);
    if is_step {
        return Ok(());
    }
    let what = match goal {
        Goal::Upgrade(target) => format!("`upgrade {target}` doesn't go on with that step"),
        Goal::Downgrade(target) => format!("`downgrade {target}` doesn't go on with that step"),
        Goal::Stamp(_) => "a stamp doesn't go on with that step".to_owned(),
    };
    Err(Error::new(ErrorKind::Interrupted, in_progress.to_string())
        .with_revision(&in_progress.revision)
        .with_note(format!("{what}, and would leave what it has done unrecorded"))
        .with_help("a start goes on with it, and so does a command whose plan has that step; otherwise look at the database, then `resolve --applied` (the step is done) or `--rolled-back` (what it did is undone)"))
}

/// An error if the chain's script doesn't begin with what was run of it.
pub(crate) fn has_same_beginning<D: Database>(
    chain: &Chain<'_>,
    in_progress: &StepInProgress,
) -> Result<()> {
    let is_same = in_progress.position(chain).is_some_and(|at| {
        in_progress.is_unchanged(chain.get(at).action(in_progress.direction, D::DIALECT))
    });
    if is_same {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Interrupted,
        format!("the script of `{}` has changed since: going on in the middle of another text is refused", in_progress.revision),
    )
    .with_revision(&in_progress.revision)
    .with_help("put the statements back that were begun, or finish by hand and `resolve --applied`"))
}

impl<D: Database> Engine<'_, '_, D> {
    /// What became of the index that the uncertain statement creates.
    pub(crate) async fn index_left(
        &mut self,
        chain: &Chain<'_>,
        in_progress: &StepInProgress,
    ) -> Option<(String, Found)> {
        let at = in_progress.position(chain)?;
        let action = chain.get(at).action(in_progress.direction, D::DIALECT);
        let Action::Script(script) = action else {
            return None;
        };
        let range = script.statements.get(in_progress.done)?.clone();
        let index = D::concurrent_index(script.text.get(range)?)?;
        let found = self.find_index(&index).await.ok()?;
        Some((index.qualified(), found))
    }
}
