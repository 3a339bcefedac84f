use std::time::Duration;

use migrate_chain::{Applied, Chain, Direction, Plan};

use super::database::Database;
use super::lock::Mode;
use super::nontransactional::resolve;
use super::planner::{Decision, Request};
use super::preflight;
use super::step_error::Failed;
use super::{Engine, stored};
use crate::state::{Recorded, State, ids};
use crate::{Error, Event, Outcome, Report, Result, Startup};

/// How often a transaction that failed for a passing reason is tried in all.
const ATTEMPTS: u32 = 5;

/// A change on its way through its transactions.
pub(crate) struct Run<'t> {
    pub(super) request: Request<'t>,
    /// What a person has agreed to, if one was asked.
    pub(super) agreed: Option<crate::Plan>,
    /// What is to be applied in the end, by position, once that is settled under the lock. Where a
    /// plan takes several transactions, others may act in between: it is then carried on from
    /// wherever the database is.
    decided: Option<Vec<bool>>,
    /// How the next transaction is begun.
    kind: Mode,
    /// True once our tables are there.
    pub(super) present: bool,
    pub(super) report: Report,
}

impl<'t> Run<'t> {
    /// At its start, with nobody to agree.
    pub(super) fn new(request: Request<'t>, present: bool) -> Run<'t> {
        Run {
            request,
            agreed: None,
            decided: None,
            kind: Mode::default(),
            present,
            report: Report::new(Outcome::Applied),
        }
    }
}

/// What one turn came to.
pub(crate) enum Turn {
    /// There is more to do, begun like this.
    Next(Mode),
    /// The plan is through.
    Through,
    /// There was nothing to do, or a person said no.
    Nothing(Report),
    /// To undo what is ahead.
    Stored,
}

/// What is to be done under the lock.
pub(crate) enum Settled {
    Go(Plan),
    /// Nothing, or to begin again otherwise.
    Otherwise(Turn),
}

impl<D: Database> Engine<'_, '_, D> {
    /// Decides, locks, decides again and acts, until nothing is left to do.
    pub(super) async fn change(
        &mut self,
        mut recorded: Option<Vec<Recorded>>,
        request: Request<'_>,
    ) -> Result<Report> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let state = if request.forgets() {
            let recorded = recorded.as_deref().unwrap_or_default();
            State::unjudged(&chain, D::DIALECT, recorded, None)
        } else {
            self.first_state(&chain, &mut recorded).await?
        };
        let present = recorded.is_some();
        let plan = match self.decide(&chain, &state, &request)? {
            Decision::Nothing(report) => {
                if !present {
                    D::nothing_hidden(self).await?;
                }
                return Ok(report);
            }
            Decision::Stored => {
                let agreed = stored::plan(&chain, &state);
                if !self.is_agreed(&agreed) {
                    return Ok(skipped(&chain, &state));
                }
                let run = Run {
                    agreed: Some(agreed),
                    ..Run::new(request, present)
                };
                return self.undo(&chain, run).await;
            }
            Decision::Do(plan) => plan,
        };
        if matches!(request, Request::Start) && self.migrator.settings.startup == Startup::Check {
            if let Some(in_progress) = &state.in_progress {
                return Err(preflight::interrupted(in_progress));
            }
            if !present {
                D::nothing_hidden(self).await?;
            }
            return Err(preflight::pending(&self.shown(&chain, &plan)));
        }
        let agreed = (self.migrator.ask.is_some()).then(|| self.shown(&chain, &plan));
        if let Some(plan) = &agreed
            && !self.is_agreed(plan)
        {
            return Ok(skipped(&chain, &state));
        }
        let mut run = Run {
            agreed,
            kind: self.kind(&chain, &plan),
            ..Run::new(request, present)
        };
        let mut attempt = 1;
        loop {
            let done = run.report.steps.len();
            let turn = match run.kind {
                Mode::Outside => self.outside(&chain, &mut run).await,
                Mode::Transaction { foreign_keys_off } => {
                    self.turn(&chain, foreign_keys_off, &mut run).await
                }
            };
            match turn {
                Ok(Turn::Next(kind)) => {
                    self.trace(&run.report, done);
                    run.kind = kind;
                    attempt = 1;
                }
                Ok(Turn::Through) => {
                    self.trace(&run.report, done);
                    return Ok(run.report);
                }
                Ok(Turn::Stored) => return self.undo(&chain, run).await,
                Ok(Turn::Nothing(mut report)) => {
                    report.waited = run.report.waited;
                    if !run.report.steps.is_empty() && report.outcome == Outcome::UpToDate {
                        // What was interrupted before is done, and there was no more to do.
                        report.outcome = Outcome::Applied;
                        report.from = run.report.from;
                    }
                    report.steps = run.report.steps;
                    return Ok(report);
                }
                Err(failed) => {
                    run.report.steps.truncate(done);
                    if !failed.passing || attempt >= ATTEMPTS {
                        return Err(failed.error.after(&run.report));
                    }
                    let reason = failed.error.to_string();
                    self.emit(&Event::Retrying {
                        attempt,
                        reason: &reason,
                    });
                    let pause = crate::random::jitter(Duration::from_millis(50 << attempt));
                    self.driver.sleep(pause).await;
                    attempt += 1;
                }
            }
        }
    }

