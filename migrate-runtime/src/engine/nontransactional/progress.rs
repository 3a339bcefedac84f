//! How far a step outside a transaction is: each change of that record starts from what was read.
//!
//! On SQLite no lock is held between the statements, and on PostgreSQL one may be lost with its
//! connection. So whoever changes the record first looks, in the same transaction, whether it is as
//! they left it. If not, another process has gone on with the step, and everything is decided anew.

use std::time::Instant;

use migrate_chain::{Chain, Dialect, Step};

use crate::driver::{Class, DbError};
use crate::engine::batch::{after, record};
use crate::engine::database::Database;
use crate::engine::lock::{Backoff, not_begun};
use crate::engine::nontransactional::lock::Outside;
use crate::engine::recorded_state;
use crate::engine::step_error::{Failed, own_failed};
use crate::in_progress::StepInProgress;
use crate::state::{Recorded, State};
use crate::tables::Timing;
use crate::{Error, Result};

impl<D: Database> Outside<'_, '_, '_, D> {
    /// Reads what is recorded; on SQLite in a transaction, so that all of it is of one moment.
    pub(crate) async fn read(&mut self) -> Result<()> {
        let sqlite = D::DIALECT == Dialect::Sqlite;
        if sqlite {
            self.begin_transaction().await?;
        }
        let found = self.read_now("").await;
        if sqlite {
            self.engine.driver.rollback_now();
        }
        (self.recorded, self.in_progress) = found?;
        Ok(())
    }

    async fn read_now(&mut self, lock: &str) -> Result<(Vec<Recorded>, Option<StepInProgress>)> {
        let Outside {
            engine, is_present, ..
        } = self;
        if !*is_present {
            let rows = engine.driver.rows(&engine.tables.select_presence()).await;
            let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
            *is_present = recorded_state::is_present(rows.get(0));
        }
        if !*is_present {
            return Ok((Vec::new(), None));
        }
        let sql = engine.tables.select_state() + lock;
        let rows = engine.driver.rows(&sql).await;
        let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
        let (recorded, in_progress) = recorded_state::state::<D>(&engine.tables, &rows, 0);
        Ok((recorded.unwrap_or_default(), in_progress))
    }

    /// Begins a transaction in which the record is as we left it.
    pub(crate) async fn open(&mut self) -> Result<(), Failed> {
        self.begin_transaction().await?;
        // The row is locked as well: who comes second finds it changed.
        let lock = match D::DIALECT {
            Dialect::Sqlite => "",
            _ => " FOR UPDATE",
        };
        let found = self.read_now(lock).await;
        let sorted = |mut recorded: Vec<Recorded>| {
            recorded.sort_by(|one, other| one.revision.cmp(&other.revision));
            recorded
        };
        let is_ours = found.map(|(recorded, in_progress)| {
            in_progress == self.in_progress && sorted(recorded) == sorted(self.recorded.clone())
        });
        match is_ours {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.engine.driver.rollback_now();
                Err(Failed::moved())
            }
            Err(error) => {
                self.engine.driver.rollback_now();
                Err(error.into())
            }
        }
    }

    async fn begin_transaction(&mut self) -> Result<()> {
        let begin = match D::DIALECT {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        let mut wait = Backoff::new(self.engine.migrator.settings.lock_wait);
        loop {
            match self.engine.driver.rows(begin).await {
                Ok(_) => return Ok(()),
                Err(error) if error.class == Class::Busy => self.engine.wait(&mut wait).await?,
                Err(error) => return Err(not_begun(error)),
            }
        }
    }

    /// Makes what the open transaction did last.
    pub(crate) async fn close(&mut self, sql: &str) -> Result<(), DbError> {
        D::commit(self.engine, sql).await
    }

    /// A transaction of the engine's own statements.
    async fn record(&mut self, sql: &str) -> Result<(), Failed> {
        self.open().await?;
        let closed = self.close(&format!("{sql};\n")).await;
        closed.map_err(|error| self.not_recorded(error))
    }

    fn not_recorded(&mut self, error: DbError) -> Failed {
        self.engine.driver.rollback_now();
        let passing = matches!(error.class, Class::Busy | Class::Retry);
        let error = match error.class {
            Class::Privilege => own_failed(&self.engine.tables, &error).with_source(error),
            _ => Error::database("record how far the step is", error),
        };
        Failed {
            passing,
            ..Failed::from(error)
        }
    }

    /// Records that the step is under way.
    pub(crate) async fn begin(&mut self, in_progress: StepInProgress) -> Result<(), Failed> {
        let mut sql = String::new();
        if !self.is_present {
            sql.push_str(&self.engine.tables.create());
            sql.push_str(";\n");
        }
        sql.push_str(&self.engine.tables.insert_in_progress(&in_progress));
        self.record(&sql).await?;
        self.is_present = true;
        self.in_progress = Some(in_progress);
        for row in &mut self.recorded {
            row.fingerprint.clear();
        }
        Ok(())
    }

    /// Records how far it is.
    pub(crate) async fn advance(&mut self, started: usize, done: usize) -> Result<(), Failed> {
        let sql = self.engine.tables.advance_in_progress(started, done);
        self.record(&sql).await?;
        self.advanced(started, done);
        Ok(())
    }

    /// Keeps in mind what has been recorded.
    pub(crate) fn advanced(&mut self, started: usize, done: usize) {
        if let Some(in_progress) = &mut self.in_progress {
            (in_progress.started, in_progress.done) = (started, done);
        }
    }

    /// Takes back that the step is under way.
    pub(crate) async fn cancel(&mut self, chain: &Chain<'_>) -> Result<(), Failed> {
        let sql = self.start_state(chain);
        self.record(&sql).await
    }

    /// Records what a person decided.
    pub(crate) async fn record_resolution(&mut self, sql: &str) -> Result<()> {
        self.record(sql).await.map_err(|failed| failed.error)
    }

    /// The statements that record the state before the step.
    pub(crate) fn start_state(&self, chain: &Chain<'_>) -> String {
        let rows = self.recorded.iter().filter_map(|row| {
            let at = chain.index_of(&row.revision)?;
            Some((
                row.revision.as_str(),
                chain.get(at).fingerprint(D::DIALECT)?,
            ))
        });
        let rows: Vec<_> = rows.collect();
        let tables = &self.engine.tables;
        format!(
            "{}{}{}SELECT 1",
            tables.delete_in_progress(),
            tables.purge(),
            tables.update_heads(&[], &rows)
        )
    }

    /// Records the end state, with the history row, in one transaction.
    pub(crate) async fn finish(
        &mut self,
        chain: &Chain<'_>,
        step: &Step,
        state: &State,
        since: Instant,
    ) -> Result<(), Failed> {
        let sql = self.end_state(chain, step, state, since);
        self.record(&sql).await
    }

    /// The statements that record the step as done.
    pub(crate) fn end_state(
        &self,
        chain: &Chain<'_>,
        step: &Step,
        state: &State,
        since: Instant,
    ) -> String {
        let engine = &*self.engine;
        let record = record(chain, step, false, D::DIALECT);
        let heads = after(state, std::slice::from_ref(step));
        let rows = heads.into_iter().filter_map(|at| {
            let id = if state.rows.contains(&at) {
                state.recorded_as(chain, at)
            } else {
                chain.get(at).id
            };
            Some((id, chain.get(at).fingerprint(D::DIALECT)?))
        });
        let rows: Vec<_> = rows.collect();
        format!(
            "{};\n{}{}{}SELECT 1",
            (engine.tables).insert_log(&record, engine.by(), Timing::Measured(since)),
            engine.tables.delete_in_progress(),
            engine.tables.purge(),
            engine.tables.update_heads(&[], &rows)
        )
    }
}
