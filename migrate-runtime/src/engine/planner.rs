use migrate_chain::{Applied, Chain, Goal, Plan, Target};

use super::database::Database;
use super::{Engine, preflight};
use crate::state::State;
use crate::{Error, ErrorKind, OnAhead, Outcome, Report, Result, Startup};

/// What is asked of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request<'t> {
    /// Whatever the app's start needs.
    Start,
    /// A command.
    Command {
        goal: Goal<'t>,
        planner: Planner,
        /// True for a stamp that forgets what was recorded before, known or not.
        forgets: bool,
    },
}

/// Behind a pointer: a program that only starts links nothing that understands targets.
type Planner = fn(&Chain<'_>, &State, Goal<'_>) -> Result<Plan>;

impl<'t> Request<'t> {
    pub(crate) fn goal(goal: Goal<'t>) -> Request<'t> {
        Request::Command {
            goal,
            planner: |chain, state, goal| Ok(Plan::new(chain, &state.applied, goal)?),
            forgets: false,
        }
    }

    pub(crate) fn purge(targets: &'t [Target]) -> Request<'t> {
        Request::Command {
            goal: Goal::Stamp(targets),
            planner: purge,
            forgets: true,
        }
    }

    pub(super) fn forgets(&self) -> bool {
        matches!(self, Request::Command { forgets: true, .. })
    }
}

/// What that comes to.
#[derive(Debug)]
pub(super) enum Decision {
    /// There is nothing to do.
    Nothing(Report),
    /// To undo what is ahead, with the scripts that the history keeps.
    Stored,
    Do(Plan),
}

impl<D: Database> Engine<'_, '_, D> {
    /// Finds the plan and checks it whole, before anything runs.
    pub(super) fn decide(
        &self,
        chain: &Chain<'_>,
        state: &State,
        request: &Request<'_>,
    ) -> Result<Decision> {
        let plan = match request {
            // Every head there is.
            Request::Start => Plan::to(chain, &state.applied, vec![true; chain.len()]),
            Request::Command { goal, planner, .. } => planner(chain, state, *goal)?,
        };
        if !state.ahead.is_empty() {
            return self.ahead(chain, state, &plan, request);
        }
        // A purge may have rows to forget and no step to take.
        let forgets = request.forgets() && !state.is_plain;
        if plan.is_empty() && state.in_progress.is_none() && !forgets {
            let mut report = Report::new(Outcome::UpToDate);
            report.from = state.heads(chain);
            report.to.clone_from(&report.from);
            return Ok(Decision::Nothing(report));
        }
        preflight::runnable::<D>(chain, &plan, self.migrator.migrations)?;
        Ok(Decision::Do(plan))
    }

    /// The database has revisions that this program doesn't.
    fn ahead(
        &self,
        chain: &Chain<'_>,
        state: &State,
        plan: &Plan,
        request: &Request<'_>,
    ) -> Result<Decision> {
        let ids: Vec<String> = state
            .ahead
            .iter()
            .map(|ahead| ahead.revision.clone())
            .collect();
        let told = |error: Error| {
            state.ahead.iter().take(10).fold(error, |error, entry| {
                let breaking = match &entry.breaking {
                    Some(reason) => format!(", breaking: {reason}"),
                    None => String::new(),
                };
                let version = match entry.app_version.as_str() {
                    "" => String::new(),
                    version => format!(" by release {version}"),
                };
                error.with_note(format!(
                    "`{}`, {}, applied at {}{version}{breaking}",
                    entry.revision, entry.message, entry.started_at
                ))
            })
        };
        if !plan.is_empty() {
            let pending = chain.get(plan.steps[0].revision).id;
            let error = Error::new(
                ErrorKind::Diverged,
                format!(
                    "the database has `{}`, which this program doesn't, and lacks `{pending}`, which it has",
                    ids.join("`, `")
                ),
            );
            return Err(told(error).with_help("two branches of the app meet in one database: join their revisions with `cargo migrate merge`, and deploy the result"));
        }
        let on_ahead = match request {
            Request::Start => self.migrator.settings.on_ahead,
            // A command that asks for no more than there is has nothing to do.
            _ => OnAhead::Allow,
        };
        // A start that only checks undoes nothing.
        let checks = self.migrator.settings.startup == Startup::Check;
        if on_ahead == OnAhead::Downgrade && !checks {
            return Ok(Decision::Stored);
        }
        let breaking = state.ahead.iter().find(|ahead| ahead.breaking.is_some());
        let refusal = match (on_ahead, breaking) {
            (OnAhead::CompatibleOnly, Some(ahead)) => format!(
                "the database has `{}`, which breaks older releases such as this one: {}",
                ahead.revision,
                ahead.breaking.as_deref().unwrap_or_default()
            ),
            (OnAhead::Refuse | OnAhead::Downgrade, _) => format!(
                "the database has {} that this program doesn't: `{}`",
                if ids.len() == 1 {
                    "a revision"
                } else {
                    "revisions"
                },
                ids.join("`, `")
            ),
            _ => {
                let mut report = Report::new(Outcome::Ahead);
                report.from = state.heads(chain);
                report.to.clone_from(&report.from);
                report.ahead = ids;
                return Ok(Decision::Nothing(report));
            }
        };
        Err(told(Error::new(ErrorKind::Ahead, refusal))
            .with_help("start the release that brought it, or a later one; that release can also downgrade the database"))
    }
}

/// A stamp as if nothing were recorded, of other branches neither.
fn purge(chain: &Chain<'_>, state: &State, stamp: Goal<'_>) -> Result<Plan> {
    let alone = Plan::new(chain, &Applied::of_rows(chain, &[]), stamp)?;
    let wanted = Applied::of_rows(chain, &alone.to);
    let wanted = (0..chain.len()).map(|at| wanted.contains(at)).collect();
    Ok(Plan {
        stamp: true,
        ..Plan::to(chain, &state.applied, wanted)
    })
}
