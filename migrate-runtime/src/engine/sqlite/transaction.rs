use std::result::Result;

use migrate_chain::{Dialect, sql};

use crate::Report;
use crate::driver::{Class, DbError, Driver, Rows};
use crate::engine::Engine;
use crate::engine::database::{Database, Failure, Piece};
use crate::engine::lock::{Backoff, LockReply};
use crate::engine::recorded_state;
use crate::engine::sqlite::{Sqlite, script};
use crate::engine::transaction::Transaction;

impl<C: Driver> Database for Sqlite<'_, C> {
    type Driver = C;

    const ROUND_TRIPS: bool = false;

    fn connection(&mut self) -> &mut C {
        self.0
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        if !sql.is_empty() && !sql.contains(';') {
            // One statement: nothing to be split.
            return self.0.rows(sql).await;
        }
        let mut all = Rows::default();
        for statement in sql::statements(sql, Dialect::Sqlite) {
            let text = sql.get(statement.range).unwrap_or("");
            all.append(&self.0.rows(text).await?);
        }
        Ok(all)
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for (index, piece) in pieces.iter().enumerate() {
            let ran = match piece {
                Piece::Own(text) => {
                    let ran = script::run(self.0, text).await;
                    ran.map_err(|(_, error)| (None, error))
                }
                Piece::Script(script) => script::run(self.0, script).await,
            };
            if let Err((at, error)) = ran {
                self.rollback_now();
                return Err(Failure {
                    piece: Some(index),
                    at,
                    error,
                });
            }
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        // Some errors end the transaction by themselves (`INSERT OR ROLLBACK`, a full disk).
        match self.0.in_transaction() {
            Some(false) => Ok(()),
            _ => self.0.end("ROLLBACK").await.map(drop),
        }
    }

    fn rollback_now(&mut self) {
        if self.0.in_transaction() != Some(false) {
            self.0.send_now("ROLLBACK");
        }
    }

    fn in_transaction(&self) -> Option<bool> {
        self.0.in_transaction()
    }

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
        driver.0.begin("BEGIN IMMEDIATE").await?;
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
        while let Err(error) = engine.driver.0.end("COMMIT").await {
            if error.class != Class::Busy || wait.is_over() {
                return Err(error);
            }
            engine.pause(&mut wait).await;
        }
        Ok(())
    }
}
