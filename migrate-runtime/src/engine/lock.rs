use std::result::Result as StdResult;
use std::time::{Duration, Instant};

use migrate_chain::{Dialect, Run};

use super::change::Course;
use super::transaction::{Session, Transaction};
use super::{Engine, read};
use crate::driver::{Class, DbError, Driver};
use crate::pending::Pending;
use crate::state::Recorded;
use crate::{Error, ErrorKind, Event, Report, Result};

/// How the next part of a plan is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// With BEGIN.
    Transaction {
        /// SQLite: foreign keys are switched off before, because later it has no effect.
        foreign_keys_off: bool,
    },
    /// Without: statement by statement.
    Outside,
}

impl Default for Kind {
    fn default() -> Kind {
        Kind::Transaction {
            foreign_keys_off: false,
        }
    }
}

impl Kind {
    pub(super) fn of(run: &Run) -> Kind {
        if run.in_transaction {
            Kind::Transaction {
                foreign_keys_off: run.foreign_keys_off,
            }
        } else {
            Kind::Outside
        }
    }
}

/// A wait with a limit: pauses grow from a few milliseconds to a fifth of a second.
#[derive(Debug)]
pub(super) struct Wait {
    since: Instant,
    limit: Duration,
    tries: u32,
}

impl Wait {
    pub(super) fn new(limit: Duration) -> Wait {
        Wait {
            since: Instant::now(),
            limit,
            tries: 0,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.since.elapsed() >= self.limit
    }

    /// How long to pause before the next try; with jitter, so that many waiters don't come at once.
    pub(super) fn pause(&mut self) -> Duration {
        self.tries += 1;
        let step = Duration::from_millis(5 << self.tries.min(5));
        crate::random::jitter(step).min(self.limit.saturating_sub(self.since.elapsed()))
    }

    /// True for the first try and then about once in ten: how often an observer hears of it.
    fn is_worth_telling(&self) -> bool {
        self.tries % 10 == 1
    }

    /// Adds the wait to a report, if there was one.
    pub(super) fn tell(&self, report: &mut Report) {
        if self.tries > 0 {
            report.waited = Some(report.waited.unwrap_or_default() + self.waited());
        }
    }

    fn waited(&self) -> Duration {
        self.since.elapsed()
    }
}

impl<'e, 'm, D: Driver> Engine<'e, 'm, D> {
    /// Begins a transaction that holds the lock, waiting for it up to `lock_wait`.
    pub(super) async fn lock<'l>(
        &'l mut self,
        foreign_keys_off: bool,
        course: &mut Course<'_>,
    ) -> Result<Transaction<'l, 'e, 'm, D>> {
        let present = &mut course.present;
        self.lay_lock_row(present).await?;
        let mut transaction = Transaction::new(self);
        if foreign_keys_off {
            transaction.foreign_keys_off().await?;
        }
        let mut wait = Wait::new(transaction.engine.migrator.settings.lock_wait);
        let mut check_interval = true;
        loop {
            let tried = match transaction.begin(*present, check_interval).await {
                Ok(Some(answer)) => {
                    wait.tell(&mut course.report);
                    transaction.hold(answer)?;
                    *present = transaction.is_present;
                    return Ok(transaction);
                }
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if matches!(&tried, Err(error) if error.class == Class::InFailedTransaction) {
                // Not ours, and its owner's to end.
                transaction.is_open = false;
            }
            // Not held: what was begun is ended, whatever the reason.
            transaction.close();
            match tried {
                Ok(()) => {}
                Err(error) if error.class == Class::Busy => {}
                // A server that can't watch its client says so; the rest works without.
                Err(error) if check_interval && error.code.as_deref() == Some("22023") => {
                    check_interval = false;
                    continue;
                }
                // The table went away since the first look.
                Err(error) if error.class == Class::Missing && *present => {
                    *present = false;
                    continue;
                }
                Err(error) if error.class == Class::InFailedTransaction => {
                    return Err(read::in_transaction().with_source(error));
                }
                Err(error) => return Err(not_begun(error)),
            }
            transaction.engine.wait(&mut wait).await?;
        }
    }

    /// Pauses before the next try, and tells an observer; fails once the time is over.
    pub(super) async fn wait(&mut self, wait: &mut Wait) -> Result<()> {
        if wait.is_over() {
            let holder = self.holder().await;
            return Err(not_obtained(wait.limit, holder.as_deref()));
        }
        self.pause(wait).await;
        Ok(())
    }

    /// Pauses before the next try, and tells an observer.
    pub(super) async fn pause(&mut self, wait: &mut Wait) {
        let pause = wait.pause();
        if wait.is_worth_telling() {
            let holder = self.holder().await;
            let waited = wait.waited();
            self.tell(&Event::Waiting {
                waited,
                holder: holder.as_deref(),
            });
        }
        self.driver.sleep(pause).await;
    }

    /// Who holds the lock, where the database can tell.
    async fn holder(&mut self) -> Option<String> {
        if D::DIALECT != Dialect::Postgres {
            return None;
        }
        let key = self.tables.lock_key();
        let sql = format!(
            "SELECT pg_catalog.concat_ws(' ', 'process', a.pid, 'of ' || a.usename, 'from ' || a.client_addr, '(' || NULLIF(a.application_name, '') || ')') \
             FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
             AND (l.classid::bigint << 32 | l.objid::bigint) = {key} LIMIT 1"
        );
        // Only a name for a message: without it the wait goes on all the same.
        let rows = self.driver.rows(&sql).await.ok()?;
        rows.cell().map(str::to_owned)
    }
}

