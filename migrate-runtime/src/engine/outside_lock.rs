//! The lock of a step that runs outside a transaction, and so can't hold it in one.
//!
//! PostgreSQL: a second connection holds the lock in a transaction that stays idle, which blocks no
//! `CREATE INDEX CONCURRENTLY` and is safe behind a pooler; without one, the session itself holds
//! it. Either is polled, never waited for: a waiter inside `pg_advisory_lock` holds a snapshot, and
//! the index build that holds the lock would wait for it for ever.
//!
//! SQLite: nothing is held. What it can't run in a transaction (`VACUUM`, pragmas) may be run twice
//! without harm, and everything else commits together with its advance, which only one process can
//! make (`outside_record`).

use std::time::Duration;

use migrate_chain::{Chain, Dialect};

use super::Engine;
use super::change::Course;
use super::lock::Wait;
use super::transaction::Session;
use crate::driver::{Class, Driver, Rows};
use crate::pending::Pending;
use crate::quote::literal;
use crate::state::{Recorded, State};
use crate::{Error, ErrorKind, Lock, Result};

/// The lock, held across statements. Dropped, it is released and the session's settings put back.
pub(super) struct Outside<'l, 'e, 'm, D: Driver> {
    pub(super) engine: &'l mut Engine<'e, 'm, D>,
    /// Holds the lock until it is dropped.
    second: Option<D::Second>,
    /// Sent when the lock is released on this connection; empty once it has been.
    release: String,
    pub(super) is_present: bool,
    pub(super) session: Session,
    pub(super) recorded: Vec<Recorded>,
    pub(super) pending: Option<Pending>,
}

impl<'e, 'm, D: Driver> Engine<'e, 'm, D> {
    /// Takes the lock and reads what is recorded.
    pub(super) async fn lock_outside<'l>(
        &'l mut self,
        course: &mut Course<'_>,
    ) -> Result<Outside<'l, 'e, 'm, D>> {
        self.lay_lock_row(&mut course.present).await?;
        let mut outside = Outside {
            engine: self,
            second: None,
            release: String::new(),
            is_present: course.present,
            session: Session::default(),
            recorded: Vec::new(),
            pending: None,
        };
        if D::DIALECT == Dialect::Postgres {
            outside.hold(course).await?;
        }
        outside.read().await?;
        course.present = outside.is_present;
        Ok(outside)
    }
}

