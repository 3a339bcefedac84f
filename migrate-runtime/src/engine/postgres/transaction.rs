use std::time::{Duration, Instant};

use migrate_chain::Segment;
use migrate_chain::sql::{self, ConcurrentIndex, Concurrently, concurrent_index};

use crate::driver::{Class, DbError, Driver, Row, Rows};
use crate::engine::Engine;
use crate::engine::adopt::beside;
use crate::engine::batch::Batch;
use crate::engine::database::{CommitOutcome, Database, Failure, Piece};
use crate::engine::lock::{Backoff, LockReply};
use crate::engine::locked::Locked;
use crate::engine::plan::PlanStep;
use crate::engine::postgres::Postgres;
use crate::engine::postgres::lock_limit::{
    LimitSql, NO_TRANSACTION_TIMEOUT, Patience, milliseconds, waits_harmlessly,
};
use crate::engine::postgres::long_lock;
use crate::engine::postgres::message::{self, ROLLBACK_AND_READ};
use crate::engine::postgres::session::{Reach, Session, become_local};
use crate::engine::postgres::whereabouts;
use crate::engine::recorded_state;
use crate::engine::run::Run;
use crate::state::Recorded;
use crate::tables::{PLANTED, Record, RowKind, Tables, Timing};
use crate::{Error, ErrorKind, Lock, Result};

/// A read that takes as long as this is taken for one that a lock holds up: a server far away is given the time to answer.
const SLOW: Duration = Duration::from_millis(500);

