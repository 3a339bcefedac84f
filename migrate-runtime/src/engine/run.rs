//! The one loop that changes a database: decide without a lock, take the lock, decide again, execute, until nothing is
//! left to do.

use std::time::{Duration, Instant};

use migrate_chain::{Chain, Goal};

use super::adopt::Look;
use super::database::Database;
use super::lock::{Backoff, Mode};
use super::plan::Plan;
use super::planner::{Decision, Request};
use super::step_error::{Retry, StepError};
use super::{Engine, preflight, repair};
use crate::state::{Recorded, State, shown_heads};
use crate::{Error, ErrorKind, Event, Outcome, Report, Resolution, Result};

/// How often a transaction that failed for a passing reason is tried in all.
const ATTEMPTS: u32 = 5;

/// Half of the pause after the first try to obtain a lock on a table; each pause is twice the one before, up to thirty-two
/// times this.
const PAUSE: Duration = Duration::from_millis(125);

/// The error once a lock on a table was tried for as long as `lock_wait` allows.
fn lock_wait_is_over(failed: StepError, tries: u32, waited: Duration) -> Error {
    let error = match failed.holder {
        Some(holder) => failed
            .error
            .with_note(format!("the lock is held by {holder}")),
        None => failed.error,
    };
    let plural = if tries == 1 { "try" } else { "tries" };
    error
        .with_note(format!(
            "the lock was waited for in {tries} {plural}, for {:.1} s",
            crate::times::seconds(waited)
        ))
        .with_help("`lock_timeout` is how long each try waits, `lock_wait` all of them")
}

/// A request on its way through its transactions.
pub(crate) struct Run<'t> {
    pub(super) request: Request<'t>,
    /// What a person has agreed to, if one was asked.
    agreed: Option<crate::Plan>,
    /// True once the plan was made under the lock and its event emitted.
    is_planned: bool,
    /// What is to be applied in the end, by position, once a relative target is resolved under the lock. Where a plan
    /// takes several transactions, others may act in between: it is then carried on from wherever the database is.
    wanted: Option<Vec<bool>>,
    /// How the next transaction is begun.
    pub(super) mode: Mode,
    /// True once our tables are there.
    pub(super) present: bool,
    pub(super) report: Report,
}

