use std::time::Instant;

use migrate_chain::{Action, Chain, Dialect, Plan, Run as Stretch, Step};

use super::batch::{Batch, after, may_change_session, record};
use super::database::Database;
use super::lock::Mode;
use super::run::Run;
use super::rust_code::call;
use super::step_error::{Failed, ROLLED_BACK, about_last, ended, not_committed, script_failed};
use super::transaction::Transaction;
use crate::driver::{Class, DbError};
use crate::engine::database::{Failure, Piece};
use crate::hook::Moment;
use crate::plan::PlannedStep;
use crate::state::{State, ids};
use crate::tables::Timing;
use crate::{Error, ErrorKind, Event, Report};

impl<D: Database> Transaction<'_, '_, '_, D> {
    /// Runs the plan's first transaction: scripts, history rows and the new recorded state commit
    /// together, so that no step is ever half recorded. Tells what the next one must be begun with;
    /// `None`: the plan is through.
    pub(super) async fn apply(
        mut self,
        chain: &Chain<'_>,
        state: &State,
        plan: &Plan,
        run: &mut Run<'_>,
    ) -> Result<Option<Mode>, Failed> {
        let (request, report) = (&run.request, &mut run.report);
        let stretches = plan.runs(chain, D::DIALECT, self.engine.migrator.settings.per_step());
        let whole = Stretch {
            steps: 0..0,
            in_transaction: true,
            foreign_keys_off: false,
        };
        // A purge may have rows to forget and no step to take.
        let stretch = stretches.first().unwrap_or(&whole);
        let violations = match stretch.foreign_keys_off {
            true => Some(self.violations().await?),
            false => None,
        };
        let mut batch = Batch::new(chain, plan);
        batch.transaction = stretch.in_transaction.then(|| report.transactions());
        if !self.is_present {
            batch.pieces.push(Piece::Own(self.engine.tables.create()));
        }
        for index in stretch.steps.clone() {
            self.step(&mut batch, index, report).await?;
        }
        self.flush(&mut batch, report).await?;
        if let Some(before) = &violations {
            self.no_new_violations(before)
                .await
                .map_err(|error| about_last(chain, plan, stretch, error))?;
        }
        self.call_hook(&mut batch, Moment::BeforeCommit).await?;
        let heads = after(state, &plan.steps[stretch.steps.clone()]);
        let mut sql = String::new();
        if self.computes_times_last() {
            sql.push_str(&self.engine.tables.settle_times());
        }
        if request.forgets() {
            sql.push_str(&self.engine.tables.delete_in_progress());
            sql.push_str(&self.engine.tables.purge());
        }
        let kept = |at: &usize| !request.forgets() && state.rows.contains(at);
        let gone: Vec<&str> = (state.rows.iter())
            .filter(|at| kept(at) && !heads.contains(at))
            .map(|&at| state.recorded_as(chain, at))
            .collect();
        let come: Vec<_> = (heads.iter())
            .filter(|at| !kept(at))
            .filter_map(|&at| Some((chain.get(at).id, chain.get(at).fingerprint(D::DIALECT)?)))
            .collect();
        sql.push_str(&self.engine.tables.update_heads(&gone, &come));
        if D::DIALECT == Dialect::Postgres {
            // Whatever of a script has changed them, a trigger, say.
            sql.push_str(&self.session.restore());
            sql.push_str(";\n");
        }
        if let Err(error) = self.commit(&sql).await {
            self.confirm_commit(chain, plan, stretch, error, stretches.len() > 1)
                .await?;
        }
        report.to = ids(chain, &heads);
        Ok(stretches.get(1).map(Mode::of))
    }

    /// COMMIT failed. If only its answer was lost and a second connection says that it succeeded, it
    /// did; what comes after it can't be sent any more.
    async fn confirm_commit(
        &mut self,
        chain: &Chain<'_>,
        plan: &Plan,
        stretch: &Stretch,
        error: DbError,
        more: bool,
    ) -> Result<(), Failed> {
        let last = plan.steps.get(stretch.steps.end.wrapping_sub(1));
        let (Class::Lost, Some(last)) = (error.class, last) else {
            return Err(not_committed(chain, plan, stretch, error));
        };
        // Nothing more is said on a connection that is gone.
        self.is_open = false;
        let id = chain.get(last.revision).id;
        match D::was_committed(self.engine, id).await {
            Some(Ok(true)) if more => Err(Error::new(
                ErrorKind::Database,
                format!("the connection broke after `{id}` was committed, with more to do"),
            )
            .with_source(error)
            .with_help("start again: it goes on from there")
            .into()),
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(Error::new(
                ErrorKind::Database,
                format!("the connection broke before `{id}` was committed"),
            )
            .with_source(error)
            .with_note(ROLLED_BACK)
            .into()),
            Some(Err(asked)) => {
                let mut failed = not_committed(chain, plan, stretch, error);
                failed.error = failed
                    .error
                    .with_note(format!("asking on a second connection failed: {asked}"));
                Err(failed)
            }
            None => Err(not_committed(chain, plan, stretch, error)),
        }
    }

    /// Adds a step to the batch, or runs it at once where somebody watches or the database is near.
    async fn step<'p>(
        &mut self,
        batch: &mut Batch<'p>,
        index: usize,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let (chain, plan) = (batch.chain, batch.plan);
        let step = &plan.steps[index];
        let revision = chain.get(step.revision);
        let action = revision.action(step.direction, D::DIALECT);
        let planned = PlannedStep::of(chain, step, plan.stamp, batch.transaction);
        let (number, total) = (
            report.steps.len() + batch.waiting.len() + 1,
            report.steps.len() + batch.waiting.len() + plan.steps.len() - index,
        );
        let at_once = self.engine.is_watched() || !D::ROUND_TRIPS;
        if at_once {
            self.engine.emit(&Event::StepStarted {
                step: &planned,
                number,
                total,
            });
            self.call_hook(batch, Moment::BeforeStep(&planned)).await?;
        }
        let runs_code = matches!(action, Action::Code(_)) && !plan.stamp;
        if runs_code {
            // What travels before it is not its own time.
            batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
            self.flush(batch, report).await?;
        }
        let since = Instant::now();
        batch.waiting.push(planned);
        match action {
            Action::Script(script) if !plan.stamp => {
                batch.push_script(index, script.text);
                if !D::ROUND_TRIPS {
                    self.send(batch).await?;
                }
                if D::DIALECT == Dialect::Postgres && may_change_session(script.text) {
                    batch.pieces.push(Piece::Own(self.session.restore()));
                }
            }
            Action::Code(_) if !plan.stamp => self.code(chain, step).await?,
            _ => {}
        }
        let record = record(chain, step, plan.stamp, D::DIALECT);
        if D::ROUND_TRIPS {
            // The server knows best when the script before it in the message began and ended.
            let timing = match (runs_code, self.computes_times_last()) {
                (true, _) => Timing::Measured(since),
                (false, true) => Timing::Settled,
                (false, false) => Timing::Server,
            };
            let (tables, by) = (&self.engine.tables, self.engine.by());
            let history = tables.insert_log(&record, by, timing);
            batch.pieces.push(Piece::Own(history));
        } else {
            batch.rows.push(record.bound(since));
        }
        if at_once || runs_code {
            self.send(batch).await?;
            if self.engine.is_watched() {
                // Who looks on finds the row.
                self.write_rows(batch).await?;
            }
            batch.took(report, since.elapsed());
        }
        if at_once && let Some(done) = report.steps.last() {
            let step = done.step.clone();
            self.call_hook(batch, Moment::AfterStep(&step)).await?;
        }
        if at_once && let Some(done) = report.steps.last() {
            let (step, duration) = (&done.step, done.duration);
            self.engine.emit(&Event::StepFinished {
                step,
                number,
                total,
                duration,
            });
        }
        Ok(())
    }

    /// True when the times of the steps are settled at the end, and nobody looks before.
    fn computes_times_last(&self) -> bool {
        D::ROUND_TRIPS && !self.is_present && !self.engine.is_watched()
    }

    /// Calls the app's hook once everything before it has run.
    async fn call_hook(&mut self, batch: &mut Batch<'_>, moment: Moment<'_>) -> Result<(), Failed> {
        if self.engine.migrator.hook.is_none() {
            return Ok(());
        }
        batch.pieces.push(Piece::Own(SAVEPOINT.to_owned()));
        self.send(batch).await?;
        let called = self.engine.hook(moment).await;
        let called = called.map_err(|error| error.with_note(ROLLED_BACK));
        let released = self
            .release_savepoint(&format!("the hook {moment}"), called)
            .await?;
        Ok(released?)
    }

    /// Calls the code of a Rust-coded revision.
    async fn code(&mut self, chain: &Chain<'_>, step: &Step) -> Result<(), Failed> {
        let revision = chain.get(step.revision);
        let migrations = self.engine.migrator.migrations;
        let Some(function) = migrations.function(revision.id, step.direction) else {
            return Err(Error::internal(format!("the code of `{}` is gone", revision.id)).into());
        };
        let called = call(&mut self.engine.driver, function, revision.id, migrations).await;
        let who = format!("the {} of `{}`", step.direction, revision.id);
        let called = match self.release_savepoint(&who, called).await {
            Ok(called) => called,
            Err(ended) => return Err(ended.with_revision(revision.id).into()),
        };
        called.map_err(|error| {
            let place = revision.locate(chain.root, 0..0).0.of_file();
            let story = Error::new(
                ErrorKind::Code,
                format!("the {} of `{}` failed", step.direction, revision.id),
            );
            story
                .with_revision(revision.id)
                .with_place(place, None)
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
        let release = match D::DIALECT {
            Dialect::Postgres => format!("{RELEASE}; {}", self.session.restore()),
            _ => RELEASE.to_owned(),
        };
        match (called, self.engine.driver.rows(&release).await) {
            (called, Ok(_)) => Ok(called),
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
    async fn flush(&mut self, batch: &mut Batch<'_>, report: &mut Report) -> Result<(), Failed> {
        let since = Instant::now();
        self.send(batch).await?;
        self.write_rows(batch).await?;
        batch.took(report, since.elapsed());
        Ok(())
    }

    /// Writes the rows of the audit log that are bound.
    async fn write_rows(&mut self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let rows = std::mem::take(&mut batch.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let sql = self.engine.tables.insert_bound(self.engine.by());
        match self.engine.driver.execute_many(&sql, &rows).await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.engine.driver.rollback_now();
                let failure = Failure {
                    piece: Some(0),
                    at: None,
                    error,
                };
                Err(self.failed(batch, &[], failure))
            }
        }
    }

    /// Runs what waits.
    async fn send(&mut self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let pieces = std::mem::take(&mut batch.pieces);
        let owners = std::mem::take(&mut batch.owners);
        if pieces.is_empty() {
            return Ok(());
        }
        match self.engine.driver.run(&pieces).await {
            Ok(()) => Ok(()),
            Err(failure) => Err(self.failed(batch, &owners, failure)),
        }
    }

    /// A piece failed, and the driver has rolled back. `owners` tell which piece is whose script.
    fn failed(&mut self, batch: &Batch<'_>, owners: &[(usize, usize)], failure: Failure) -> Failed {
        self.is_open = false;
        let owner = |at| owners.iter().find(|(piece, _)| *piece == at);
        let step = failure.piece.and_then(owner).map(|(_, step)| *step);
        let tables = &self.engine.tables;
        script_failed::<D>(batch.chain, batch.plan, step, owners, failure, tables)
    }
}

/// Around the code of a Rust-coded revision: a savepoint is gone once its transaction has ended, even
/// if the code has begun another.
const SAVEPOINT: &str = "SAVEPOINT migrate_step";
const RELEASE: &str = "RELEASE SAVEPOINT migrate_step";
