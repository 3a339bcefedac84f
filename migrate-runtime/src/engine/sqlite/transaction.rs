use std::result::Result;

use crate::Report;
use crate::driver::{Class, DbError, Driver, Rusqlite};
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::engine::lock::{Backoff, LockReply};
use crate::engine::recorded_state;
use crate::engine::transaction::Transaction;

impl Database for Rusqlite<'_> {
    async fn marked(engine: &mut Engine<'_, '_, Self>) -> Option<Report> {
        engine.marked().await
    }

    async fn begin(
        transaction: &mut Transaction<'_, '_, '_, Self>,
        _: bool,
        _: bool,
    ) -> Result<Option<LockReply>, DbError> {
        let (driver, tables) = (&mut transaction.engine.driver, &transaction.engine.tables);
        // The write lock at once, so that nothing changes between the read and the first write.
        driver.rows("BEGIN IMMEDIATE").await?;
        transaction.is_open = true;
        let mut answer = LockReply::default();
        let rows = driver.rows(&tables.select_presence()).await?;
        if recorded_state::is_present(rows.get(0)) {
            // A read-only database lets a write transaction begin all the same.
            driver.rows(&tables.delete_nothing()).await?;
            let rows = driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.in_progress) = recorded_state::state::<Self>(tables, &rows, 0);
        }
        transaction.spill_late().await;
        Ok(Some(answer))
    }

    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError> {
        engine.record_heads(sql).await?;
        let mut wait = Backoff::new(engine.migrator.settings.lock_wait);
        // A reader may hold the file for a moment; the transaction stays open meanwhile.
        while let Err(error) = engine.driver.rows("COMMIT").await {
            if error.class != Class::Busy || wait.is_over() {
                return Err(error);
            }
            engine.pause(&mut wait).await;
        }
        Ok(())
    }
}