impl<C: Driver> Database for Postgres<'_, C> {
    type Driver = C;
    type Session = Session;

    const SENDS_EACH_STEP: bool = false;
    const BEGIN: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    // Who comes second finds the row changed.
    const LOCK_ROWS: &'static str = " FOR UPDATE";
    const HOLDS_NO_LOCK_OUTSIDE: bool = false;
    const OF_SESSION: &'static [&'static str] = &["SET", "RESET", "DISCARD"];
    const WHO: &'static str = "; SELECT session_user, pg_catalog.current_setting('role')";

    fn connection(&mut self) -> &mut C {
        self.connection
    }

    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        let read = self.connection.rows(sql).await;
        read.map_err(|error| self.heard(error))
    }

    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        if self.is_patient {
            let read = self.connection.rows_within(sql, limit).await;
            return read.map_err(|error| self.heard(error));
        }
        let mut cancelled = false;
        let limit = limit.max(SLOW);
        let read = self
            .connection
            .rows_or_cancel(sql, limit, &mut cancelled)
            .await;
        self.was_cancelled = self.was_cancelled || cancelled;
        if cancelled && read.is_ok() {
            // What comes too late to end the read ends this, and not what the app says next.
            let _ = self.rows("SELECT pg_catalog.pg_sleep(0.2)").await;
        }
        read
    }

    async fn wait_itself(&mut self) {
        self.is_patient = true;
    }

    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure> {
        for message in message::compose(pieces, &mut self.limits) {
            let Err(error) = self.connection.execute(&message.text).await else {
                continue;
            };
            let answer = self.connection.end(ROLLBACK_AND_READ).await.ok();
            let answer: Option<Vec<String>> =
                answer.map(|rows| rows.texts().map(str::to_owned).collect());
            let failure = message::failure(&message, error, answer.as_deref(), &self.limits);
            if let Some([_, markers @ ..]) = answer.as_deref()
                && !markers.is_empty()
            {
                let left = message::remove(markers.iter().map(String::as_str));
                let _ = self.connection.execute(&left).await;
            }
            return Err(failure);
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.connection.end("ROLLBACK").await.map(drop)
    }

    fn rollback_now(&mut self) {
        self.connection.rollback_now();
    }

    fn in_transaction(&mut self) -> Option<bool> {
        self.connection.in_transaction()
    }

    fn record_step<'p>(
        locked: &Locked<'_, '_, '_, Self>,
        batch: &mut Batch<'p>,
        record: &Record<'p>,
        since: Instant,
        measured: bool,
    ) {
        // The server knows best when the script before it in the message began and ended.
        let timing = if measured {
            Timing::Measured(since)
        } else if locked.engine.is_watched() {
            Timing::ServerAlone
        } else if locked.is_present {
            Timing::Server
        } else {
            Timing::ComputedLast
        };
        let engine = &*locked.engine;
        let row = engine.tables.insert_log(record, engine.by(), timing);
        batch.pieces.push(Piece::Own(row));
    }

    fn compute_times(locked: &Locked<'_, '_, '_, Self>) -> String {
        if !locked.is_present && !locked.engine.is_watched() {
            locked.engine.tables.compute_times()
        } else {
            String::new()
        }
    }

    fn concurrent_index(statement: &str) -> Option<ConcurrentIndex> {
        concurrent_index(statement).filter(|index| index.target == Concurrently::Create)
    }

    async fn keep_session(
        locked: &mut Locked<'_, '_, '_, Self>,
        script: Option<&str>,
    ) -> Result<()> {
        let Some(select) = script.and_then(|script| locked.session.select_custom(script)) else {
            return Ok(());
        };
        let rows = locked.engine.driver.rows(&select).await;
        let rows = rows.map_err(|error| Error::database("read the session's settings", error))?;
        locked.session.keep_custom(&rows);
        Ok(())
    }

    fn batch_script<'p>(
        session: &mut Session,
        batch: &mut Batch<'p>,
        step: usize,
        script: &'p str,
    ) {
        match session.after_preamble(script, Reach::Transaction) {
            Some((end, timeouts)) => {
                let (preamble, rest) = script.split_at(end);
                batch.push_script(step, preamble, 0);
                batch.push_restore(step, timeouts);
                batch.push_script(step, rest, end);
            }
            None => batch.push_script(step, script, 0),
        }
        if let Some(restore) = Self::restore_after(session, Some(script), true) {
            batch.push_restore(step, restore);
        }
    }

    fn restore_after(
        session: &mut Session,
        script: Option<&str>,
        in_transaction: bool,
    ) -> Option<String> {
        let reach = if in_transaction {
            Reach::Transaction
        } else {
            Reach::Session
        };
        script
            .is_none_or(|script| session.may_be_changed_by(script))
            .then(|| session.restore_after(script, reach))
    }

    fn restore_at_commit(session: &Session) -> Option<String> {
        Some(session.restore_at_commit())
    }

    fn restore_at_the_end(session: &Session) -> Option<String> {
        Some(session.restore_at_the_end())
    }

    fn as_the_app(session: &Session, script: &str) -> String {
        if session.may_be_changed_by(script) {
            session.become_local()
        } else {
            String::new()
        }
    }

    fn as_the_script(who: &Rows) -> String {
        // Before it may stand what looks after the lock.
        who.iter()
            .last()
            .map_or_else(String::new, |row| become_local(&row.text(0), &row.text(1)))
    }

    fn after_preamble(session: &Session, script: &str) -> Option<(usize, String)> {
        session.after_preamble(script, Reach::Session)
    }

    async fn only_we_write_the_log(engine: &mut Engine<'_, '_, Self>) -> Result<()> {
        let rows = engine
            .driver
            .rows(&engine.tables.select_other_writers())
            .await;
        let rows = rows.map_err(|error| Error::database("see who may write the log", error))?;
        let others: Vec<&str> = rows.iter().filter_map(|row| row.get(0)).collect();
        if others.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Ahead,
            format!(
                "the log's scripts are not run, because other roles may write them: {}",
                others.join(", ")
            ),
        )
        .with_help("take INSERT and UPDATE on the log from them, or downgrade with the release that brought the revisions"))
    }

    async fn heads(engine: &mut Engine<'_, '_, Self>) -> Result<Option<Vec<Recorded>>> {
        let rows = match engine.read_patiently(&engine.tables.select_heads()).await {
            Ok(rows) if rows.is_empty() => {
                let select = engine.tables.select_heads_or_none(false);
                engine.read_patiently(&select).await
            }
            read => read,
        };
        match rows {
            Ok(rows) => {
                match rows
                    .get(0)
                    .map(|row| Self::classify_row(&engine.tables, row))
                {
                    Some(RowKind::Elsewhere) => Self::not_elsewhere(engine).await?,
                    Some(RowKind::Hidden) => Self::nothing_planted(engine).await?,
                    _ => {}
                }
                recorded_state::heads::<Self>(&engine.tables, &mut rows.iter())
            }
            Err(error) if error.class == Class::Missing => Ok(None),
            // Of a driver that tells no code: that the table isn't there is seen otherwise.
            Err(error)
                if error.code.is_none()
                    && error.class == Class::Other
                    && is_absent(engine).await =>
            {
                Ok(None)
            }
            Err(error) => {
                // A view has no sample: `0A000`.
                if error.code.as_deref() == Some("0A000") {
                    Self::nothing_planted(engine).await?;
                }
                Err(recorded_state::failed(&engine.tables, error))
            }
        }
    }

    fn classify_row(tables: &Tables, row: Row<'_>) -> RowKind {
        tables.classify_row(row, C::SIMPLE_QUERIES)
    }

    async fn prepare(engine: &mut Engine<'_, '_, Self>, present: &mut bool) -> Result<()> {
        match engine.migrator.settings.lock {
            Lock::Table => engine.lay_lock_row(present).await,
            _ => Ok(()),
        }
    }

    /// One message: BEGIN, our limits, the lock, and with it held what is recorded.
    async fn begin(
        locked: &mut Locked<'_, '_, '_, Self>,
        present: bool,
        check_interval: bool,
    ) -> Result<Option<LockReply<Session>>, DbError> {
        let engine = &mut *locked.engine;
        let settings = &engine.migrator.settings;
        // Before anything is set.
        let mut sql = format!(
            "{};\nSELECT {};\n",
            Self::BEGIN,
            Session::cells(engine.driver.app_settings.as_deref())
        );
        let mut limits = vec![
            ("idle_in_transaction_session_timeout", 0),
            ("transaction_timeout", 0),
        ];
        if check_interval {
            limits.push(("client_connection_check_interval", 1000));
        }
        let limit = LimitSql::new(settings.lock_timeout, engine.longest_try());
        sql.push_str(&limit.first);
        if let Some(timeout) = settings.statement_timeout {
            let timeout = milliseconds(timeout);
            sql.push_str(&format!("SET LOCAL statement_timeout = {timeout};\n"));
            limits.push(("statement_timeout", timeout));
        }
        let (lock, from) = engine.tables.try_lock(settings.lock);
        // From 14 on the server notices a dead client and frees its lock within a second.
        let interval = if check_interval {
            "CASE WHEN pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.>=) 140000 \
             THEN pg_catalog.set_config('client_connection_check_interval', '1000', true) END"
        } else {
            "NULL"
        };
        // A role's own limit must not end the transaction while code of the app's runs in it.
        sql.push_str(&format!(
            "SELECT {lock}, \
             pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), {interval}, \
             {NO_TRANSACTION_TIMEOUT}, {}{from};\n",
            limit.cell
        ));
        if present {
            // A statement of its own, so that its snapshot is taken with the lock held.
            sql.push_str(&engine.tables.select_state());
            sql.push_str(";\n");
            sql.push_str(&engine.tables.select_last_acts());
        } else {
            // It may have come since.
            sql.push_str(&engine.tables.select_presence());
            sql.push_str(";\n");
            sql.push_str(&engine.tables.refuse_planted());
            sql.push_str(";\n");
            sql.push_str(&Self::select_histories(&engine.tables));
            if !engine.tables.schema_is_known() {
                sql.push_str(";\n");
                sql.push_str(&engine.tables.select_whereabouts());
            }
        }
        sql.push_str(";\n");
        sql.push_str(&limit.last);
        locked.is_open = true;
        let begun = engine.driver.connection.begin(&sql).await;
        let rows = match begun.map_err(|error| engine.driver.heard(error)) {
            Err(error) if error.code.as_deref() == Some(PLANTED) => {
                let refused = refused(engine, error).await?;
                locked.is_open = false;
                return Ok(Some(LockReply {
                    refused: Some(refused),
                    ..LockReply::default()
                }));
            }
            rows => rows?,
        };
        // Without a schema there is no key, and no lock: that is told by `hold`.
        if rows.get(1).and_then(|row| row.get(0)) == Some("f") {
            return Ok(None);
        }
        let is_ours = rows
            .get(1)
            .is_some_and(|row| row.get(row.len() - 1).is_some());
        engine.driver.limits = limit.limits(is_ours);
        if is_ours || engine.migrator.settings.lock_timeout.is_some() {
            let lock_timeout = engine.driver.limits.of(Patience::Short);
            limits.push(("lock_timeout", milliseconds(lock_timeout)));
        }
        let mut answer = LockReply {
            session: rows.get(0).map_or_else(Session::default, |row| {
                Session::of(row, &mut engine.driver.app_settings)
            }),
            ..LockReply::default()
        };
        for (name, limit) in limits {
            answer.session.limit(name, limit);
        }
        if present {
            (answer.recorded, answer.in_progress) =
                recorded_state::state::<Self>(&engine.tables, &rows, 2);
            answer.acts = Some(recorded_state::acts(&rows, 2));
        } else if recorded_state::is_present(rows.get(2)) {
            // By its whole name: a temporary table may stand before it.
            let tables = match &answer.session.schema {
                Some(schema) if !engine.tables.schema_is_known() => engine.tables.in_schema(schema),
                _ => engine.tables.clone(),
            };
            let rows = engine.driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.in_progress) =
                recorded_state::state::<Self>(&tables, &rows, 0);
        } else {
            answer.histories = Some(rows.get(3).map_or_else(String::new, |row| row.text(0)));
            answer.refused = whereabouts::elsewhere(&mut rows.iter().skip(4));
        }
        Ok(Some(answer))
    }

    fn accept(engine: &mut Engine<'_, '_, Self>, answer: &mut LockReply<Session>) -> Result<()> {
        match answer.refused.take() {
            Some(refused) => Err(refused),
            None => engine.adopt_session(&answer.session),
        }
    }

    /// In one message, so that a transaction which has failed unnoticed answers with an error: a bare
    /// COMMIT of it would answer ROLLBACK and no error.
    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError> {
        let committed = engine.driver.connection.end(&format!("{sql}COMMIT")).await;
        committed.map(drop)
    }

    async fn commit_outcome(
        engine: &mut Engine<'_, '_, Self>,
        revision: &str,
    ) -> Option<Result<CommitOutcome>> {
        engine.commit_outcome(revision).await
    }

    async fn hold_outside(locked: &mut Locked<'_, '_, '_, Self>, run: &mut Run<'_>) -> Result<()> {
        let own = locked.hold_session_lock(run).await?;
        let engine = &mut *locked.engine;
        let limit = LimitSql::new(engine.migrator.settings.lock_timeout, engine.longest_try());
        engine.driver.limits = limit.limits(own == "0");
        Ok(())
    }

    async fn hold_on(locked: &mut Locked<'_, '_, '_, Self>, wait: &mut Backoff) -> Result<()> {
        let Some(second) = &mut locked.second else {
            return Ok(());
        };
        // An answer says that the transaction is still there, and with it the lock.
        if second.rows("SELECT 1").await.is_ok() {
            return Ok(());
        }
        locked.second = None;
        locked.take_lock(wait).await
    }

    /// Whatever it discards, it discards again.
    fn may_run_again(statement: &str) -> bool {
        sql::mentions(statement.split_whitespace().next().unwrap_or(""), "discard")
    }

    fn notes(steps: &[PlanStep<'_>], segments: &[Segment]) -> Vec<String> {
        long_lock::notes(steps, segments)
    }

    fn begin_between(engine: &mut Engine<'_, '_, Self>) -> String {
        if !engine.driver.limits.is_ours() {
            return Self::BEGIN.to_owned();
        }
        let limit = LimitSql::new(None, engine.longest_try());
        engine.driver.limits = limit.limits(true);
        format!(
            "{}; {}",
            Self::BEGIN,
            engine.driver.limits.set(Patience::Short)
        )
    }

    fn leave_limit_to(engine: &mut Engine<'_, '_, Self>, script: &str) {
        engine.driver.limits.leave_to(script);
    }

    fn limit_alone(engine: &Engine<'_, '_, Self>, statement: &str) -> Option<(String, String)> {
        if !engine.driver.limits.is_ours() || waits_harmlessly(statement) {
            return None;
        }
        let limit = milliseconds(engine.driver.limits.of(Patience::Short));
        let set = |limit| format!("SELECT pg_catalog.set_config('lock_timeout', '{limit}', false)");
        Some((set(limit), set(0)))
    }

    async fn holder(engine: &mut Engine<'_, '_, Self>) -> Option<String> {
        let sql = engine.tables.select_holder();
        // Only a name for a message: without it the wait goes on all the same.
        let rows = engine.driver.rows_again(&sql).await.ok()?;
        match rows.cell() {
            Some(holder) => Some(holder.to_owned()),
            // Our tables themselves may be locked.
            None => Self::blockers_of_record(engine).await,
        }
    }

    async fn blockers(engine: &mut Engine<'_, '_, Self>, statement: &str) -> Option<String> {
        engine.find_blockers(statement).await
    }

    async fn blockers_of_record(engine: &mut Engine<'_, '_, Self>) -> Option<String> {
        engine.find_blockers(&engine.tables.names()).await
    }

    /// Such tools hold an advisory lock while they work.
    async fn is_other_at_work(engine: &mut Engine<'_, '_, Self>, _: Instant) -> bool {
        let rows = (engine.driver)
            .rows(&engine.tables.select_others_at_work())
            .await;
        rows.is_ok_and(|rows| rows.cell() == Some("1"))
    }

    async fn other_table(engine: &mut Engine<'_, '_, Self>, name: &str) -> Result<Option<String>> {
        engine.find_other_table(name).await
    }

    fn has_column(full: &str, _: &str, column: &str) -> String {
        let [table, column] = [full, column]
            .map(|name| migrate_chain::sql::literal(migrate_chain::Dialect::Postgres, name));
        format!(
            "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) {table}::pg_catalog.regclass \
             AND attname OPERATOR(pg_catalog.=) {column} AND attnum OPERATOR(pg_catalog.>) 0"
        )
    }

    fn select_histories(tables: &Tables) -> String {
        tables.select_histories(&beside::names(), beside::USER_VERSION)
    }

    fn lock_other(name: &str) -> Option<String> {
        Some(format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))
    }

    async fn not_elsewhere(engine: &mut Engine<'_, '_, Self>) -> Result<()> {
        if engine.tables.schema_is_known() {
            return Ok(());
        }
        let rows = engine
            .driver
            .rows(&engine.tables.select_whereabouts())
            .await;
        let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
        match whereabouts::elsewhere(&mut rows.iter()) {
            Some(refused) => Err(refused),
            None => Ok(()),
        }
    }

    async fn nothing_planted(engine: &mut Engine<'_, '_, Self>) -> Result<()> {
        let rows = engine.driver.rows(&engine.tables.select_planted()).await;
        let rows = rows.map_err(|error| recorded_state::failed(&engine.tables, error))?;
        match whereabouts::planted(&rows) {
            Some(refused) => Err(refused),
            None => Ok(()),
        }
    }
}

