use std::time::Duration;

use migrate_chain::{Applied, Chain, Direction, Plan};

use super::database::Database;
use super::lock::Kind;
use super::nontransactional::resolve;
use super::planner::{Decision, Wish};
use super::preflight;
use super::step_error::Failed;
use super::{Engine, stored};
use crate::state::{Recorded, State, ids};
use crate::{Error, Event, Outcome, Report, Result, Startup};

/// How often a transaction that failed for a passing reason is tried in all.
const ATTEMPTS: u32 = 5;

/// A change on its way through its transactions.
pub(crate) struct Course<'t> {
    pub(super) wish: Wish<'t>,
    /// What a person has agreed to, if one was asked.
    pub(super) agreed: Option<crate::Plan>,
    /// What is to be applied in the end, by position, once that is settled under the lock. Where a
    /// plan takes several transactions, others may act in between: it is then carried on from
    /// wherever the database is.
    decided: Option<Vec<bool>>,
    /// How the next transaction is begun.
    kind: Kind,
    /// True once our tables are there.
    pub(super) present: bool,
    pub(super) report: Report,
}

impl<'t> Course<'t> {
    /// At its start, with nobody to agree.
    pub(super) fn new(wish: Wish<'t>, present: bool) -> Course<'t> {
        Course {
            wish,
            agreed: None,
            decided: None,
            kind: Kind::default(),
            present,
            report: Report::new(Outcome::Applied),
        }
    }
}

/// What one turn came to.
pub(crate) enum Turn {
    /// There is more to do, begun like this.
    Next(Kind),
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
        wish: Wish<'_>,
    ) -> Result<Report> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        let state = if wish.forgets() {
            let recorded = recorded.as_deref().unwrap_or_default();
            State::unjudged(&chain, D::DIALECT, recorded, None)
        } else {
            self.first_state(&chain, &mut recorded).await?
        };
        let present = recorded.is_some();
        let plan = match self.decide(&chain, &state, &wish)? {
            Decision::Nothing(report) => {
                if !present {
                    D::nothing_hidden(self).await?;
                }
                return Ok(report);
            }
            Decision::Stored => {
                let agreed = stored::plan(&chain, &state);
                if !self.asked(&agreed) {
                    return Ok(skipped(&chain, &state));
                }
                let course = Course {
                    agreed: Some(agreed),
                    ..Course::new(wish, present)
                };
                return self.undo(&chain, course).await;
            }
            Decision::Do(plan) => plan,
        };
        if matches!(wish, Wish::Start) && self.migrator.settings.startup == Startup::Check {
            if let Some(pending) = &state.pending {
                return Err(preflight::interrupted(pending));
            }
            if !present {
                D::nothing_hidden(self).await?;
            }
            return Err(preflight::pending(&self.shown(&chain, &plan)));
        }
        let agreed = (self.migrator.ask.is_some()).then(|| self.shown(&chain, &plan));
        if let Some(plan) = &agreed
            && !self.asked(plan)
        {
            return Ok(skipped(&chain, &state));
        }
        let mut course = Course {
            agreed,
            kind: self.kind(&chain, &plan),
            ..Course::new(wish, present)
        };
        let mut attempt = 1;
        loop {
            let done = course.report.steps.len();
            let turn = match course.kind {
                Kind::Outside => self.outside(&chain, &mut course).await,
                Kind::Transaction { foreign_keys_off } => {
                    self.turn(&chain, foreign_keys_off, &mut course).await
                }
            };
            match turn {
                Ok(Turn::Next(kind)) => {
                    self.trace(&course.report, done);
                    course.kind = kind;
                    attempt = 1;
                }
                Ok(Turn::Through) => {
                    self.trace(&course.report, done);
                    return Ok(course.report);
                }
                Ok(Turn::Stored) => return self.undo(&chain, course).await,
                Ok(Turn::Nothing(mut report)) => {
                    report.waited = course.report.waited;
                    if !course.report.steps.is_empty() && report.outcome == Outcome::UpToDate {
                        // What was interrupted before is done, and there was no more to do.
                        report.outcome = Outcome::Applied;
                        report.from = course.report.from;
                    }
                    report.steps = course.report.steps;
                    return Ok(report);
                }
                Err(failed) => {
                    course.report.steps.truncate(done);
                    if !failed.passing || attempt >= ATTEMPTS {
                        return Err(failed.error.after(&course.report));
                    }
                    let reason = failed.error.to_string();
                    self.tell(&Event::Retrying {
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
    async fn undo(&mut self, chain: &Chain<'_>, course: Course<'_>) -> Result<Report> {
        match self.parts.downgrade {
            Some(downgrade) => downgrade(self, chain, course).await,
            None => Err(Error::internal("nobody asked to undo what is ahead")),
        }
    }

    /// One step outside a transaction.
    pub(super) async fn outside(
        &mut self,
        chain: &Chain<'_>,
        course: &mut Course<'_>,
    ) -> std::result::Result<Turn, Failed> {
        if let Some(turn_outside) = self.parts.turn_outside {
            return turn_outside(self, chain, course).await;
        }
        // One was interrupted, and this program's chain has none.
        Err(match self.read_pending().await? {
            Some(pending) => resolve::of_another_release(&pending),
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
        course: &mut Course<'_>,
    ) -> std::result::Result<Turn, Failed> {
        let mut transaction = self.lock(foreign_keys_off, course).await?;
        let state = transaction.state(chain, &course.wish).await?;
        match transaction.engine.settle(chain, &state, course)? {
            Settled::Otherwise(turn) => {
                transaction.rollback().await?;
                Ok(turn)
            }
            Settled::Go(plan) => {
                let next = transaction.apply(chain, &state, &plan, course).await?;
                course.present = true;
                self.tell(&Event::Committed {
                    heads: &course.report.to,
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
        course: &mut Course<'_>,
    ) -> Result<Settled> {
        let forgets = course.wish.forgets();
        if state.pending.is_some() && !forgets && course.kind != Kind::Outside {
            return Ok(Settled::Otherwise(Turn::Next(Kind::Outside)));
        }
        let plan = match &course.decided {
            Some(wanted) => Plan::to(chain, &state.applied, wanted.clone()),
            None => match self.decide(chain, state, &course.wish)? {
                Decision::Nothing(report) => return Ok(Settled::Otherwise(Turn::Nothing(report))),
                // It went ahead while the lock was awaited.
                Decision::Stored => return Ok(Settled::Otherwise(Turn::Stored)),
                Decision::Do(plan) => plan,
            },
        };
        if plan.is_empty() && !(forgets && course.decided.is_none()) {
            if !course.report.steps.is_empty() {
                return Ok(Settled::Otherwise(Turn::Through));
            }
            // Others have done all of it.
            let mut report = Report::new(Outcome::UpToDate);
            report.from = state.heads(chain);
            report.to.clone_from(&report.from);
            return Ok(Settled::Otherwise(Turn::Nothing(report)));
        }
        let kind = self.kind(chain, &plan);
        if kind != course.kind {
            return Ok(Settled::Otherwise(Turn::Next(kind)));
        }
        if course.decided.is_none() {
            if self.migrator.ask.is_some() {
                let shown = Some(self.shown(chain, &plan));
                // Somebody else acted since the question was asked.
                if let Some(plan) = &shown
                    && shown != course.agreed
                    && !self.asked(plan)
                {
                    return Ok(Settled::Otherwise(Turn::Nothing(skipped(chain, state))));
                }
                course.agreed = shown;
            }
            // A step that was interrupted before has been finished first: it counts as ours.
            if course.report.steps.is_empty() {
                course.report.from = ids(chain, &plan.from);
                course.report.to.clone_from(&course.report.from);
            }
            course.report.notes.clone_from(&plan.notes);
            if self.is_told() {
                let plan = &self.shown(chain, &plan);
                self.tell(&Event::Planned { plan });
            }
            course.decided = Some(wanted(chain, &state.applied, &plan));
        }
        Ok(Settled::Go(plan))
    }

    /// How a plan's first transaction is begun.
    pub(super) fn kind(&self, chain: &Chain<'_>, plan: &Plan) -> Kind {
        let runs = plan.runs(chain, D::DIALECT, self.migrator.settings.per_step());
        runs.first().map_or(Kind::default(), Kind::of)
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
