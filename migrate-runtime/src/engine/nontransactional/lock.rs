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

use migrate_chain::Chain;

use crate::driver::Driver;
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::postgres::session::Session;
use crate::engine::run::Run;
use crate::in_progress::StepInProgress;
use crate::state::{Recorded, State};
use crate::{Error, ErrorKind, Result};

/// The lock, held across statements. Dropped, it is released and the session's settings put back.
pub(crate) struct Outside<'l, 'e, 'm, D: Database> {
    pub(crate) engine: &'l mut Engine<'e, 'm, D>,
    /// Holds the lock until it is dropped.
    pub(crate) second: Option<D::Driver>,
    /// Sent when the lock is released on this connection; empty once it has been.
    pub(crate) release: String,
    pub(crate) is_present: bool,
    pub(crate) session: Session,
    pub(crate) recorded: Vec<Recorded>,
    pub(crate) in_progress: Option<StepInProgress>,
}

impl<'e, 'm, D: Database> Engine<'e, 'm, D> {
    /// Takes the lock and reads what is recorded.
    pub(crate) async fn lock_outside<'l>(
        &'l mut self,
        run: &mut Run<'_>,
    ) -> Result<Outside<'l, 'e, 'm, D>> {
        D::prepare(self, &mut run.present).await?;
        let mut outside = Outside {
            engine: self,
            second: None,
            release: String::new(),
            is_present: run.present,
            session: Session::default(),
            recorded: Vec::new(),
            in_progress: None,
        };
        D::hold_outside(&mut outside, run).await?;
        outside.read().await?;
        run.present = outside.is_present;
        Ok(outside)
    }
}

impl<D: Database> Outside<'_, '_, '_, D> {
    /// Whatever happens, the session's settings are put back with the lock.
    pub(crate) fn restore_on_release(&mut self) {
        let restore = self.session.restore();
        if let Some(rest) = self.release.strip_prefix("ROLLBACK; ") {
            self.release = format!("ROLLBACK; {restore}; {rest}");
        }
    }

    /// Judges what is recorded.
    pub(crate) async fn state(&mut self, chain: &Chain<'_>) -> Result<State> {
        self.engine
            .state(chain, &self.recorded, self.in_progress.clone())
            .await
    }

    /// Gives the lock back, and the session's settings.
    pub(crate) async fn release(mut self) -> Result<()> {
        let release = std::mem::take(&mut self.release);
        if let Some(second) = &mut self.second {
            // Closing the connection frees the lock all the same.
            let _ = second.end("ROLLBACK").await;
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

impl<D: Database> Drop for Outside<'_, '_, '_, D> {
    fn drop(&mut self) {
        let release = std::mem::take(&mut self.release);
        if !release.is_empty() {
            self.engine.driver.send_now(&release);
        } else if self.engine.driver.in_transaction() == Some(true) {
            self.engine.driver.rollback_now();
        }
        // `second` is dropped after this, and its lock with it.
    }
}
