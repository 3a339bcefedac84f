//! The part of a plan that runs in a transaction: scripts, rows of the audit log and the new recorded heads commit
//! together, so that no step is ever half recorded.

use std::time::Instant;

use migrate_chain::{Chain, Segment};

use super::batch::{Batch, Owner};
use super::database::{Blocked, CommitOutcome, Database, Failure, Piece};
use super::lock::Mode;
use super::locked::Locked;
use super::plan::{Content, Plan, PlanStep, Source};
use super::run::Run;
use super::rust_code::call;
use super::step_error::{
    ROLLED_BACK, StepError, about_last, ended, not_committed, own_failed, script_failed,
    session_not_restored,
};
use crate::driver::{Class, DbError, Driver};
use crate::hook::Moment;
use crate::report::StepReport;
use crate::state::{Head, Recorded, shown_heads};
use crate::{Error, ErrorKind, Event, Function, Report};

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Runs a segment of the plan, its first one, and commits; `next` is how what follows it is begun.
    pub(super) async fn execute_transaction(
        mut self,
        chain: &Chain<'_>,
        plan: &Plan<'_>,
        segment: &Segment,
        next: Option<Mode>,
        run: &mut Run<'_>,
    ) -> Result<(), StepError> {
        let report = &mut run.report;
        let steps = plan.steps.get(segment.steps.clone()).unwrap_or_default();
        if steps
            .iter()
            .any(|step| step.runs() && matches!(step.source, Source::Log(_)))
        {
            D::only_we_write_the_log(self.engine).await?;
        }
        let violations = if segment.foreign_keys_off {
            Some(self.violations().await?)
        } else {
            None
        };
        let mut batch = Batch::new(chain, plan, report.transactions());
        if !self.is_present {
            batch.pieces.push(Piece::Own(self.engine.tables.create()));
        }
        for index in segment.steps.clone() {
            self.step(&mut batch, index, report).await?;
        }
        self.flush(&mut batch, report).await?;
        if let Some(before) = &violations {
            self.no_new_violations(before)
                .await
                .map_err(|error| about_last(chain, steps, error))?;
        }
        self.call_hook(&mut batch, Moment::BeforeCommit).await?;
        let heads = plan.heads_after(segment.steps.clone());
        let mut sql = D::compute_times(&self);
        if plan.ends_in_progress {
            sql.push_str(&self.engine.tables.delete_in_progress());
        }
        sql.push_str(&self.update_heads(&heads));
        // Whatever has changed it: code that a statement called unseen, say.
        if let Some(restore) = D::restore_at_commit(&self.session) {
            sql.push_str(&restore);
            sql.push_str(";\n");
        }
        if let Err(error) = self.commit(&sql).await {
            self.confirm_commit(steps, error, next.is_some()).await?;
        }
        run.present = true;
        report.to = shown_heads(chain, &heads);
        self.engine.emit(&Event::Committed { heads: &report.to });
        Ok(())
    }

    /// The statements that record these heads and no others.
    pub(super) fn update_heads(&self, heads: &[Head<'_>]) -> String {
        let stays = |row: &&Recorded| heads.iter().any(|head| head.is(row));
        let gone: Vec<&str> = (self.recorded.iter())
            .filter(|row| !stays(row))
            .map(|row| row.revision.as_str())
            .collect();
        let come: Vec<_> = (heads.iter())
            .filter(|head| !self.recorded.iter().any(|row| head.is(row)))
            .filter_map(|head| Some((head.revision, head.fingerprint?)))
            .collect();
        self.engine.tables.update_heads(&gone, &come)
    }

    /// COMMIT failed. If only its answer was lost and a second connection says that it succeeded, it
    /// did; what comes after it can't be sent any more.
    async fn confirm_commit(
        &mut self,
        steps: &[PlanStep<'_>],
        error: DbError,
        more: bool,
    ) -> Result<(), StepError> {
        let (Class::Lost, Some(last)) = (error.class, steps.last()) else {
            return Err(not_committed(steps, error));
        };
        // Nothing more is said on a connection that is gone.
        self.is_open = false;
        let id = last.planned.revision.as_str();
        let broke = |when: &str, error| {
            Error::new(ErrorKind::Database, format!("the connection broke {when}"))
                .with_revision(id)
                .with_source(error)
        };
        match D::commit_outcome(self.engine, id).await {
            Some(Ok(CommitOutcome::Committed)) if more => Err(broke(
                &format!("after `{id}` was committed, with more to do"),
                error,
            )
            .with_help("start again: it goes on from there")
            .into()),
            Some(Ok(CommitOutcome::Committed)) => Ok(()),
            Some(Ok(CommitOutcome::RolledBack)) => {
                let error = broke(&format!("before `{id}` was committed"), error);
                Err(error.with_note(ROLLED_BACK).into())
            }
            Some(Ok(CommitOutcome::Unknown)) => {
                let mut failed = not_committed(steps, error);
                failed.error = failed.error.with_note("it was not there a moment later, as a second connection saw; without a lock, nobody can tell whether it is still being committed");
                Err(failed)
            }
            Some(Err(asked)) => {
                let mut failed = not_committed(steps, error);
                failed.error = failed
                    .error
                    .with_note(format!("asking on a second connection failed: {asked}"));
                Err(failed)
            }
            None => Err(not_committed(steps, error)),
        }
    }

    /// Adds a step to the batch, or runs it at once where somebody watches or the database is near.
    async fn step<'p>(
        &mut self,
        batch: &mut Batch<'p>,
        index: usize,
        report: &mut Report,
    ) -> Result<(), StepError> {
        let (chain, plan) = (batch.chain, batch.plan);
        let Some(step) = plan.steps.get(index) else {
            return Err(Error::internal("a step that the plan doesn't have").into());
        };
        let mut planned = step.planned.clone();
        planned.transaction = Some(batch.transaction);
        let (number, total) = (
            report.steps.len() + batch.waiting.len() + 1,
            report.steps.len() + batch.waiting.len() + plan.steps.len() - index,
        );
        let at_once = self.engine.is_watched() || D::SENDS_EACH_STEP;
        if at_once {
            self.engine.emit(&Event::StepStarted {
                step: &planned,
                number,
                total,
            });
            self.call_hook(batch, Moment::BeforeStep(&planned)).await?;
        }
        let runs_code = matches!(step.content, Content::Code(_));
        if runs_code {
            // What travels before it is not its own time.
            batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
            self.flush(batch, report).await?;
        }
        let since = Instant::now();
        batch.waiting.push(planned);
        match step.content {
            Content::Nothing => {}
            Content::Script { text, .. } => {
                D::keep_session(self, Some(text)).await?;
                D::batch_script(&mut self.session, batch, index, text);
                if D::SENDS_EACH_STEP {
                    self.send(batch).await?;
                    D::restore_now(self).await?;
                }
            }
            Content::Code(function) => {
                D::keep_session(self, None).await?;
                self.code(chain, step, function).await?;
            }
        }
        self.record_there(batch, index).await?;
        D::record_step(
            self,
            batch,
            &step.record(chain, D::DIALECT),
            since,
            runs_code,
        );
        if at_once || runs_code {
            self.send(batch).await?;
            if self.engine.is_watched() {
                // Observers read the log while the plan runs, so the step's row is written before they hear of it.
                self.write_rows(batch).await?;
            }
            batch.took(report, since.elapsed());
        }
        if at_once && let Some(StepReport { step, duration }) = report.steps.last() {
            self.call_hook(batch, Moment::AfterStep(step)).await?;
            self.engine.emit(&Event::StepFinished {
                step,
                number,
                total,
                duration: *duration,
            });
        }
        Ok(())
    }

    /// Records a step of another tool's own in the tool's table, too.
    async fn record_there(&mut self, batch: &mut Batch<'_>, index: usize) -> Result<(), StepError> {
        let step = batch.plan.steps.get(index);
        let record = step.and_then(|step| self.engine.record_for_other(batch.chain, step));
        let (Some(step), Some(record)) = (step, record) else {
            return Ok(());
        };
        if self.engine.may_make_table(step) {
            self.send(batch).await?;
        }
        if self.engine.has_other_table(step).await? {
            batch.push_record(index, record);
        }
        Ok(())
    }

    /// Calls the app's hook once everything before it has run.
    async fn call_hook(
        &mut self,
        batch: &mut Batch<'_>,
        moment: Moment<'_>,
    ) -> Result<(), StepError> {
        if self.engine.migrator.hook.is_none() {
            return Ok(());
        }
        batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
        self.send(batch).await?;
        self.count_transaction().await?;
        D::keep_session(self, None).await?;
        let called = self.engine.hook(moment).await;
        let called = called.map_err(|error| error.with_note(ROLLED_BACK));
        let released = self
            .release_savepoint(&format!("the hook {moment}"), called)
            .await?;
        Ok(released?)
    }

    /// Before code of the app's runs in the transaction.
    async fn count_transaction(&mut self) -> crate::Result<()> {
        let counted = self.engine.driver.connection().count_transaction().await;
        counted
            .map_err(|error| Error::database("prepare the connection for code of the app's", error))
    }

    /// Calls the code of a Rust-coded revision.
    async fn code(
        &mut self,
        chain: &Chain<'_>,
        step: &PlanStep<'_>,
        function: Function,
    ) -> Result<(), StepError> {
        let (id, direction) = (&step.planned.revision, step.planned.direction);
        let migrations = self.engine.migrator.migrations;
        self.count_transaction().await?;
        let called = call(&mut self.engine.driver, function, id, migrations).await;
        let who = format!("the {direction} of `{id}`");
        let called = match self.release_savepoint(&who, called).await {
            Ok(called) => called,
            Err(ended) => return Err(ended.with_revision(id).into()),
        };
        called.map_err(|error| {
            let story = Error::new(ErrorKind::Code, format!("{who} failed"));
            step.at_file(chain, story)
                .with_source(error)
                .with_note(ROLLED_BACK)
                .into()
        })
    }

    /// What code of the app's came to; an error of its own if it has ended the transaction.
    async fn release_savepoint(
        &mut self,
        who: &str,
        called: crate::Result<()>,
    ) -> crate::Result<crate::Result<()>> {
        let release = match D::restore_after(&mut self.session, None, true) {
            Some(restore) => format!("{RELEASE}; {restore}"),
            None => RELEASE.to_owned(),
        };
        match (called, self.engine.driver.rows(&release).await) {
            (called, Ok(_)) => {
                D::restore_now(self).await?;
                Ok(called)
            }
            (Ok(()), Err(error)) if error.class == Class::Privilege => {
                Err(session_not_restored(who, error))
            }
            (Err(error), Err(answer))
                if matches!(answer.class, Class::InFailedTransaction | Class::Lost) =>
            {
                Ok(Err(error))
            }
            (Ok(()), Err(error)) if error.class == Class::InFailedTransaction => {
                Ok(Err(Error::new(
                    ErrorKind::Code,
                    "it went on after an error of the database's, which had failed its transaction",
                )))
            }
            (Ok(()), Err(error)) if error.class == Class::Lost => {
                Err(Error::database("go on", error))
            }
            (Ok(()), Err(_)) => Err(ended(who)),
            (Err(error), Err(_)) => Err(ended(who).with_source(error)),
        }
    }

    /// Runs what waits and counts its steps as done.
    async fn flush(&mut self, batch: &mut Batch<'_>, report: &mut Report) -> Result<(), StepError> {
        let since = Instant::now();
        self.send(batch).await?;
        self.write_rows(batch).await?;
        batch.took(report, since.elapsed());
        Ok(())
    }

    /// Writes the rows of the audit log that are bound.
    async fn write_rows(&mut self, batch: &mut Batch<'_>) -> Result<(), StepError> {
        let rows = std::mem::take(&mut batch.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let sql = self.engine.tables.insert_bound(self.engine.by());
        match self.engine.driver.execute_many(&sql, &rows).await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.close();
                let class = error.class;
                let story = own_failed(&self.engine.tables, &error).with_source(error);
                Err(StepError::new(story.with_note(ROLLED_BACK), class))
            }
        }
    }

    /// Runs what waits.
    async fn send(&mut self, batch: &mut Batch<'_>) -> Result<(), StepError> {
        let pieces = std::mem::take(&mut batch.pieces);
        let owners = std::mem::take(&mut batch.owners);
        if pieces.is_empty() {
            return Ok(());
        }
        match self.engine.driver.run(&pieces).await {
            Ok(()) => Ok(()),
            Err(mut failure) => {
                let blocked = failure.blocked.take();
                let failed = self.failed(batch, &pieces, &owners, failure);
                Err(self.blocked(failed, blocked).await)
            }
        }
    }

    /// Finds out who holds the lock that a statement did not obtain in time.
    pub(super) async fn blocked(
        &mut self,
        failed: StepError,
        blocked: Option<Blocked>,
    ) -> StepError {
        let Some(Blocked { statement, waited }) = blocked else {
            return failed;
        };
        let holder = D::blockers(self.engine, &statement).await;
        failed.blocked(waited, holder)
    }

    /// A piece failed, and the driver has rolled back. `owners` tell which piece is whose script.
    fn failed(
        &mut self,
        batch: &Batch<'_>,
        pieces: &[Piece<'_>],
        owners: &[Owner],
        mut failure: Failure,
    ) -> StepError {
        self.is_open = false;
        let step_at = |at: usize| batch.plan.steps.get(at);
        let owner = |at| owners.iter().find(|owner| owner.piece == at);
        let owner = failure.piece.and_then(owner);
        let step = owner.and_then(|owner| step_at(owner.step));
        if let (Some(step), Some(Piece::Record(_))) =
            (step, failure.piece.and_then(|at| pieces.get(at)))
        {
            return self
                .engine
                .not_recorded_there(batch.chain, step, failure.error);
        }
        if let (Some(step), Some(Piece::Restore(_))) =
            (step, failure.piece.and_then(|at| pieces.get(at)))
        {
            let who = format!(
                "the {} of `{}`",
                step.planned.direction, step.planned.revision
            );
            let story = session_not_restored(&who, failure.error);
            return step
                .at_file(batch.chain, story)
                .with_note(ROLLED_BACK)
                .into();
        }
        if let (Some(owner), Some(at)) = (owner, &mut failure.at) {
            *at = at.start + owner.offset..at.end + owner.offset;
        }
        let mut sent: Vec<&PlanStep<'_>> = Vec::new();
        for owner in owners {
            if let Some(step) = step_at(owner.step)
                && !sent.last().is_some_and(|last| std::ptr::eq(*last, step))
            {
                sent.push(step);
            }
        }
        script_failed(batch.chain, step, &sent, failure, &self.engine.tables)
    }
}

/// Around the code of a Rust-coded revision: a savepoint is gone once its transaction has ended, even
/// if the code has begun another.
const SAVEPOINT: &str = "SAVEPOINT migrate_step";
const RELEASE: &str = "RELEASE SAVEPOINT migrate_step";
