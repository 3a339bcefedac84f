//! What holds the lock while a step runs outside a transaction on PostgreSQL: the session, or a
//! transaction on a second connection.

use std::time::Duration;

use migrate_chain::Dialect;

use crate::driver::{Class, Driver, Rows};
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::lock::Backoff;
use crate::engine::locked::Locked;
use crate::engine::postgres::Postgres;
use crate::engine::postgres::lock_limit::{NO_TRANSACTION_TIMEOUT, limited, milliseconds};
use crate::engine::postgres::session::Session;
use crate::engine::run::Run;
use crate::{Error, ErrorKind, Lock, Result};
use migrate_chain::sql::literal;

/// The shortest limit: none at all would be no limit.
const LEAST: Duration = Duration::from_millis(1);

impl<C: Driver> Locked<'_, '_, '_, Postgres<'_, C>> {
    /// Takes the lock, polling; the `lock_timeout` that the session has of its own.
    pub(crate) async fn hold_session_lock(&mut self, run: &mut Run<'_>) -> Result<String> {
        let engine = &mut *self.engine;
        let failed = |error| Error::database("take the migration lock", error);
        let settings = format!(
            "SELECT {}, pg_catalog.current_setting('lock_timeout'), \
             pg_catalog.current_setting('statement_timeout'), \
             pg_catalog.current_setting('default_transaction_read_only'), {}::pg_catalog.text",
            Session::cells(engine.driver.app_settings.as_deref()),
            engine.tables.lock_key()
        );
        let rows = engine.driver.rows(&settings).await.map_err(failed)?;
        let row = rows.get(0);
        self.session = row.map_or_else(Session::default, |row| {
            Session::of(row, &mut engine.driver.app_settings)
        });
        let cell = |at| {
            row.and_then(|row| row.get(Session::CELLS + at))
                .unwrap_or_default()
        };
        let (lock_timeout, statement_timeout) = (cell(0), cell(1));
        let (read_only, key) = (cell(2), cell(3));
        if !self.is_present {
            Postgres::not_elsewhere(engine).await?;
        }
        engine.adopt_session(&self.session)?;
        let lock = engine.migrator.settings.lock;
        // Otherwise nothing touches our tables before they are read, which looks at them first.
        if lock == Lock::Table {
            Postgres::nothing_planted(engine).await?;
        }

        let held = lock != Lock::None;
        if held {
            let mut wait = Backoff::new(engine.migrator.settings.lock_wait);
            self.second = self.engine.second.take();
            self.take_lock(&mut wait).await?;
            wait.report(&mut run.report);
        }
        let unlock = match (&self.second, held) {
            (None, true) => format!("SELECT pg_catalog.pg_advisory_unlock({key}); "),
            _ => String::new(),
        };
        if self.second.is_none() && held {
            self.hold_again = self.engine.tables.hold_again();
        }
        // What a script may have left open is ended first; the lock goes whatever becomes of the rest.
        self.release = format!(
            "ROLLBACK; {unlock}SELECT {}, {}, {}",
            set("lock_timeout", lock_timeout),
            set("statement_timeout", statement_timeout),
            set("default_transaction_read_only", read_only),
        );
        self.set_up(read_only).await?;
        Ok(lock_timeout.to_owned())
    }

    /// Takes the lock, polling: in a transaction of the second connection, or else for the session.
    pub(crate) async fn take_lock(&mut self, wait: &mut Backoff) -> Result<()> {
        let failed = |error| Error::database("take the migration lock", error);
        let lock = self.engine.migrator.settings.lock;
        let mut is_kept = self.second.is_some();
        if !is_kept {
            self.second = self.engine.connect_second().await?;
        }
        if self.second.is_none() && lock == Lock::Table {
            return Err(needs_connector());
        }
        let key = self.engine.tables.lock_key();
        let (lock, from) = self.engine.tables.try_lock(lock);
        loop {
            let rows = match &mut self.second {
                Some(second) => {
                    let sql = format!(
                        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}\
                         SELECT {lock}, \
                         pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), \
                         {NO_TRANSACTION_TIMEOUT}{from}",
                        limited(wait.slice())
                    );
                    second.begin(&sql).await
                }
                None => {
                    // A future that is dropped meanwhile may have obtained it.
                    self.release = format!("SELECT pg_catalog.pg_advisory_unlock({key})");
                    let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({key})");
                    let rows = self.engine.driver.rows(&sql).await;
                    self.release.clear();
                    rows
                }
            };
            let rows = match rows {
                // The row is another's.
                Err(error) if error.class == Class::Busy => Rows::default(),
                // It may have been closed while nobody needed it.
                Err(error) if is_kept && error.class == Class::Lost => {
                    is_kept = false;
                    self.second = self.engine.connect_second().await?;
                    continue;
                }
                rows => rows.map_err(failed)?,
            };
            if rows.cell() == Some("t") {
                return Ok(());
            }
            if let Some(second) = &mut self.second {
                second.end("ROLLBACK").await.map_err(failed)?;
            }
            self.engine.wait(wait).await?;
        }
    }

    /// What `SET LOCAL` and BEGIN can't give outside a transaction: the limits that the app asked
    /// for, and leave to write.
    async fn set_up(&mut self, read_only: &str) -> Result<()> {
        let left = self.engine.lock_wait_left();
        let settings = &self.engine.migrator.settings;
        let lock_timeout = settings
            .lock_timeout
            .map(|limit| limit.min(left.max(LEAST)));
        let mut set_up = Vec::new();
        for (name, time) in [
            ("lock_timeout", lock_timeout),
            ("statement_timeout", settings.statement_timeout),
        ] {
            if let Some(time) = time {
                let time = milliseconds(time);
                self.session.limit(name, time);
                set_up.push(set(name, &time.to_string()));
            }
        }
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
}

impl<D: Database> Engine<'_, '_, D> {
    /// Opens the connection that holds the lock, if the app said how.
    async fn connect_second(&mut self) -> Result<Option<D::Driver>> {
        let second = <D::Driver as Driver>::second(&mut self.migrator.connectors).await;
        let second = second.transpose();
        second.map_err(|error| {
            error.with_note("while connecting a second time, to hold the migration lock")
        })
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
