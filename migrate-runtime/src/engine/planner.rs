//! What a request comes to on a database: a whole plan, or the reason why there is nothing to do. Nothing is changed here.

use migrate_chain::{Applied, Chain, Direction, Goal, Step, Target};

use super::database::Database;
use super::lock::Mode;
use super::nontransactional::resolve;
use super::plan::{Plan, PlanStep};
use super::{Engine, preflight, repair};
use crate::log::{Act, Latest};
use crate::state::State;
use crate::{Adopted, Error, ErrorKind, OnAhead, Outcome, Report, Resolution, Result};

/// What is asked of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request<'t> {
    /// Whatever the app's start needs.
    Start,
    /// To say what a start would do, and do nothing.
    Check,
    /// To record what another tool has applied, and run nothing.
    Adopt,
    /// A command with targets.
    Goal(Goal<'t>),
    /// A stamp that forgets what was recorded before, known or not.
    Purge(&'t [Target]),
    /// To accept edited content.
    Repair,
    /// What a person decided of an interrupted step.
    Resolve(Resolution),
}

impl Request<'_> {
    /// True when what is recorded is written anew, so that it needs no judgement before.
    pub(super) fn rewrites(self) -> bool {
        matches!(self, Request::Purge(_) | Request::Repair)
    }

    /// True for what may run the chain from its base.
    pub(super) fn may_begin(self) -> bool {
        matches!(
            self,
            Request::Start | Request::Check | Request::Adopt | Request::Goal(Goal::Upgrade(_))
        )
    }

    /// True when nothing may be changed.
    pub(super) fn only_looks(self) -> bool {
        matches!(self, Request::Check)
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Decision<'p> {
    /// There is nothing left to do.
    Done(Report),
    /// The next part of the plan is begun otherwise than what is begun now.
    Begin(Mode),
    /// The plan's first part is executed.
    Execute(Plan<'p>),
}

/// Finds the plan of a command: [`Engine::decide_command`]. Behind a pointer, because a program that only starts links
/// nothing then that understands targets.
pub(super) type Planner<D> = for<'a, 'e, 'm, 'p, 't> fn(
    &'a Engine<'e, 'm, D>,
    &'p Chain<'p>,
    &'p State,
    &'a Request<'t>,
) -> Result<Decision<'p>>;

impl<D: Database> Engine<'_, '_, D> {
    /// Finds the plan and checks it whole, before anything runs.
    pub(super) fn decide<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        request: &Request<'_>,
    ) -> Result<Decision<'p>> {
        if let Some(planner) = self.planner {
            return planner(self, chain, state, request);
        }
        // A start wants every head there is.
        let steps = migrate_chain::Plan::to(chain, &state.applied, vec![true; chain.len()]);
        self.decide_steps(chain, state, request, steps)
    }

    /// Finds the plan of a command.
    pub(super) fn decide_command<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        request: &Request<'_>,
    ) -> Result<Decision<'p>> {
        let plan = match *request {
            Request::Start | Request::Check => {
                return Err(Error::internal("a start is no command"));
            }
            Request::Goal(goal) => {
                let steps = migrate_chain::Plan::new(chain, &state.applied, goal)?;
                if !state.is_ahead() {
                    if let Some(in_progress) = &state.in_progress {
                        resolve::is_part_of(chain, in_progress, goal, &steps)?;
                    }
                    if steps.stamp && !self.migrator.settings.stamp_back {
                        preflight::moves_forward(chain, &steps)?;
                    }
                }
                return self.decide_steps(chain, state, request, steps);
            }
            Request::Adopt => {
                if let Some(in_progress) = &state.in_progress {
                    return Err(preflight::interrupted(in_progress));
                }
                let all = (0..chain.len()).map(|at| state.applied.contains(at));
                let nothing = migrate_chain::Plan::to(chain, &state.applied, all.collect());
                let mut decision = self.decide_steps(chain, state, request, nothing)?;
                if let (Decision::Done(report), Some(other)) = (&mut decision, &self.other) {
                    let (tool, heads) = (other.adoption.tool, report.to.clone());
                    report.adopted = Some(Adopted::new(tool, Vec::new(), heads));
                }
                return Ok(decision);
            }
            Request::Purge(targets) => self.purge(chain, state, targets)?,
            Request::Repair => repair::plan::<D>(chain, state)?,
            Request::Resolve(resolution) => self.resolution(chain, state, resolution)?,
        };
        Ok(executed(chain, state, plan))
    }

    /// Carries on to what is wanted in the end, wherever others have brought the database meanwhile.
    pub(super) fn decide_rest<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        wanted: &[bool],
    ) -> Result<Decision<'p>> {
        let mut wanted = wanted.to_vec();
        for step in &state.adopt {
            if let Some(member) = wanted.get_mut(step.revision) {
                *member = true;
            }
        }
        let steps = migrate_chain::Plan::to(chain, &state.applied, wanted);
        let plan = self.resumed_and_then(chain, state, steps)?;
        Ok(executed(chain, state, plan))
    }

    /// A plan of the chain's own steps, unless what the database has beyond the chain decides.
    fn decide_steps<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        request: &Request<'_>,
        steps: migrate_chain::Plan,
    ) -> Result<Decision<'p>> {
        if state.is_ahead() {
            return self.ahead(chain, state, request, &steps);
        }
        let plan = self.resumed_and_then(chain, state, steps)?;
        Ok(executed(chain, state, plan))
    }

    /// A plan that goes on with the step in progress first, if there is one.
    fn resumed_and_then<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        steps: migrate_chain::Plan,
    ) -> Result<Plan<'p>> {
        let steps = match &state.in_progress {
            None => steps,
            Some(in_progress) => {
                let wanted = reached(chain, &state.applied, &steps.steps);
                let first = resolve::resumed(chain, state, in_progress)?;
                let applied = Applied::of_rows(chain, &first.to);
                let rest = migrate_chain::Plan::to(chain, &applied, wanted);
                migrate_chain::Plan {
                    steps: first.steps.into_iter().chain(rest.steps).collect(),
                    ..steps
                }
            }
        };
        self.of_chain(chain, state, steps)
    }

    /// The chain's steps as they are executed, once each is found to be able to run.
    pub(super) fn of_chain<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        plan: migrate_chain::Plan,
    ) -> Result<Plan<'p>> {
        let migrations = self.migrator.migrations;
        preflight::runnable::<D>(chain, &plan, migrations)?;
        let step =
            |step: &Step| PlanStep::of_chain(chain, step, plan.stamp, D::DIALECT, migrations);
        let adopted = |step: &Step| {
            let adoption = &self.other.as_ref()?.adoption;
            Some(PlanStep::adopted(
                chain,
                step,
                D::DIALECT,
                migrations,
                adoption,
            ))
        };
        let adopted = state.adopt.iter().filter_map(adopted);
        Ok(Plan {
            steps: adopted.chain(plan.steps.iter().map(step)).collect(),
            heads: state.heads(chain, D::DIALECT),
            ends_in_progress: false,
            notes: plan.notes,
        })
    }

    /// A stamp as if nothing were recorded, of other branches neither.
    fn purge<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        targets: &[Target],
    ) -> Result<Plan<'p>> {
        let nothing = Applied::of_rows(chain, &[]);
        let alone = migrate_chain::Plan::new(chain, &nothing, Goal::Stamp(targets))?;
        let wanted = Applied::of_rows(chain, &alone.to);
        let member = |at| wanted.contains(at);
        let steps = migrate_chain::Plan {
            stamp: true,
            ..migrate_chain::Plan::to(
                chain,
                &state.applied,
                (0..chain.len()).map(member).collect(),
            )
        };
        let mut plan = self.of_chain(chain, state, steps)?;
        plan.ends_in_progress = state.in_progress.is_some();
        // Rows that the chain doesn't know go; the log then says so of them, and of what they stood on.
        plan.heads.retain(|head| head.fingerprint.is_some());
        let last = Latest::of(&state.log);
        for (at, entry) in state.log.iter().enumerate().rev() {
            let is_wanted = (chain.index_of(&entry.revision))
                .or_else(|| chain.replacing(&entry.revision))
                .is_some_and(|at| wanted.contains(at) || state.applied.contains(at));
            if last.index(&entry.revision) == Some(at) && entry.act.leaves_applied() && !is_wanted {
                plan.steps.push(PlanStep::forget(entry));
            }
        }
        // A head that stands is in the log, too, should its row there have been lost.
        for at in wanted.rows(chain) {
            let ids = [Some(chain.get(at).id), chain.get(at).alias()];
            let mut entries = ids.iter().flatten().filter_map(|id| last.get(id));
            let is_logged = entries.any(|entry| entry.act.leaves_applied());
            if state.rows.contains(&at) && !is_logged {
                plan.steps.push(PlanStep::logged(chain, at, Act::Stamp));
            }
        }
        Ok(plan)
    }

    /// What is recorded once a person has decided about the interrupted step.
    fn resolution<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        resolution: Resolution,
    ) -> Result<Plan<'p>> {
        let Some(in_progress) = &state.in_progress else {
            return Err(Error::new(
                ErrorKind::Usage,
                "no step was interrupted: there is nothing to resolve",
            ));
        };
        // What is recorded of others is written anew with it.
        if let Some(ahead) = state.ahead().next() {
            let id = &ahead.revision;
            return Err(Error::new(
                ErrorKind::Ahead,
                format!("the database has `{id}`, which this program doesn't, so that it can't resolve a step"),
            )
            .with_revision(id)
            .with_help("resolve it with the release that brought it, or a later one"));
        }
        let unchanged = Plan {
            steps: Vec::new(),
            heads: state.heads(chain, D::DIALECT),
            ends_in_progress: true,
            notes: Vec::new(),
        };
        if resolution == Resolution::RolledBack {
            return Ok(unchanged);
        }
        let steps = resolve::resumed(chain, state, in_progress)?;
        if resolution == Resolution::Retry {
            resolve::has_same_beginning::<D>(chain, in_progress)?;
            return self.of_chain(chain, state, steps);
        }
        let step = |step| {
            PlanStep::of_chain(chain, step, false, D::DIALECT, self.migrator.migrations)
                .found_done()
        };
        Ok(Plan {
            steps: steps.steps.iter().map(step).collect(),
            ..unchanged
        })
    }

    /// The database has revisions that this program doesn't.
    fn ahead<'p>(
        &self,
        chain: &'p Chain<'p>,
        state: &'p State,
        request: &Request<'_>,
        steps: &migrate_chain::Plan,
    ) -> Result<Decision<'p>> {
        let ids: Vec<&str> = state.ahead().map(|ahead| ahead.revision.as_str()).collect();
        let names = ids.join("`, `");
        let upgrades = |step: &&Step| step.direction == Direction::Upgrade;
        if let Some(lacking) = steps.steps.iter().find(upgrades) {
            let lacking = chain.get(lacking.revision).id;
            let error = Error::new(
                ErrorKind::Diverged,
                format!(
                    "the database has `{names}`, which this program doesn't, and lacks `{lacking}`, which it has"
                ),
            );
            return Err(with_entries(error, state).with_help("two branches of the app meet in one database: join their revisions with `cargo migrate merge`, and deploy the result"));
        }
        if let Some(step) = steps.steps.first() {
            let kept = chain.get(step.revision).id;
            let what = if steps.stamp {
                "moved below"
            } else {
                "downgraded below"
            };
            let error = Error::new(
                ErrorKind::Ahead,
                format!(
                    "the database can't be {what} `{kept}` from here: it has `{names}`, which this program doesn't"
                ),
            );
            let error = with_entries(error, state);
            return Err(if steps.stamp {
                error.with_help("stamp it with the release that brought it, or a later one; `stamp --purge` forgets whatever is recorded, known or not")
            } else {
                error.with_help("downgrade with the release that brought it, or a later one; or let a start of this one undo it first, with `OnAhead::Downgrade`")
            });
        }
        let on_ahead = match request {
            // A command that goes down has nothing to do, and asks for nothing of what is ahead.
            Request::Goal(Goal::Downgrade(_) | Goal::Stamp(_)) | Request::Adopt => OnAhead::Allow,
            _ => self.migrator.settings.on_ahead,
        };
        if let (Some(undo), Request::Start) = (self.migrator.undo_ahead, request) {
            if let Some(in_progress) = &state.in_progress {
                return Err(preflight::interrupted(in_progress));
            }
            return undo(chain, state, D::DIALECT).map(Decision::Execute);
        }
        let breaking = state.ahead().find(|ahead| ahead.breaking.is_some());
        let refusal = match (on_ahead, breaking) {
            (OnAhead::CompatibleOnly, Some(ahead)) => format!(
                "the database has `{}`, which breaks older releases such as this one: {}",
                ahead.revision,
                ahead.breaking.as_deref().unwrap_or_default()
            ),
            (OnAhead::Refuse | OnAhead::Downgrade, _) => format!(
                "the database has {} that this program doesn't: `{names}`",
                if ids.len() == 1 {
                    "a revision"
                } else {
                    "revisions"
                },
            ),
            _ => {
                let mut report = Report::standing(Outcome::Ahead, state.head_ids(chain));
                report.ahead = ids.iter().map(|&id| id.to_owned()).collect();
                return Ok(Decision::Done(report));
            }
        };
        Err(with_entries(Error::new(ErrorKind::Ahead, refusal), state)
            .with_help("start the release that brought it, or a later one; that release can also downgrade the database"))
    }
}

/// A plan that changes something is executed.
fn executed<'p>(chain: &Chain<'_>, state: &State, plan: Plan<'p>) -> Decision<'p> {
    if plan.is_noop(state) {
        Decision::Done(Report::standing(Outcome::UpToDate, state.head_ids(chain)))
    } else {
        Decision::Execute(plan)
    }
}

/// By position: what will be applied once the steps are done.
fn reached(chain: &Chain<'_>, applied: &Applied, steps: &[Step]) -> Vec<bool> {
    let mut wanted: Vec<bool> = (0..chain.len()).map(|at| applied.contains(at)).collect();
    for step in steps {
        if let Some(member) = wanted.get_mut(step.revision) {
            *member = step.direction == Direction::Upgrade;
        }
    }
    wanted
}

/// What the log says of the revisions that this program doesn't have.
fn with_entries(error: Error, state: &State) -> Error {
    state.ahead().take(10).fold(error, |error, entry| {
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
}
