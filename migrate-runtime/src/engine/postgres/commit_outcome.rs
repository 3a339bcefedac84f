//! The connection broke before COMMIT was answered: what is true?

use crate::driver::{Class, Driver, Rows};
use crate::engine::Engine;
use crate::engine::database::{CommitOutcome, Database};
use crate::engine::lock::Backoff;
use crate::engine::postgres::lock_limit::limited;
use crate::{Error, Lock, Result};

impl<D: Database> Engine<'_, '_, D> {
    /// Asks on a second connection, if the app said how to open one, whether this run's rows for a
    /// revision are in the audit log. The lock is taken first: whoever has it knows that the broken
    /// transaction has ended, one way or the other.
    pub(crate) async fn commit_outcome(&mut self, revision: &str) -> Option<Result<CommitOutcome>> {
        let second = <D::Driver as Driver>::second(&mut self.migrator.connectors).await?;
        let found = match second {
            Ok(second) => self.query_second(second, revision).await,
            Err(error) => Err(error),
        };
        Some(found)
    }

    async fn query_second(
        &mut self,
        mut second: D::Driver,
        revision: &str,
    ) -> Result<CommitOutcome> {
        let failed = |error| Error::database("ask whether the commit succeeded", error);
        let mut wait = Backoff::new(self.migrator.settings.lock_wait);
        loop {
            let (lock, from) = self.tables.try_lock(self.migrator.settings.lock);
            let sql = format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; {}SELECT {lock}{from}",
                limited(wait.slice())
            );
            let rows = match second.begin(&sql).await {
                // The row is still another's.
                Err(error) if error.class == Class::Busy => Rows::default(),
                rows => rows.map_err(failed)?,
            };
            if rows.cell() == Some("t") {
                break;
            }
            second.end("ROLLBACK").await.map_err(failed)?;
            if wait.is_over() {
                return Err(Error::new(
                    crate::ErrorKind::Locked,
                    "the broken transaction still holds the lock",
                ));
            }
            let pause = wait.pause();
            second.sleep(pause).await;
        }
        let sql = self.tables.select_run(self.run_id(), revision);
        let found = match second.rows(&sql).await {
            Ok(rows) => rows.cell().is_some(),
            // The transaction would have created the table.
            Err(error) if error.class == Class::Missing => false,
            Err(error) => return Err(failed(error)),
        };
        // Closing the connection ends it as well.
        let _ = second.end("ROLLBACK").await;
        Ok(match (found, self.migrator.settings.lock) {
            (true, _) => CommitOutcome::Committed,
            // Nothing was waited for: the server may still be at it.
            (false, Lock::None) => CommitOutcome::Unknown,
            (false, _) => CommitOutcome::RolledBack,
        })
    }
}
