use std::result::Result;
use std::time::{Duration, Instant};

use migrate_chain::{Dialect, sql};

use crate::driver::{Class, DbError, Driver, Rows, ready};
use crate::engine::Engine;
use crate::engine::adopt::{Name, beside};
use crate::engine::batch::Batch;
use crate::engine::database::{Blocked, Database, Failure, Piece};
use crate::engine::lock::{Backoff, LockReply};
use crate::engine::locked::Locked;
use crate::engine::recorded_state;
use crate::engine::sqlite::session::{self, Session};
use crate::engine::sqlite::{Sqlite, script};
use crate::engine::step_error::{Retry, StepError};
use crate::in_progress::StepInProgress;
use crate::tables::{Record, Tables};
use crate::{Error, ErrorKind, Report};

impl<C: Driver> Database for Sqlite<'_, C> {
    type Driver = C;
    type Session = Session;

    const SENDS_EACH_STEP: bool = true;
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    const LOCK_ROWS: &'static str = "";
    const HOLDS_NO_LOCK_OUTSIDE: bool = true;
    const OF_SESSION: &'static [&'static str] = &["PRAGMA", "ATTACH", "DETACH"];

    fn connection(&mut self) -> &mut C {
        self.connection
    }

    async fn rows_within(&mut self, sql: &str, _: Duration) -> Result<Rows, DbError> {
        self.rows(sql).await
    }

    async fn wait_itself(&mut self) {
        Sqlite::wait_itself(self).await;
    }

    fn let_it_wait(&mut self) {
        Sqlite::let_it_wait(self);
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        if !sql.is_empty() && !sql.contains(';') {
            // One statement: nothing to be split.
            return self.connection.rows(sql).await;
        }
        let mut all = Rows::default();
        for statement in sql::statements(sql, Dialect::Sqlite) {
            let text = sql.get(statement.range).unwrap_or("");
            all.append(&self.connection.rows(text).await?);
        }
        Ok(all)
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for (index, piece) in pieces.iter().enumerate() {
            let ran = match piece {
                Piece::Own(text) | Piece::Record(text) | Piece::Restore(text) => {
                    let ran = script::run(self.connection, text).await;
                    ran.map_err(|(_, error)| (None, error))
                }
                Piece::Script(script) => script::run(self.connection, script).await,
            };
            if let Err((at, error)) = ran {
                // What was said of the statement counts, not what is said of this.
                let _ = self.rollback().await;
                let blocked = (error.class == Class::Busy).then(|| Blocked {
                    statement: String::new(),
                    waited: Duration::ZERO,
                });
                return Err(Failure {
                    piece: Some(index),
                    at,
                    error,
                    blocked,
                });
            }
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        // Some errors end the transaction by themselves (`INSERT OR ROLLBACK`, a full disk).
        match self.connection.in_transaction() {
            Some(false) => Ok(()),
            _ => self.connection.end("ROLLBACK").await.map(drop),
        }
    }

    fn rollback_now(&mut self) {
        if self.connection.in_transaction() != Some(false) {
            self.connection.rollback_now();
        }
    }

    fn in_transaction(&mut self) -> Option<bool> {
        self.connection.in_transaction()
    }

    fn record_step<'p>(
        _: &Locked<'_, '_, '_, Self>,
        batch: &mut Batch<'p>,
        record: &Record<'p>,
        since: Instant,
        _: bool,
    ) {
        batch.rows.push(record.bound(since));
    }

    async fn keep_session(
        locked: &mut Locked<'_, '_, '_, Self>,
        script: Option<&str>,
    ) -> crate::Result<()> {
        if locked.session.is_kept() || !script.is_none_or(session::may_be_changed_by) {
            return Ok(());
        }
        // Outside a transaction another connection may have the file to itself for a moment.
        let mut wait = Backoff::new(locked.engine.migrator.settings.lock_wait);
        let kept = loop {
            match Session::read(locked.engine.driver.connection).await {
                Err(error) if error.class == Class::Busy && !wait.is_over() => {
                    locked.engine.pause(&mut wait).await;
                }
                kept => break kept,
            }
        };
        locked.session =
            kept.map_err(|error| Error::database("read the connection's pragmas", error))?;
        Ok(())
    }

    async fn restore_now(locked: &mut Locked<'_, '_, '_, Self>) -> crate::Result<()> {
        let in_transaction = locked.is_open;
        let mut wait = Backoff::new(locked.engine.migrator.settings.lock_wait);
        let restored = loop {
            let connection = &mut *locked.engine.driver.connection;
            match locked.session.restore(connection, in_transaction).await {
                Err(error) if error.class == Class::Busy && !wait.is_over() => {
                    locked.engine.pause(&mut wait).await;
                }
                restored => break restored,
            }
        };
        restored.map_err(|error| Error::database("put the connection's pragmas back", error))
    }

    fn restore_dropped(&mut self, session: &Session) {
        if !session.is_kept() {
            return;
        }
        if C::BLOCKING {
            // Nothing more can be done about an error here.
            let _ = ready(session.restore(self.connection, false));
        } else {
            self.connection.send_now(&session.restore_blindly());
        }
    }

    fn as_the_app(_: &Session, script: &str) -> String {
        // The one pragma that forbids to record how far the step is.
        if sql::mentions(script, "query_only") {
            "PRAGMA query_only = OFF; ".to_owned()
        } else {
            String::new()
        }
    }

    fn wait_for_others(in_progress: Option<&StepInProgress>, error: Error) -> StepError {
        let is_uncertain = in_progress.is_some_and(|step| !step.is_certain());
        let is_at_work = error.kind() == ErrorKind::Interrupted && is_uncertain;
        StepError {
            retry: if is_at_work {
                Retry::AtWork
            } else {
                Retry::Never
            },
            error,
            holder: None,
        }
    }

    /// What it can't run in a transaction may mostly run again. Not so a copy into a new file.
    fn may_run_again(statement: &str) -> bool {
        !sql::mentions(statement, "into")
    }

    async fn marked(engine: &mut Engine<'_, '_, Self>) -> Option<Report> {
        engine.marked().await
    }

    async fn begin(
        locked: &mut Locked<'_, '_, '_, Self>,
        _: bool,
        _: bool,
    ) -> Result<Option<LockReply<Session>>, DbError> {
        let (driver, tables) = (&mut locked.engine.driver, &locked.engine.tables);
        // The write lock at once, so that nothing changes between the read and the first write.
        // Before it is: a future that is dropped meanwhile may have begun it.
        locked.is_open = true;
        driver.connection.begin(Self::BEGIN).await?;
        let mut answer = LockReply::default();
        let rows = driver.rows(&tables.select_presence()).await?;
        if recorded_state::is_present(rows.get(0)) {
            // A read-only database lets a write transaction begin all the same.
            driver.rows(&tables.delete_nothing()).await?;
            let rows = driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.in_progress) = recorded_state::state::<Self>(tables, &rows, 0);
            let rows = driver.rows(&tables.select_last_acts()).await?;
            answer.acts = Some(recorded_state::acts(&rows, 0));
        }
        locked.spill_late().await;
        Ok(Some(answer))
    }

    /// Its lock is that of the file, and ends with the step; the word that it is done follows at once.
    async fn is_other_at_work(_: &mut Engine<'_, '_, Self>, since: Instant) -> bool {
        since.elapsed() < Duration::from_millis(500)
    }

    async fn other_table(
        engine: &mut Engine<'_, '_, Self>,
        name: &str,
    ) -> crate::Result<Option<String>> {
        let name = Name::of(name, Dialect::Sqlite);
        let rows = engine.read_patiently(&name.select_on_sqlite()).await;
        let rows =
            rows.map_err(|error| Error::database("look for the other tool's table", error))?;
        Ok(rows.cell().map(str::to_owned))
    }

    fn has_column(_: &str, table: &str, column: &str) -> String {
        let [table, column] =
            [table, column].map(|name| migrate_chain::sql::literal(Dialect::Sqlite, name));
        format!("SELECT 1 FROM pragma_table_info({table}) WHERE name = {column} COLLATE NOCASE")
    }

    fn select_histories(tables: &Tables) -> String {
        tables.select_histories(&beside::names(), beside::USER_VERSION)
    }

    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError> {
        engine.record_heads(sql).await?;
        engine.driver.wait_itself().await;
        let mut wait = Backoff::new(engine.migrator.settings.lock_wait);
        // A reader may hold the file for a moment; the transaction stays open meanwhile.
        while let Err(error) = engine.driver.connection.end("COMMIT").await {
            if error.class != Class::Busy || wait.is_over() {
                return Err(error);
            }
            engine.pause(&mut wait).await;
        }
        engine.driver.let_it_wait();
        Ok(())
    }
}
