use std::ops::Range;
use std::time::{Duration, Instant};

use migrate_chain::sql::ConcurrentIndex;
use migrate_chain::{Dialect, Segment};

use super::Engine;
use super::adopt::beside::{SOME, WITH_COLUMN};
use super::batch::Batch;
use super::lock::{Backoff, LockReply};
use super::locked::Locked;
use super::plan::PlanStep;
use super::recorded_state;
use super::run::Run;
use super::step_error::StepError;
use crate::driver::{Class, DbError, Driver, Raw, Row, Rows, Values};
use crate::in_progress::StepInProgress;
use crate::state::Recorded;
use crate::tables::{Record, RowKind, Tables};
use crate::{Error, Report, Result};

/// What became of a transaction whose COMMIT was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
pub(crate) enum CommitOutcome {
    Committed,
    RolledBack,
    /// Nothing was there, so nothing tells whether it has ended.
    Unknown,
}

/// A part of what runs in a transaction.
#[derive(Debug)]
pub(crate) enum Piece<'a> {
    /// A revision's script, verbatim.
    Script(&'a str),
    /// A statement of the engine's own.
    Own(String),
    /// What tells another tool of a step of its own.
    Record(String),
    /// What puts the session back after a script.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "tokio-postgres")),
        allow(dead_code)
    )]
    Restore(String),
}

/// Why a batch stopped.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Which of the pieces failed, when it is known.
    pub(crate) piece: Option<usize>,
    /// Where in a script, in bytes: the token that the database named, or the statement.
    pub(crate) at: Option<Range<usize>>,
    pub(crate) error: DbError,
    /// Set where a lock was not obtained in time.
    pub(crate) blocked: Option<Blocked>,
}

/// A statement that did not obtain a lock in time.
#[derive(Debug)]
#[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
pub(crate) struct Blocked {
    /// Its text; empty where it isn't known which one it was.
    pub(crate) statement: String,
    /// How long it waited, about.
    pub(crate) waited: Duration,
}

/// What each database does in its own way, over whichever driver.
///
/// A trait, and not a branch on the dialect: an async function may be resumed after each of its
/// awaits, so what stands behind them is compiled even where the branch is never taken.
#[allow(async_fn_in_trait)]
pub(crate) trait Database: Sized {
    /// Whose connection it is.
    type Driver: Driver;
    /// What is kept of the session, as the app gave it.
    type Session: Default + Send;