    /// Undoes what is ahead.
    async fn undo(&mut self, chain: &Chain<'_>, run: Run<'_>) -> Result<Report> {
        match self.parts.downgrade {
            Some(downgrade) => downgrade(self, chain, run).await,
            None => Err(Error::internal("nobody asked to undo what is ahead")),
        }
    }

    /// One step outside a transaction.
    pub(super) async fn outside(
        &mut self,
        chain: &Chain<'_>,
        run: &mut Run<'_>,
    ) -> std::result::Result<Turn, Failed> {
        if let Some(turn_outside) = self.parts.turn_outside {
            return turn_outside(self, chain, run).await;
        }
        // One was interrupted, and this program's chain has none.
        Err(match self.read_in_progress().await? {
            Some(in_progress) => resolve::of_another_release(&in_progress),
            None => Error::internal("a step outside a transaction that the chain does not have"),
        }
        .into())
    }

    /// Traces the steps that were committed since.
    pub(super) fn trace(&self, report: &Report, since: usize) {
        report
            .steps
            .iter()
            .skip(since)
            .for_each(|step| self.span.step(step));
    }

    /// One transaction.
    async fn turn(
        &mut self,
        chain: &Chain<'_>,
        foreign_keys_off: bool,
        run: &mut Run<'_>,
    ) -> std::result::Result<Turn, Failed> {
        let mut transaction = self.lock(foreign_keys_off, run).await?;
        let state = transaction.state(chain, &run.request).await?;
        match transaction.engine.settle(chain, &state, run)? {
            Settled::Otherwise(turn) => {
                transaction.rollback().await?;
                Ok(turn)
            }
            Settled::Go(plan) => {
                let next = transaction.apply(chain, &state, &plan, run).await?;
                run.present = true;
                self.emit(&Event::Committed {
                    heads: &run.report.to,
                });
                Ok(next.map_or(Turn::Through, Turn::Next))
            }
        }
    }

    /// Decides with the lock held.
    pub(super) fn settle(
        &mut self,
        chain: &Chain<'_>,
        state: &State,
        run: &mut Run<'_>,
    ) -> Result<Settled> {
        let forgets = run.request.forgets();
        if state.in_progress.is_some() && !forgets && run.kind != Mode::Outside {
            return Ok(Settled::Otherwise(Turn::Next(Mode::Outside)));
        }
        let plan = match &run.decided {
            Some(wanted) => Plan::to(chain, &state.applied, wanted.clone()),
            None => match self.decide(chain, state, &run.request)? {
                Decision::Nothing(report) => return Ok(Settled::Otherwise(Turn::Nothing(report))),
                // It went ahead while the lock was awaited.
                Decision::Stored => return Ok(Settled::Otherwise(Turn::Stored)),
                Decision::Do(plan) => plan,
            },
        };
        if plan.is_empty() && !(forgets && run.decided.is_none()) {
            if !run.report.steps.is_empty() {
                return Ok(Settled::Otherwise(Turn::Through));
            }
            // Others have done all of it.
            let mut report = Report::new(Outcome::UpToDate);
            report.from = state.heads(chain);
            report.to.clone_from(&report.from);
            return Ok(Settled::Otherwise(Turn::Nothing(report)));
        }
        let kind = self.kind(chain, &plan);
        if kind != run.kind {
            return Ok(Settled::Otherwise(Turn::Next(kind)));
        }
        if run.decided.is_none() {
            if self.migrator.ask.is_some() {
                let shown = Some(self.shown(chain, &plan));
                // Somebody else acted since the question was asked.
                if let Some(plan) = &shown
                    && shown != run.agreed
                    && !self.is_agreed(plan)
                {
                    return Ok(Settled::Otherwise(Turn::Nothing(skipped(chain, state))));
                }
                run.agreed = shown;
            }
            // A step that was interrupted before has been finished first: it counts as ours.
            if run.report.steps.is_empty() {
                run.report.from = ids(chain, &plan.from);
                run.report.to.clone_from(&run.report.from);
            }
            run.report.notes.clone_from(&plan.notes);
            if self.is_observed() {
                let plan = &self.shown(chain, &plan);
                self.emit(&Event::Planned { plan });
            }
            run.decided = Some(wanted(chain, &state.applied, &plan));
        }
        Ok(Settled::Go(plan))
    }

    /// How a plan's first transaction is begun.
    pub(super) fn kind(&self, chain: &Chain<'_>, plan: &Plan) -> Mode {
        let runs = plan.runs(chain, D::DIALECT, self.migrator.settings.per_step());
        runs.first().map_or(Mode::default(), Mode::of)
    }
}

/// What will be applied once the plan is through.
fn wanted(chain: &Chain<'_>, applied: &Applied, plan: &Plan) -> Vec<bool> {
    let mut wanted: Vec<bool> = (0..chain.len()).map(|at| applied.contains(at)).collect();
    for step in &plan.steps {
        if let Some(member) = wanted.get_mut(step.revision) {
            *member = step.direction == Direction::Upgrade;
        }
    }
    wanted
}

fn skipped(chain: &Chain<'_>, state: &State) -> Report {
    let mut report = Report::new(Outcome::Skipped);
    report.from = state.heads(chain);
    report.to.clone_from(&report.from);
    report
}