/// The transaction could not be begun.
pub(super) fn not_begun(mut error: DbError) -> Error {
    // What a standby of PostgreSQL says to READ WRITE.
    if error.code.as_deref() == Some("0A000") {
        error.class = Class::ReadOnly;
    }
    Error::database("begin", error)
}

fn not_obtained(limit: Duration, holder: Option<&str>) -> Error {
    let error = Error::new(
        ErrorKind::Locked,
        format!(
            "the migration lock was not obtained in {:.1} s",
            crate::times::seconds(limit)
        ),
    );
    let error = match holder {
        Some(holder) => error.with_note(format!("it is held by {holder}")),
        None => error.with_note("another connection is writing, or holds the lock"),
    };
    error
        .with_note("nothing was changed")
        .with_help("wait for it to finish, or allow more time with `lock_wait`")
}

/// What the transaction's first message answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) session: Session,
    /// `None`: the table isn't there.
    pub(super) recorded: Option<Vec<Recorded>>,
    pub(super) pending: Option<Pending>,
    /// A schema of the search_path that has the table and that the role may not use.
    pub(super) hidden_in: Option<String>,
}

impl<D: Driver> Transaction<'_, '_, '_, D> {
    /// One try; `None` when another process holds the lock.
    async fn begin(
        &mut self,
        present: bool,
        check_interval: bool,
    ) -> StdResult<Option<Answer>, DbError> {
        match D::DIALECT {
            Dialect::Sqlite => {
                let answer = self.begin_immediate().await?;
                self.spill_late().await;
                Ok(Some(answer))
            }
            _ => self.begin_with_lock(present, check_interval).await,
        }
    }

    /// Takes the write lock at once, so that nothing changes between the read and the first write.
    async fn begin_immediate(&mut self) -> StdResult<Answer, DbError> {
        let (driver, tables) = (&mut self.engine.driver, &self.engine.tables);
        driver.rows("BEGIN IMMEDIATE").await?;
        self.is_open = true;
        let mut answer = Answer::default();
        let rows = driver.rows(&tables.select_presence()).await?;
        if read::is_present(rows.get(0)) {
            // A read-only database lets a write transaction begin all the same.
            driver.rows(&tables.delete_nothing()).await?;
            let rows = driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.pending) = read::state(tables, &rows, 0);
        }
        Ok(answer)
    }

    /// One message: BEGIN, our limits, the lock, and with it held what is recorded.
    async fn begin_with_lock(
        &mut self,
        present: bool,
        check_interval: bool,
    ) -> StdResult<Option<Answer>, DbError> {
        let engine = &mut *self.engine;
        let settings = &engine.migrator.settings;
        let mut sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n".to_owned();
        for (name, timeout) in [
            ("lock_timeout", settings.lock_timeout),
            ("statement_timeout", settings.statement_timeout),
        ] {
            if let Some(timeout) = timeout {
                sql.push_str(&format!(
                    "SET LOCAL {name} = {};\n",
                    timeout.as_millis().max(1)
                ));
            }
        }
        let (lock, from) = engine.tables.try_lock(settings.lock);
        // From 14 on the server notices a dead client and frees its lock within a second.
        let interval = if check_interval {
            "CASE WHEN pg_catalog.current_setting('server_version_num')::int >= 140000 \
             THEN pg_catalog.set_config('client_connection_check_interval', '1000', true) END"
        } else {
            "NULL"
        };
        // A role's own limit must not end the transaction while code of the app's runs in it.
        sql.push_str(&format!(
            "SELECT {lock}, {}, \
             pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), {interval}{from};\n",
            Session::CELLS
        ));
        if present {
            // A statement of its own, so that its snapshot is taken with the lock held.
            sql.push_str(&engine.tables.select_state());
        } else {
            // It may have come since.
            sql.push_str(&engine.tables.select_presence());
            sql.push_str(";\n");
            if !engine.tables.schema_is_known() {
                sql.push_str(&engine.tables.select_hidden());
            }
        }
        self.is_open = true;
        let rows = engine.driver.rows(&sql).await?;
        // Without a schema there is no key, and no lock: that is told by `hold`.
        if rows.cell() == Some("f") {
            return Ok(None);
        }
        let mut answer = Answer {
            session: rows
                .get(0)
                .map_or_else(Session::default, |row| Session::of(row, 1)),
            ..Answer::default()
        };
        if present {
            (answer.recorded, answer.pending) = read::state(&engine.tables, &rows, 1);
        } else if read::is_present(rows.get(1)) {
            // By its whole name: a temporary table may stand before it.
            let tables = match &answer.session.schema {
                Some(schema) if !engine.tables.schema_is_known() => engine.tables.in_schema(schema),
                _ => engine.tables.clone(),
            };
            let rows = engine.driver.rows(&tables.select_state()).await?;
            (answer.recorded, answer.pending) = read::state(&tables, &rows, 0);
        } else {
            let hidden = rows.get(2).and_then(|row| row.get(0));
            answer.hidden_in = hidden.map(str::to_owned);
        }
        Ok(Some(answer))
    }
}