    /// Which database it is.
    const DIALECT: Dialect = <Self::Driver as Driver>::DIALECT;
    /// True when the futures of its driver are ready at the first poll.
    const BLOCKING: bool = <Self::Driver as Driver>::BLOCKING;
    /// True where a read waits no longer than it may though nothing is sent before it.
    const CANCELS: bool = <Self::Driver as Driver>::CANCELS;
    /// True when a step gains nothing from travelling with others, because no message costs a round trip.
    const SENDS_EACH_STEP: bool;
    /// Begins a transaction between two statements of a step outside one.
    const BEGIN: &'static str;
    /// What locks the rows of a SELECT.
    const LOCK_ROWS: &'static str;
    /// True where nothing holds the lock of a step outside a transaction: each look at the record is then a transaction,
    /// and a statement that found the database busy is sent again.
    const HOLDS_NO_LOCK_OUTSIDE: bool;
    /// First words of statements about the session, which are sent again before a step outside a transaction goes on in a later one.
    const OF_SESSION: &'static [&'static str];
    /// The query for whoever a script has become; empty where there are no roles.
    const WHO: &'static str = "";

    /// The driver's connection.
    fn connection(&mut self) -> &mut Self::Driver;

    /// Runs statements of the engine's own and returns the rows of all of them, in order.
    async fn rows(&mut self, sql: &str) -> Result<Rows, DbError> {
        self.connection().rows(sql).await
    }

    /// Runs statements of the engine's own, and gives up after some time with an error of the class `Busy`, where the
    /// driver can.
    async fn rows_within(&mut self, sql: &str, limit: Duration) -> Result<Rows, DbError> {
        self.connection().rows_within(sql, limit).await
    }

    /// Runs statements that wait for nothing, once more where something else has ended them.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    async fn rows_again(&mut self, sql: &str) -> Result<Rows, DbError> {
        match self.rows(sql).await {
            Err(error) if error.class == Class::Busy => self.rows(sql).await,
            read => read,
        }
    }

    /// From now on the engine waits for locks that the connection would wait for, whatever statements that takes.
    async fn wait_itself(&mut self) {}

    /// From now on the connection waits again as the app said.
    fn let_it_wait(&mut self) {}

    /// Runs pieces in order, in the open transaction, in as few round trips as it can. After a
    /// failure the transaction is rolled back.
    async fn run(&mut self, pieces: &[Piece<'_>]) -> Result<(), Failure>;

    /// Runs a statement once for each row of values, in the open transaction.
    async fn execute_many(&mut self, sql: &str, rows: &[Values<'_>]) -> Result<(), DbError> {
        self.connection().execute_many(sql, rows).await
    }

    /// Rolls back what is open, if anything still is.
    async fn rollback(&mut self) -> Result<(), DbError>;

    /// Rolls back without waiting, from a destructor.
    fn rollback_now(&mut self);

    /// Sends statements without waiting, from a destructor.
    fn send_now(&mut self, sql: &str) {
        self.connection().send_now(sql);
    }

    /// True inside a transaction, where the driver can tell without asking the server.
    fn in_transaction(&mut self) -> Option<bool>;

    /// Waits.
    async fn sleep(&mut self, time: Duration) {
        self.connection().sleep(time).await;
    }

    /// The connection itself, for a Rust-coded revision.
    fn raw(&mut self) -> Raw<'_> {
        self.connection().raw()
    }

    /// The report of a start that needs no statement about our tables to be found up to date.
    async fn marked(_: &mut Engine<'_, '_, Self>) -> Option<Report> {
        None
    }

    /// Reads the recorded heads, waiting while the database is locked; `None`: there is no table.
    async fn heads(engine: &mut Engine<'_, '_, Self>) -> Result<Option<Vec<Recorded>>> {
        match engine.read_patiently(&engine.tables.select_heads()).await {
            Ok(rows) => recorded_state::heads::<Self>(&engine.tables, &mut rows.iter()),
            Err(error) if error.class == Class::Missing => Ok(None),
            Err(error) => Err(recorded_state::failed(&engine.tables, error)),
        }
    }

    /// Whether a row of the heads is one of this chain's.
    fn classify_row(_: &Tables, _: Row<'_>) -> RowKind {
        RowKind::Head
    }

    /// Makes sure that there is something to lock.
    async fn prepare(_: &mut Engine<'_, '_, Self>, _present: &mut bool) -> Result<()> {
        Ok(())
    }

    /// One try to begin a transaction that holds the lock; `None` when another process has it.
    async fn begin(
        transaction: &mut Locked<'_, '_, '_, Self>,
        present: bool,
        check_interval: bool,
    ) -> Result<Option<LockReply<Self::Session>>, DbError>;

    /// Keeps what the answer tells of the session, if that is somewhere to work in.
    fn accept(_: &mut Engine<'_, '_, Self>, _: &mut LockReply<Self::Session>) -> Result<()> {
        Ok(())
    }

    /// Makes the open transaction last; `sql` are the engine's last statements in it.
    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError>;

    /// Asks on a second connection what became of the transaction in which this run records a revision; `None` where
    /// nobody can be asked.
    async fn commit_outcome(
        _: &mut Engine<'_, '_, Self>,
        _revision: &str,
    ) -> Option<Result<CommitOutcome>> {
        None
    }

    /// Adds a step's row of the audit log to what is sent; `measured` where its time is not the server's to know.
    fn record_step<'p>(
        locked: &Locked<'_, '_, '_, Self>,
        batch: &mut Batch<'p>,
        record: &Record<'p>,
        since: Instant,
        measured: bool,
    );

    /// The statement that works out the steps' times, where that waits for the end of the transaction.
    fn compute_times(_: &Locked<'_, '_, '_, Self>) -> String {
        String::new()
    }

    /// Keeps what a step may change of the session, before it runs; `script` is `None` for code of the app's.
    async fn keep_session(_: &mut Locked<'_, '_, '_, Self>, script: Option<&str>) -> Result<()>;

    /// Adds a step's script to what is sent, and what puts the session back after it.
    fn batch_script<'p>(
        _: &mut Self::Session,
        batch: &mut Batch<'p>,
        step: usize,
        script: &'p str,
    ) {
        batch.push_script(step, script, 0);
    }

    /// What puts the session back after a step's script outside a transaction, or after code of the app's (`None`), where
    /// statements can do it; `None` after what can't have changed it.
    fn restore_after(
        _: &mut Self::Session,
        _script: Option<&str>,
        _in_transaction: bool,
    ) -> Option<String> {
        None
    }

    /// What puts the session back before COMMIT, whatever of a step has changed it.
    fn restore_at_commit(_: &Self::Session) -> Option<String> {
        None
    }

    /// What puts the session back once a step outside a transaction is over, however it ended.
    fn restore_at_the_end(_: &Self::Session) -> Option<String> {
        None
    }

    /// What makes the engine's own statements, in an open transaction, run as the app; empty where nothing of `script`
    /// is in their way.
    fn as_the_app(_: &Self::Session, _script: &str) -> String {
        String::new()
    }

    /// Who runs a script, in an open transaction whose first message asked for it (`WHO`).
    fn as_the_script(_: &Rows) -> String {
        String::new()
    }

    /// Puts the session back, where that is a matter of looking and comparing.
    async fn restore_now(_: &mut Locked<'_, '_, '_, Self>) -> Result<()> {
        Ok(())
    }

    /// Puts the session back once nothing is open any more, from a destructor.
    fn restore_dropped(&mut self, _: &Self::Session) {}

    /// Where the statements of a script that nobody has decided on end, and what takes back what they have set.
    fn after_preamble(_: &Self::Session, _script: &str) -> Option<(usize, String)> {
        None
    }

    /// An error if others may have written the scripts that the log keeps: they run with our rights.
    async fn only_we_write_the_log(_: &mut Engine<'_, '_, Self>) -> Result<()> {
        Ok(())
    }

    /// What a refusal to go on means while nothing holds the lock of a step outside a transaction.
    fn wait_for_others(_: Option<&StepInProgress>, error: Error) -> StepError {
        error.into()
    }

    /// The index that a statement creates concurrently, where it may stay behind INVALID.
    fn concurrent_index(_statement: &str) -> Option<ConcurrentIndex> {
        None
    }

    /// True when a statement may run again though it is not known whether it took effect.
    fn may_run_again(_statement: &str) -> bool {
        false
    }

    /// Takes the lock for a step outside a transaction, where something can hold it meanwhile.
    async fn hold_outside(_: &mut Locked<'_, '_, '_, Self>, _: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Takes the lock again that a second connection has lost meanwhile, if one was to hold it.
    async fn hold_on(_: &mut Locked<'_, '_, '_, Self>, _: &mut Backoff) -> Result<()> {
        Ok(())
    }

    /// What a person should know of the plan's locks.
    fn notes(_: &[PlanStep<'_>], _: &[Segment]) -> Vec<String> {
        Vec::new()
    }

    /// What begins a transaction between two statements of a step outside one.
    fn begin_between(_: &mut Engine<'_, '_, Self>) -> String {
        Self::BEGIN.to_owned()
    }

    /// A step outside a transaction begins, whose script may name a limit of its own for how long it waits.
    fn leave_limit_to(_: &mut Engine<'_, '_, Self>, _script: &str) {}

    /// What is sent before and after a statement outside a transaction, so that it doesn't keep others out while it waits.
    fn limit_alone(_: &Engine<'_, '_, Self>, _statement: &str) -> Option<(String, String)> {
        None
    }

    /// Who holds the lock, where the database can tell.
    async fn holder(_: &mut Engine<'_, '_, Self>) -> Option<String> {
        None
    }

    /// Who holds locks on the tables that a statement names, where the database can tell.
    async fn blockers(_: &mut Engine<'_, '_, Self>, _statement: &str) -> Option<String> {
        None
    }

    /// Who holds locks on tables of the record.
    async fn blockers_of_record(_: &mut Engine<'_, '_, Self>) -> Option<String> {
        None
    }

    /// Whether another tool may still be at work on the step that its table calls half done, which was seen `since` then.
    async fn is_other_at_work(engine: &mut Engine<'_, '_, Self>, since: Instant) -> bool;

    /// The table of another tool's, in full, where it is one to be trusted; `None`: it isn't there. The name is the one that
    /// `adopt.sql` gives.
    async fn other_table(_: &mut Engine<'_, '_, Self>, name: &str) -> Result<Option<String>>;

    /// The query for tables in which other tools keep their histories: one cell, with the name of each in a line.
    fn select_histories(tables: &Tables) -> String;

    /// Whether a table, in full and by its name alone, has rows: one cell if so, which is 2 where it has that column, too.
    fn has_rows(full: &str, table: &str, column: &str) -> String {
        let with_column = Self::has_column(full, table, column);
        format!(
            "SELECT CASE WHEN EXISTS ({with_column}) THEN {WITH_COLUMN} ELSE {SOME} END FROM {full} LIMIT 1"
        )
    }

    /// Whether a table has a column: a row if so.
    fn has_column(full: &str, table: &str, column: &str) -> String;

    /// What keeps everybody from changing another tool's table until the transaction ends, where BEGIN has not done it.
    fn lock_other(_name: &str) -> Option<String> {
        None
    }

    /// Fails if there is a record in another schema, or one that this role may not read.
    async fn not_elsewhere(_: &mut Engine<'_, '_, Self>) -> Result<()> {
        Ok(())
    }

    /// Fails if our tables are not as we made them: another role has made them beforehand, or hides
    /// what is in them.
    async fn nothing_planted(_: &mut Engine<'_, '_, Self>) -> Result<()> {
        Ok(())
    }
}
