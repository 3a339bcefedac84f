//! [`Lock::Table`]: a row that a transaction holds, for databases that speak PostgreSQL's protocol
//! and have no advisory locks.

use std::time::Duration;

use crate::driver::Class;
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::lock::Backoff;
use crate::engine::postgres::lock_limit::limited;
use crate::tables::PLANTED;
use crate::{Error, Result};

/// How often the row is laid before giving up: those that start at once on an empty database create
/// the same tables, and all but one of them fail.
const ATTEMPTS: u32 = 20;

impl<D: Database> Engine<'_, '_, D> {
    /// Makes sure that there is a row to lock. It has to be there, and with it our tables, before
    /// anything can be locked.
    pub(crate) async fn lay_lock_row(&mut self, present: &mut bool) -> Result<()> {
        let mut attempt = 1;
        let mut wait = Backoff::new(self.migrator.settings.lock_wait);
        loop {
            let create = if *present {
                String::new()
            } else {
                self.tables.create()
            };
            let sql = format!(
                "BEGIN;\n{}{create}{};\nCOMMIT",
                limited(wait.slice()),
                self.tables.insert_lock_row()
            );
            let Err(error) = self.driver.rows(&sql).await else {
                *present = true;
                return Ok(());
            };
            if error.class == Class::InFailedTransaction {
                return Err(crate::engine::recorded_state::in_transaction().with_source(error));
            }
            self.driver.rollback_now();
            if error.code.as_deref() == Some(PLANTED) {
                D::nothing_planted(self).await?;
            }
            if error.class == Class::Busy {
                self.wait(&mut wait).await?;
                continue;
            }
            let raced = matches!(error.code.as_deref(), Some("23505" | "42P07" | "42710"))
                || error.class == Class::Retry;
            if !raced || attempt >= ATTEMPTS {
                return Err(Error::database(
                    "prepare the row that is the migration lock",
                    error,
                ));
            }
            let pause = crate::random::jitter(Duration::from_millis(20));
            self.driver.sleep(pause).await;
            attempt += 1;
        }
    }
}
