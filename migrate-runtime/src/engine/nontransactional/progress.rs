//! How far a step outside a transaction is: each change of that record starts from what was read.
//!
//! On SQLite no lock is held between the statements, and on PostgreSQL one may be lost with its
//! connection. So whoever changes the record first looks, in the same transaction, whether it is as
//! they left it. If not, another process has gone on with the step, and everything is decided anew.

use std::time::Instant;

use migrate_chain::Chain;

use crate::driver::{Class, DbError, Driver, Rows};
use crate::engine::database::Database;
use crate::engine::lock::{Backoff, not_begun};
use crate::engine::locked::Locked;
use crate::engine::plan::PlanStep;
use crate::engine::recorded_state;
use crate::engine::step_error::{StepError, own_failed};
use crate::in_progress::{Beginnings, StepInProgress};
use crate::state::{Head, Recorded};
use crate::tables::Timing;
use crate::{Error, ErrorKind, Result};

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Reads what is recorded; on SQLite in a transaction, so that all of it is of one moment.
    pub(crate) async fn read(&mut self) -> Result<()> {
        if D::HOLDS_NO_LOCK_OUTSIDE {
            self.begin_transaction("").await?;
        }
        let found = self.read_now("").await;
        if D::HOLDS_NO_LOCK_OUTSIDE {
            // Awaited: code of the app's may look at the database next. What was read counts, not what is said of this.
            let _ = self.engine.driver.rollback().await;
        }
        (self.recorded, self.in_progress) = found?;
        Ok(())
    }

    async fn read_now(&mut self, lock: &str) -> Result<(Vec<Recorded>, Option<StepInProgress>)> {
        let Locked {
            engine,
            is_present,
            as_the_app,
            ..
        } = self;
        if !*is_present {
            let rows = engine.driver.rows(&engine.tables.select_presence()).await;
            let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
            *is_present = recorded_state::is_present(rows.get(0));
        }
        if !*is_present {
            return Ok((Vec::new(), None));
        }
        let sql = format!("{as_the_app}{}{lock}", engine.tables.select_state());
        let rows = if lock.is_empty() {
            match engine.read_patiently(&sql).await {
                Ok(rows) => rows,
                Err(error) => return Err(engine.not_read(error).await),
            }
        } else {
            // In a transaction, which has a limit.
            let rows = engine.driver.rows(&sql).await;
            rows.map_err(|error| recorded_state::failed(&engine.tables, error))?
        };
        engine.tables.trust();
        let (recorded, in_progress) = recorded_state::state::<D>(&engine.tables, &rows, 0);
        Ok((recorded.unwrap_or_default(), in_progress))
    }

    /// Begins a transaction in which the record is as we left it. What makes a script's statement run as whoever the script
    /// has become; empty where that is the app.
    pub(crate) async fn open(&mut self) -> Result<String, StepError> {
        let who = if self.as_the_app.is_empty() {
            self.begin_transaction("").await?;
            String::new()
        } else if D::WHO.is_empty() {
            let engine = &mut *self.engine;
            let set = engine.driver.rows(&self.as_the_app).await;
            set.map_err(not_begun)?;
            self.begin_transaction("").await?;
            String::new()
        } else {
            D::as_the_script(&self.begin_transaction(D::WHO).await?)
        };
        let found = self.read_now(D::LOCK_ROWS).await;
        let sorted = |mut recorded: Vec<Recorded>| {
            recorded.sort_by(|one, other| one.revision.cmp(&other.revision));
            recorded
        };
        let is_ours = found.map(|(recorded, in_progress)| {
            in_progress == self.in_progress && sorted(recorded) == sorted(self.recorded.clone())
        });
        match is_ours {
            Ok(true) => Ok(who),
            Ok(false) => {
                self.engine.driver.rollback_now();
                Err(StepError::moved())
            }
            Err(error) => {
                self.engine.driver.rollback_now();
                let class = match error.kind() {
                    ErrorKind::Locked => Class::Busy,
                    _ => Class::Other,
                };
                Err(StepError::new(error, class))
            }
        }
    }

    async fn begin_transaction(&mut self, who: &str) -> Result<Rows> {
        let mut wait = Backoff::of_step(self.engine.migrator.settings.lock_wait);
        D::hold_on(self, &mut wait).await?;
        self.engine.driver.wait_itself().await;
        // Where nothing else is released that ends it, the guard does.
        self.is_open = D::HOLDS_NO_LOCK_OUTSIDE;
        loop {
            let begin = D::begin_between(self.engine);
            let begin = format!("{begin}{}{who}", self.hold_again);
            match self.engine.driver.connection().begin(&begin).await {
                // A script has let go of the lock, and another has taken it.
                Ok(rows) if !self.hold_again.is_empty() && rows.cell() != Some("t") => {
                    self.engine.driver.rollback_now();
                    self.engine.wait(&mut wait).await?;
                }
                Ok(rows) => {
                    self.engine.driver.let_it_wait();
                    return Ok(rows);
                }
                Err(error) if error.class == Class::Busy => self.engine.wait(&mut wait).await?,
                Err(error) => {
                    self.is_open = false;
                    return Err(not_begun(error));
                }
            }
        }
    }

    /// A transaction of the engine's own statements.
    async fn record(&mut self, sql: &str) -> Result<(), StepError> {
        self.open().await?;
        let closed = D::commit(self.engine, &format!("{sql};\n")).await;
        closed.map_err(|error| self.not_recorded(error))
    }

    fn not_recorded(&mut self, error: DbError) -> StepError {
        self.engine.driver.rollback_now();
        let class = error.class;
        let error = match error.class {
            Class::Privilege => own_failed(&self.engine.tables, &error).with_source(error),
            _ => Error::database("record how far the step is", error),
        };
        StepError::new(error, class)
    }

    /// Records that the step is under way.
    pub(super) async fn begin_step(&mut self, begun: StepInProgress) -> Result<(), StepError> {
        let mut sql = String::new();
        if !self.is_present {
            sql.push_str(&self.engine.tables.create());
            sql.push_str(";\n");
        }
        sql.push_str(&self.engine.tables.insert_in_progress(&begun));
        self.record(&sql).await?;
        self.is_present = true;
        self.in_progress = Some(begun);
        for row in &mut self.recorded {
            row.fingerprint.clear();
        }
        Ok(())
    }

    /// The record of the step once so many statements are begun and done.
    pub(super) fn advanced(
        &self,
        beginnings: &Beginnings,
        started: usize,
        done: usize,
    ) -> Option<StepInProgress> {
        let in_progress = self.in_progress.as_ref()?;
        Some(in_progress.advanced(beginnings, started, done))
    }

    /// Records how far it is.
    pub(super) async fn advance(
        &mut self,
        beginnings: &Beginnings,
        started: usize,
        done: usize,
    ) -> Result<(), StepError> {
        let Some(advanced) = self.advanced(beginnings, started, done) else {
            return Err(Error::internal("no step is in progress").into());
        };
        let sql = self.engine.tables.advance_in_progress(&advanced);
        self.record(&sql).await?;
        self.in_progress = Some(advanced);
        Ok(())
    }

    /// Takes back that the step is under way.
    pub(super) async fn cancel(&mut self, before: &[Head<'_>]) -> Result<(), StepError> {
        let sql = self.engine.tables.delete_in_progress() + &self.update_heads(before) + "SELECT 1";
        self.record(&sql).await
    }

    /// Records the step as done, with its row of the log, in one transaction.
    pub(super) async fn finish_step(
        &mut self,
        chain: &Chain<'_>,
        step: &PlanStep<'_>,
        heads: &[Head<'_>],
        since: Instant,
    ) -> Result<(), StepError> {
        let there = match self.engine.record_for_other(chain, step) {
            Some(record) if self.engine.has_other_table(step).await? => record + ";\n",
            _ => String::new(),
        };
        let engine = &*self.engine;
        let record = step.record(chain, D::DIALECT);
        let sql = format!(
            "{there}{};\n{}{}SELECT 1",
            (engine.tables).insert_log(&record, engine.by(), Timing::Measured(since)),
            engine.tables.delete_in_progress(),
            self.update_heads(heads)
        );
        self.record(&sql).await
    }
}