impl<D: Driver> Outside<'_, '_, '_, D> {
    /// PostgreSQL: takes the lock, polling.
    async fn hold(&mut self, course: &mut Course<'_>) -> Result<()> {
        let engine = &mut *self.engine;
        let failed = |error| Error::database("take the migration lock", error);
        let settings = format!(
            "SELECT {}, pg_catalog.current_setting('lock_timeout'), \
             pg_catalog.current_setting('statement_timeout'), \
             pg_catalog.current_setting('default_transaction_read_only'), {}::text",
            Session::CELLS,
            engine.tables.lock_key()
        );
        let rows = engine.driver.rows(&settings).await.map_err(failed)?;
        let row = rows.get(0);
        self.session = row.map_or_else(Session::default, |row| Session::of(row, 0));
        let cell = |at| row.and_then(|row| row.get(at)).unwrap_or_default();
        let (lock_timeout, statement_timeout) = (cell(4), cell(5));
        let (read_only, key) = (cell(6), cell(7));
        if !self.is_present {
            engine.nothing_hidden().await?;
        }
        engine.settle_in(&self.session)?;

        let lock = engine.migrator.settings.lock;
        let held = lock != Lock::None;
        if held {
            self.second = match D::second(&mut engine.migrator.connectors).await {
                Some(second) => Some(second.map_err(|error| {
                    error.with_note("while connecting a second time, to hold the migration lock")
                })?),
                None if lock == Lock::Table => return Err(needs_connector()),
                None => None,
            };
            let (lock, from) = engine.tables.try_lock(lock);
            let mut wait = Wait::new(engine.migrator.settings.lock_wait);
            loop {
                let rows = match &mut self.second {
                    Some(second) => {
                        let sql = format!(
                            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                             SELECT {lock}, \
                             pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true){from}"
                        );
                        second.rows(&sql).await
                    }
                    None => {
                        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({key})");
                        self.engine.driver.rows(&sql).await
                    }
                };
                let rows = match rows {
                    // The row is another's.
                    Err(error) if error.class == Class::Busy => Rows::default(),
                    rows => rows.map_err(failed)?,
                };
                if rows.cell() == Some("t") {
                    break;
                }
                if let Some(second) = &mut self.second {
                    second.rollback().await.map_err(failed)?;
                }
                self.engine.wait(&mut wait).await?;
            }
            wait.tell(&mut course.report);
        }
        let unlock = match (&self.second, held) {
            (None, true) => format!("; SELECT pg_catalog.pg_advisory_unlock({key})"),
            _ => String::new(),
        };
        // What a script may have left open is ended first.
        self.release = format!(
            "ROLLBACK; SELECT {}, {}, {}{unlock}",
            set("lock_timeout", lock_timeout),
            set("statement_timeout", statement_timeout),
            set("default_transaction_read_only", read_only),
        );
        self.set_up(read_only).await
    }

    /// Whatever happens, the session's settings are put back with the lock.
    pub(super) fn restore_on_release(&mut self) {
        let restore = self.session.restore();
        if let Some(rest) = self.release.strip_prefix("ROLLBACK; ") {
            self.release = format!("ROLLBACK; {restore}; {rest}");
        }
    }

    /// What `SET LOCAL` and BEGIN can't give outside a transaction: the limits that the app asked
    /// for, and leave to write.
    async fn set_up(&mut self, read_only: &str) -> Result<()> {
        let settings = &self.engine.migrator.settings;
        let text = |time: Duration| time.as_millis().max(1).to_string();
        let mut set_up: Vec<String> = [
            ("lock_timeout", settings.lock_timeout),
            ("statement_timeout", settings.statement_timeout),
        ]
        .into_iter()
        .filter_map(|(name, time)| Some(set(name, &text(time?))))
        .collect();
        if read_only == "on" {
            set_up.push(set("default_transaction_read_only", "off"));
        }
        if set_up.is_empty() {
            return Ok(());
        }
        let sql = format!("SELECT {}", set_up.join(", "));
        let done = self.engine.driver.rows(&sql).await;
        done.map(drop)
            .map_err(|error| Error::database("set the session up", error))
    }

    /// Judges what is recorded.
    pub(super) async fn state(&mut self, chain: &Chain<'_>) -> Result<State> {
        self.engine
            .state(chain, &self.recorded, self.pending.clone())
            .await
    }

    /// Gives the lock back, and the session's settings.
    pub(super) async fn release(mut self) -> Result<()> {
        let release = std::mem::take(&mut self.release);
        if let Some(second) = &mut self.second {
            // Closing the connection frees the lock all the same.
            let _ = second.rollback().await;
        }
        if release.is_empty() {
            return Ok(());
        }
        // A bare ROLLBACK outside a transaction would be a warning in the server's log.
        let quiet = release.strip_prefix("ROLLBACK; ").unwrap_or(&release);
        let released = self.engine.driver.rows(quiet).await;
        let failed = |error| Error::database("release the migration lock", error);
        match (released.map_err(failed)?, self.second.is_some()) {
            (rows, false) if rows.iter().last().is_some_and(|row| row.get(0) != Some("t")) && release.contains("unlock") => {
                Err(Error::new(ErrorKind::Database, "the session lost the migration lock while it worked")
                    .with_note("what it did is recorded")
                    .with_help("behind a pooler in transaction mode each statement may go to another server connection: give the migrator a `connector`, or a direct connection"))
            }
            _ => Ok(()),
        }
    }
}

impl<D: Driver> Drop for Outside<'_, '_, '_, D> {
    fn drop(&mut self) {
        let release = std::mem::take(&mut self.release);
        if !release.is_empty() {
            self.engine.driver.leave(&release);
        } else if self.engine.driver.in_transaction() == Some(true) {
            self.engine.driver.abandon();
        }
        // `second` is dropped after this, and its lock with it.
    }
}

/// Sets something for the session.
fn set(name: &str, value: &str) -> String {
    format!(
        "pg_catalog.set_config('{name}', {}, false)",
        literal(Dialect::Postgres, value)
    )
}

/// A row is locked by a transaction, and there is none on the connection of such a step.
fn needs_connector() -> Error {
    Error::new(
        ErrorKind::Usage,
        "`Lock::Table` can't hold a row while a `no transaction` step runs on the same connection",
    )
    .with_help("give the migrator a `connector`: a second connection then holds it")
}