/// True when the server says that there is no table for the heads.
async fn is_absent<C: Driver>(engine: &mut Engine<'_, '_, Postgres<'_, C>>) -> bool {
    let rows = engine.driver.rows(&engine.tables.select_presence()).await;
    rows.is_ok_and(|rows| !recorded_state::is_present(rows.get(0)))
}

/// Rolls back, and asks what is wrong with our tables.
async fn refused<C: Driver>(
    engine: &mut Engine<'_, '_, Postgres<'_, C>>,
    error: DbError,
) -> Result<Error, DbError> {
    engine.driver.rollback().await?;
    let rows = engine.driver.rows(&engine.tables.select_planted()).await?;
    whereabouts::planted(&rows).ok_or(error)
}

impl<D: Database> Engine<'_, '_, D> {
    /// Keeps who works, and the schema that the database named as its current one.
    pub(crate) fn adopt_session(&mut self, session: &Session) -> Result<()> {
        session.reads_as_written()?;
        self.tables.work_as(session.acts_as());
        if self.tables.schema_is_known() {
            return Ok(());
        }
        if session
            .schema
            .as_deref()
            .is_some_and(whereabouts::is_temporary)
        {
            return Err(Error::new(
                ErrorKind::Database,
                "the search_path begins with the temporary schema, where the record would be gone with the session",
            )
            .with_help("put a schema before `pg_temp`, or name the record's with `.schema(\"app\")`"));
        }
        let Some(schema) = session.schema.as_deref() else {
            return Err(Error::new(
                ErrorKind::Database,
                "there is no schema to keep the record in: the search_path names none that exists",
            )
            .with_help("create one, or name it with `.schema(\"app\")`"));
        };
        self.tables = self.tables.in_schema(schema);
        Ok(())
    }
}