impl<D: Database> Engine<'_, '_, D> {
    /// Decides, locks, decides again and executes, until nothing is left to do.
    pub(super) async fn change(
        &mut self,
        mut recorded: Option<Vec<Recorded>>,
        request: Request<'_>,
    ) -> Result<Report> {
        let migrations = self.migrator.migrations;
        let chain = migrations.chain()?;
        self.driver.wait_itself().await;
        let mut state = self.first_state(&chain, &mut recorded, &request).await?;
        let present = recorded.is_some();
        let mut run = Run {
            request,
            agreed: None,
            is_planned: false,
            wanted: None,
            mode: Mode::default(),
            present,
            report: Report::new(Outcome::Applied),
        };
        // What another tool has applied counts under the lock; before it, only where somebody is to see the plan.
        let how = if self.asks() || request.only_looks() {
            Look::Read
        } else {
            Look::IsDue
        };
        let looked = self.look_at_other(&chain, &mut state, &request, how).await;
        let decided = match looked {
            Ok(true) if how == Look::IsDue => Ok(Decision::Begin(Mode::default())),
            Ok(_) => match how {
                Look::Read => self.not_on_top(&state, &request, None).await,
                _ => Ok(()),
            }
            .and_then(|()| self.decide(&chain, &state, &request)),
            Err(failed) => Err(failed.error),
        };
        match decided {
            Ok(Decision::Done(report)) => {
                if !present {
                    D::not_elsewhere(self).await?;
                }
                return Ok(report);
            }
            Ok(Decision::Begin(mode)) => run.mode = mode,
            Ok(Decision::Execute(plan)) => {
                let segments = plan.segments(D::DIALECT, self.migrator.settings.per_step());
                if request.only_looks() {
                    if let Some(in_progress) = &state.in_progress {
                        return Err(preflight::interrupted(in_progress));
                    }
                    if !present {
                        D::not_elsewhere(self).await?;
                    }
                    return Err(preflight::pending(&Self::shown(&plan, &chain, &segments)));
                }
                run.mode = Mode::of(segments.first());
                if self.asks() {
                    let shown = Self::shown(&plan, &chain, &segments);
                    if !self.is_agreed(&shown) {
                        return Ok(Report::standing(Outcome::Skipped, state.head_ids(&chain)));
                    }
                    run.agreed = Some(shown);
                }
            }
            // Another process may be at work on the step: who holds the lock knows.
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Adoption)
                    && !request.only_looks() => {}
            Err(error) => return Err(error),
        }
        drop(state);
        self.execute_all(&chain, run).await
    }

    /// Takes turns until nothing is left to do; a turn that failed for a passing reason is taken again.
    async fn execute_all(&mut self, chain: &Chain<'_>, mut run: Run<'_>) -> Result<Report> {
        let mut attempt = 1;
        // How long others have been given to go on with a step that they may be at work on.
        let mut others: Option<Backoff> = None;
        loop {
            let done = run.report.steps.len();
            let mut failed = match self.turn(chain, &mut run).await {
                Ok(next) => {
                    let has_moved = next.is_none() || run.report.steps.len() > done;
                    if has_moved && let Some(others) = others.take() {
                        others.report(&mut run.report);
                    }
                    self.trace(&run.report, done);
                    match next {
                        Some(mode) => run.mode = mode,
                        None => return Ok(run.report),
                    }
                    attempt = 1;
                    self.blocked_since = None;
                    continue;
                }
                Err(failed) => failed,
            };
            run.report.steps.truncate(done);
            match failed.retry {
                Retry::Moved => run.mode = Mode::default(),
                Retry::AtWork => {
                    let limit = self.migrator.settings.lock_wait;
                    let others = others.get_or_insert_with(|| Backoff::new(limit));
                    if others.is_over() {
                        return Err(failed.error.after(&run.report));
                    }
                    self.pause(others).await;
                    run.mode = Mode::default();
                }
                Retry::Blocked { waited } => {
                    if waited.is_none() {
                        failed.holder = D::blockers_of_record(self).await;
                    }
                    let now = Instant::now();
                    let began = now.checked_sub(waited.unwrap_or_default()).unwrap_or(now);
                    let since = *self.blocked_since.get_or_insert(began);
                    let left = self.lock_wait_left();
                    if left.is_zero() {
                        let waited = since.elapsed();
                        return Err(lock_wait_is_over(failed, attempt, waited).after(&run.report));
                    }
                    self.emit_retry(attempt, &failed);
                    // Nothing of ours is open meanwhile: whoever waited behind us gets through.
                    let pause = crate::random::jitter(PAUSE * (1 << attempt.min(5))).min(left);
                    self.driver.sleep(pause).await;
                    let waited = run.report.waited.get_or_insert_default();
                    *waited = since.elapsed();
                    attempt += 1;
                }
                Retry::Passing if attempt < ATTEMPTS => {
                    self.emit_retry(attempt, &failed);
                    let pause = crate::random::jitter(Duration::from_millis(50 << attempt));
                    self.driver.sleep(pause).await;
                    attempt += 1;
                }
                _ => return Err(failed.error.after(&run.report)),
            }
        }
    }

    /// Emits that a part of the plan is tried again.
    fn emit_retry(&mut self, attempt: u32, failed: &StepError) {
        // What the database said is the reason; the error says which step met it.
        let source = std::error::Error::source(&failed.error);
        let reason = source.map_or_else(
            || failed.error.to_string(),
            |source| format!("{}: {source}", failed.error),
        );
        self.emit(&Event::Retrying {
            attempt,
            reason: &reason,
            holder: failed.holder.as_deref(),
        });
    }

    /// Takes the lock, decides, and executes one part of the plan. How the next one is begun; `None`: there is none.
    async fn turn(
        &mut self,
        chain: &Chain<'_>,
        run: &mut Run<'_>,
    ) -> std::result::Result<Option<Mode>, StepError> {
        let mut locked = self.lock(run).await?;
        let mut state = match locked.state(chain, &run.request).await {
            Ok(state) => state,
            Err(error) => return Err(locked.refused(error, run).await),
        };
        let how = match run.mode {
            Mode::Transaction { .. } => Look::Locked,
            Mode::Outside => Look::Read,
        };
        let looked = (locked.engine).look_at_other(chain, &mut state, &run.request, how);
        looked.await?;
        let histories = locked.histories.take();
        (locked.engine)
            .not_on_top(&state, &run.request, histories)
            .await?;
        let decision = (locked.engine)
            .decide_locked(chain, &state, run)
            .map_err(|error| D::wait_for_others(state.in_progress.as_ref(), error))?;
        match decision {
            Decision::Execute(plan) => locked.execute(chain, &plan, run).await,
            Decision::Begin(mode) => {
                locked.release().await?;
                Ok(Some(mode))
            }
            Decision::Done(report) => {
                locked.release().await?;
                run.finish(report);
                Ok(None)
            }
        }
    }

    /// Decides with the lock held. A plan that is executed has been agreed to and announced.
    fn decide_locked<'p>(
        &mut self,
        chain: &'p Chain<'p>,
        state: &'p State,
        run: &mut Run<'_>,
    ) -> Result<Decision<'p>> {
        let decision = match &run.wanted {
            None => self.decide(chain, state, &run.request)?,
            Some(wanted) => self.decide_rest(chain, state, wanted)?,
        };
        let Decision::Execute(plan) = decision else {
            return Ok(decision);
        };
        let segments = plan.segments(D::DIALECT, self.migrator.settings.per_step());
        let mode = Mode::of(segments.first());
        if mode != run.mode {
            return Ok(Decision::Begin(mode));
        }
        if !run.is_planned {
            if self.asks() || self.is_observed() {
                let shown = Self::shown(&plan, chain, &segments);
                // Somebody else acted since the question was asked.
                if self.asks() && run.agreed.as_ref() != Some(&shown) && !self.is_agreed(&shown) {
                    return Ok(Decision::Done(Report::standing(
                        Outcome::Skipped,
                        state.head_ids(chain),
                    )));
                }
                self.emit(&Event::Planned { plan: &shown });
            }
            run.begin(chain, state, &plan);
            if matches!(run.request, Request::Repair) {
                run.report.repaired = repair::differences::<D>(chain, state);
            }
        }
        // Also where a try came to nothing, and somebody else acted before this one.
        if run.report.steps.is_empty() {
            run.report.from = shown_heads(chain, &plan.heads);
            run.report.adopted = plan.adopted(chain);
        }
        Ok(Decision::Execute(plan))
    }

    /// Traces the steps that were committed since.
    fn trace(&self, report: &Report, since: usize) {
        report
            .steps
            .iter()
            .skip(since)
            .for_each(|step| self.span.step(step));
    }
}

impl Run<'_> {
    /// Remembers where the plan leads, now that it is made under the lock.
    fn begin(&mut self, chain: &Chain<'_>, state: &State, plan: &Plan<'_>) {
        self.is_planned = true;
        self.report.to = shown_heads(chain, &plan.heads);
        self.report.notes.clone_from(&plan.notes);
        if let Request::Goal(Goal::Upgrade(_) | Goal::Downgrade(_))
        | Request::Resolve(Resolution::Retry) = self.request
        {
            self.wanted = Some(plan.reaches(chain, &state.applied));
        }
    }

    /// Nothing is left to do.
    fn finish(&mut self, report: Report) {
        let done = std::mem::replace(&mut self.report, report);
        self.report.waited = done.waited;
        if !done.steps.is_empty() {
            if self.report.outcome == Outcome::UpToDate {
                self.report.outcome = Outcome::Applied;
            }
            self.report.from = done.from;
            self.report.notes = done.notes;
            self.report.adopted = done.adopted;
        }
        self.report.steps = done.steps;
    }
}
