use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use migrate_chain::{Goal, Target};

use crate::driver::{Connectors, Driver};
#[cfg(feature = "_postgres")]
use crate::engine::Postgres;
#[cfg(feature = "_sqlite")]
use crate::engine::Sqlite;
use crate::engine::stored::{self, UndoAhead};
use crate::engine::{Engine, Request, linked};
use crate::history::HistoryEntry;
use crate::hook::{Hook, Moment};
use crate::log::LogEntry;
use crate::tables::DEFAULT_PREFIX;
use crate::{
    AsyncContext, BoxedStep, Context, Difference, Error, Event, Migrations, OnAhead, OtherTool,
    Plan, Report, Resolution, Result, Startup, StepInProgress, Transactions, terminal,
};

/// How processes that start at once are kept apart on PostgreSQL. On SQLite the database's own write
/// lock does it, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Lock {
    /// The best that the database has.
    #[default]
    Auto,
    /// `pg_try_advisory_xact_lock`: held by the transaction, so a pooler in transaction mode is
    /// safe, and a crash frees it.
    Advisory,
    /// A row of our own tables, locked by the transaction: for databases that speak PostgreSQL's
    /// protocol and have no advisory locks. The tables are then created before anything is locked,
    /// and a `no transaction` step needs a [`connector`](Migrator::connector). Tested on PostgreSQL.
    Table,
    /// No lock: somebody else sees to it that one process at a time migrates.
    None,
}

/// A chain with the ways in which it is to be applied.
///
/// ```
/// use std::time::Duration;
/// use migrate_runtime::{Migrations, Migrator, Outcome, Startup, embed_migrations};
///
/// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///
/// # #[cfg(feature = "rusqlite")] {
/// let mut conn = rusqlite::Connection::open_in_memory()?;
/// let report = Migrator::new(&MIGRATIONS)
///     .startup(Startup::from_env_or(Startup::Apply)?)
///     .lock_wait(Duration::from_secs(10))
///     .on_event(|event| eprintln!("{event}"))
///     .run(&mut conn)?;
/// assert_eq!(report.outcome, Outcome::Applied);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Migrator<'m> {
    pub(crate) migrations: &'m Migrations,
    pub(crate) settings: Settings,
    /// Set with [`OnAhead::Downgrade`].
    pub(crate) undo_ahead: Option<UndoAhead>,
    pub(crate) ask: Option<Ask<'m>>,
    /// Set with [`Startup::Ask`], so that other programs link no question.
    pub(crate) terminal: Option<Terminal>,
    pub(crate) observer: Option<Observer<'m>>,
    pub(crate) hook: Option<Hook<'m>>,
    pub(crate) connectors: Connectors,
}

/// How a person at the terminal is asked.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) is_there: fn() -> bool,
    pub(crate) agrees: fn(&Plan) -> bool,
}

type Ask<'m> = Box<dyn FnMut(&Plan) -> bool + Send + 'm>;
type Observer<'m> = Box<dyn FnMut(&Event<'_>) + Send + 'm>;

/// What the builder sets.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) startup: Startup,
    pub(crate) on_ahead: OnAhead,
    pub(crate) transactions: Transactions,
    pub(crate) lock: Lock,
    pub(crate) lock_wait: Duration,
    /// True where the caller has said it.
    pub(crate) has_lock_wait: bool,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) schema: Option<String>,
    pub(crate) table_prefix: Cow<'static, str>,
    pub(crate) app_version: Option<String>,
    pub(crate) user_version: bool,
    pub(crate) stamp_back: bool,
}

impl Settings {
    pub(crate) fn per_step(&self) -> bool {
        self.transactions == Transactions::PerStep
    }
}

impl<'m> Migrator<'m> {
    /// The defaults: apply everything at startup, in one transaction, waiting a minute for others.
    pub fn new(migrations: &'m Migrations) -> Migrator<'m> {
        Migrator {
            migrations,
            settings: Settings {
                startup: Startup::Apply,
                on_ahead: OnAhead::CompatibleOnly,
                transactions: Transactions::Single,
                lock: Lock::Auto,
                lock_wait: Duration::from_secs(60),
                has_lock_wait: false,
                lock_timeout: None,
                statement_timeout: None,
                schema: None,
                table_prefix: Cow::Borrowed(DEFAULT_PREFIX),
                app_version: None,
                user_version: false,
                stamp_back: false,
            },
            undo_ahead: None,
            ask: None,
            terminal: None,
            observer: None,
            hook: None,
            connectors: Connectors::default(),
        }
    }

    /// What [`run`](Migrator::run) does about pending revisions.
    #[must_use]
    pub fn startup(mut self, startup: Startup) -> Self {
        self.settings.startup = startup;
        self.terminal = match startup {
            Startup::Ask => Some(Terminal {
                is_there: terminal::is_there,
                agrees: terminal::agrees,
            }),
            _ => None,
        };
        self
    }

    /// What [`run`](Migrator::run) does when the database is ahead of this program.
    #[must_use]
    pub fn on_ahead(mut self, on_ahead: OnAhead) -> Self {
        self.settings.on_ahead = on_ahead;
        self.undo_ahead = None;
        if on_ahead == OnAhead::Downgrade {
            self.undo_ahead = Some(stored::plan);
        }
        self
    }

    /// Asks before anything is changed: once before the lock, and again if the plan changed under
    /// it. `false` leaves everything as it is; the outcome is [`Outcome::Skipped`](crate::Outcome). A question at the
    /// terminal is there already: [`Startup::Ask`].
    #[must_use]
    pub fn ask(mut self, ask: impl FnMut(&Plan) -> bool + Send + 'm) -> Self {
        self.ask = Some(Box::new(ask));
        self
    }

    /// Watches. On PostgreSQL each step then travels on its own, so that progress is told as it
    /// happens.
    #[must_use]
    pub fn on_event(mut self, observer: impl FnMut(&Event<'_>) + Send + 'm) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Calls the app before and after each step and before each COMMIT, with the live connection
    /// inside the transaction. An error rolls the transaction back. Steps then travel one by one.
    ///
    /// ```
    /// # #[cfg(feature = "rusqlite")] {
    /// use migrate_runtime::{Migrations, Migrator, Moment, embed_migrations};
    ///
    /// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
    ///
    /// let mut conn = rusqlite::Connection::open_in_memory()?;
    /// Migrator::new(&MIGRATIONS)
    ///     .hook(|moment, db| match moment {
    ///         Moment::BeforeCommit => db.execute("PRAGMA optimize", &[]).map(drop),
    ///         _ => Ok(()),
    ///     })
    ///     .run(&mut conn)?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn hook(
        mut self,
        hook: impl FnMut(Moment<'_>, &mut Context<'_>) -> Result<()> + Send + 'm,
    ) -> Self {
        self.hook = Some(Hook::Sync(Box::new(hook)));
        self
    }

    /// [`hook`](Migrator::hook) with an async function, which runs on every driver.
    #[must_use]
    pub fn hook_async(
        mut self,
        hook: impl for<'a> FnMut(Moment<'a>, &'a mut AsyncContext<'_>) -> BoxedStep<'a> + Send + 'm,
    ) -> Self {
        self.hook = Some(Hook::Async(Box::new(hook)));
        self
    }

    /// How many transactions a plan takes.
    #[must_use]
    pub fn transactions(mut self, transactions: Transactions) -> Self {
        self.settings.transactions = transactions;
        self
    }

    /// How processes are kept apart.
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.settings.lock = lock;
        self
    }

    /// How to open a second connection, which holds the lock while a `no transaction` step runs on
    /// the first. Without it the first holds a session lock, which a pooler in transaction mode
    /// would leave behind on another server connection: it can't be detected, so say it here.
    /// On SQLite nothing needs it.
    #[must_use]
    pub fn connector<C: Connection + Send + 'static, E>(
        mut self,
        mut connect: impl FnMut() -> Result<C, E> + Send + 'static,
    ) -> Self
    where
        Error: From<E>,
    {
        if let Some(connector) = C::connector(&mut self.connectors) {
            *connector = Some(Box::new(move || {
                Box::pin(std::future::ready(connect().map_err(Error::from)))
            }));
        }
        self
    }

    /// [`connector`](Migrator::connector) for an async driver. On tokio-postgres the future also has to drive the
    /// connection, by spawning it.
    #[cfg(feature = "_async")]
    #[must_use]
    pub fn connector_async<C: AsyncConnection, F>(
        mut self,
        mut connect: impl FnMut() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<C>> + Send + 'static,
    {
        if let Some(connector) = C::connector(&mut self.connectors) {
            *connector = Some(Box::new(move || Box::pin(connect())));
        }
        self
    }

    /// How long to wait in all: for another process that migrates, for a locked database, for tables that others use;
    /// a minute unless said otherwise. Once it is over, the run fails with
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked), and nothing is changed.
    ///
    /// On SQLite the connection's own `busy_timeout` doesn't count and is put back, but for the first read of a start
    /// that nobody watches and whose `lock_wait` nobody named: to ask for it would be a second statement. So it is through
    /// sqlx and diesel on PostgreSQL, which can't cancel a statement: that first read of theirs waits for a table of the
    /// record as long as the session's own `lock_timeout` says.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.settings.lock_wait = wait;
        self.settings.has_lock_wait = true;
        self
    }

    /// PostgreSQL's `lock_timeout` for the statements of the scripts: how long one waits for a table that others use,
    /// before its transaction is rolled back, which lets them through, and tried again within
    /// [`lock_wait`](Migrator::lock_wait). [`Duration::ZERO`] is no limit.
    ///
    /// Unless it is said, the limit is that of the session, and where that has none, two seconds: who waits for a table
    /// keeps out whoever comes after, reads too. Two sorts of statements then wait longer, because their wait keeps
    /// nobody out: one that changes rows (`UPDATE`, `INSERT` ..) waits as long as `lock_wait`, unless its
    /// transaction has locked a table before; one with `CONCURRENTLY` has no limit, because cut short it leaves an
    /// INVALID index.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.settings.lock_timeout = Some(timeout);
        self
    }

    /// PostgreSQL's `statement_timeout` for the statements of the scripts; [`Duration::ZERO`] is no limit. Unless it is
    /// said, it is that of the session.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.settings.statement_timeout = Some(timeout);
        self
    }

    /// PostgreSQL: the schema of the tables that keep the record; by default `current_schema()`.
    /// On SQLite they are always in `main`.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.settings.schema = Some(schema.into());
        self
    }

    /// What the names of those tables start with; by default `migrate`, as in `migrate_revision`.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.table_prefix = Cow::Owned(prefix.into());
        self
    }

    /// SQLite: keeps 31 bits of the head's fingerprint in `PRAGMA user_version`, and takes a start
    /// for up to date when it finds those of the chain's head there: a pragma is read without
    /// loading the schema. Off by default, because that integer belongs to the app. For one chain
    /// with one head; the next revision that is applied writes it.
    ///
    /// ```
    /// # #[cfg(feature = "rusqlite")] {
    /// use migrate_runtime::{Migrations, Migrator, Outcome, embed_migrations};
    ///
    /// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
    ///
    /// let mut conn = rusqlite::Connection::open_in_memory()?;
    /// let mut migrator = Migrator::new(&MIGRATIONS).user_version(true);
    /// assert_eq!(migrator.run(&mut conn)?.outcome, Outcome::Applied);
    /// assert_eq!(migrator.run(&mut conn)?.outcome, Outcome::UpToDate);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn user_version(mut self, keep: bool) -> Self {
        self.settings.user_version = keep;
        self
    }

    /// Lets [`stamp`](Migrator::stamp) record less than is recorded now, which it refuses otherwise: the next upgrade
    /// would run again what is recorded as applied.
    #[must_use]
    pub fn stamp_back(mut self, allowed: bool) -> Self {
        self.settings.stamp_back = allowed;
        self
    }

    /// The release that the history names; by default that of the crate that embeds the chain.
    #[must_use]
    pub fn app_version(mut self, version: impl Into<String>) -> Self {
        self.settings.app_version = Some(version.into());
        self
    }

    pub(crate) fn release(&self) -> &str {
        match &self.settings.app_version {
            Some(version) => version,
            None => self.migrations.app_version(),
        }
    }
}

impl fmt::Debug for Migrator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator")
            .field("migrations", &self.migrations)
            .field("settings", &self.settings)
            .field("asks", &self.ask.is_some())
            .field("is_observed", &self.observer.is_some())
            .finish()
    }
}

/// The entry points: each operation twice, over the same engine; blocking, and with `_async` for the async drivers.
macro_rules! entry_points {
    ({ $(
        $(#[$doc:meta])*
        $name:ident, $name_async:ident ($($argument:ident: $type:ty),*) -> $output:ty
            = |$engine:ident| $call:expr;
    )* }) => {
        impl Migrator<'_> {
            $(
                $(#[$doc])*
                pub fn $name<C: Connection>(&mut self, conn: &mut C $(, $argument: $type)*) -> Result<$output> {
                    conn.$name(self $(, $argument)*)
                }
            )*

            $(
                #[doc = concat!("[`", stringify!($name), "`](Migrator::", stringify!($name), ") on an async driver. Dropping the future leaves no half step and, once the server has finished the message in flight, no lock.")]
                ///
                /// # Errors
                ///
                /// As the blocking form.
                #[cfg(feature = "_async")]
                pub async fn $name_async<C: AsyncConnection>(&mut self, conn: &mut C $(, $argument: $type)*) -> Result<$output> {
                    conn.$name_async(self $(, $argument)*).await
                }
            )*
        }

        /// A connection of a blocking driver that can be migrated, each behind a feature: `rusqlite::Connection` (`rusqlite`),
        /// `postgres::Client` (`postgres`), `diesel::PgConnection` (`diesel-postgres`) and `diesel::SqliteConnection`
        /// (`diesel-sqlite`).
        ///
        /// The trait is sealed, and its functions are those of [`Migrator`]. A pool's guard is passed as
        /// `&mut *guard`. Async connections have the `_async` functions, see [`AsyncConnection`].
        // Its functions are compiled in this crate: a generic one would be compiled, with the whole
        // engine below it, in each app that calls it.
        #[diagnostic::on_unimplemented(
            message = "`{Self}` is no blocking connection that this build can migrate",
            note = "enable the feature of migrate-runtime for the driver (`rusqlite`, `postgres`, `diesel-postgres`, `diesel-sqlite`), with the version that the app uses; async drivers have `run_async` and the like"
        )]
        #[allow(private_bounds)]
        pub trait Connection: Driver {
            $(
                #[doc(hidden)]
                fn $name(&mut self, migrator: &mut Migrator<'_> $(, $argument: $type)*) -> Result<$output>;
            )*
        }

        /// A connection of an async driver that can be migrated, each behind a feature: `tokio_postgres::Client`
        /// (`tokio-postgres`), `sqlx::PgConnection` of sqlx 0.9 (`sqlx-postgres`) or 0.8 (`sqlx-0_8-postgres`), and
        /// `sqlx::SqliteConnection` of either (`sqlx-sqlite`).
        ///
        /// The trait is sealed, and its functions are those of [`Migrator`] with `_async`, whose futures are `Send`. A
        /// pool's guard is passed as `&mut *guard`: `&mut *pool.acquire().await?`.
        #[cfg(feature = "_async")]
        #[diagnostic::on_unimplemented(
            message = "`{Self}` is no async connection that this build can migrate",
            note = "enable the feature of migrate-runtime for the driver and its version (`tokio-postgres`, `sqlx-postgres` for sqlx 0.9, `sqlx-0_8-postgres`, `sqlx-sqlite`); a pool's guard is passed as `&mut *guard`; blocking drivers have `run` and the like"
        )]
        #[allow(private_bounds)]
        pub trait AsyncConnection: Driver + Send {
            $(
                #[doc(hidden)]
                fn $name_async(&mut self, migrator: &mut Migrator<'_> $(, $argument: $type)*) -> impl Future<Output = Result<$output>> + Send;
            )*
        }

        impl Migrations {
            $(
                $(#[$doc])*
                pub fn $name<C: Connection>(&self, conn: &mut C $(, $argument: $type)*) -> Result<$output> {
                    Migrator::new(self).$name(conn $(, $argument)*)
                }
            )*

            $(
                #[doc = concat!("[`", stringify!($name), "`](Migrations::", stringify!($name), ") on an async driver.")]
                ///
                /// # Errors
                ///
                /// As the blocking form.
                #[cfg(feature = "_async")]
                pub async fn $name_async<C: AsyncConnection>(&self, conn: &mut C $(, $argument: $type)*) -> Result<$output> {
                    Migrator::new(self).$name_async(conn $(, $argument)*).await
                }
            )*
        }
    };
}

/// The operations on a blocking driver's connection.
#[cfg(any(
    feature = "rusqlite",
    feature = "postgres",
    feature = "diesel-postgres",
    feature = "diesel-sqlite"
))]
macro_rules! blocking {
    ($database:ident, $name_of_driver:ident, $connection:ty, { $(
        $(#[$doc:meta])*
        $name:ident, $name_async:ident ($($argument:ident: $type:ty),*) -> $output:ty
            = |$engine:ident| $call:expr;
    )* }) => {
        impl Connection for $connection {
            $(
                fn $name(&mut self, migrator: &mut Migrator<'_> $(, $argument: $type)*) -> Result<$output> {
                    let $engine = Engine::new($database::new(self), linked::$name_of_driver(migrator.migrations), migrator)?;
                    blocking($call)
                }
            )*
        }
    };
}

/// The operations on an async driver's connection.
#[cfg(feature = "_async")]
macro_rules! asynchronous {
    ($database:ident, $name_of_driver:ident, $connection:ty, { $(
        $(#[$doc:meta])*
        $name:ident, $name_async:ident ($($argument:ident: $type:ty),*) -> $output:ty
            = |$engine:ident| $call:expr;
    )* }) => {
        impl AsyncConnection for $connection {
            $(
                async fn $name_async(&mut self, migrator: &mut Migrator<'_> $(, $argument: $type)*) -> Result<$output> {
                    let $engine = Engine::new($database::new(self), linked::$name_of_driver(migrator.migrations), migrator)?;
                    $call.await
                }
            )*
        }
    };
}

macro_rules! operations {
    ($operations:tt) => {
        entry_points! { $operations }

        #[cfg(feature = "rusqlite")]
        blocking! { Sqlite, rusqlite, rusqlite::Connection, $operations }
        #[cfg(feature = "postgres")]
        blocking! { Postgres, postgres, postgres::Client, $operations }
        #[cfg(feature = "diesel-postgres")]
        blocking! { Postgres, diesel_postgres, diesel::PgConnection, $operations }
        #[cfg(feature = "diesel-sqlite")]
        blocking! { Sqlite, diesel_sqlite, diesel::SqliteConnection, $operations }
        #[cfg(feature = "tokio-postgres")]
        asynchronous! { Postgres, tokio_postgres, tokio_postgres::Client, $operations }
        #[cfg(feature = "sqlx-postgres")]
        asynchronous! { Postgres, sqlx_postgres, sqlx_postgres_0_9::PgConnection, $operations }
        #[cfg(feature = "sqlx-0_8-postgres")]
        asynchronous! { Postgres, sqlx_0_8_postgres, sqlx_postgres_0_8::PgConnection, $operations }
        #[cfg(feature = "sqlx-sqlite")]
        asynchronous! { Sqlite, sqlx_sqlite, sqlx::SqliteConnection, $operations }
    };
}

#[cfg(any(
    feature = "rusqlite",
    feature = "postgres",
    feature = "diesel-postgres",
    feature = "diesel-sqlite"
))]
fn blocking<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    // Whatever could be pending has been dealt with where it is awaited.
    crate::driver::ready(future)
        .unwrap_or_else(|| Err(Error::internal("a blocking driver was not ready")))
}

operations! { {
    /// What an app does when it starts: one statement and one round trip when nothing is pending;
    /// otherwise what [`Startup`] says.
    ///
    /// # Errors
    ///
    /// Whatever keeps the database from being at the chain's head; it is then as it was before the
    /// transaction that failed.
    run, run_async () -> Report = |engine| engine.run();

    /// Judges the database as [`run`](Migrator::run) does with [`Startup::Check`], whatever was set: up to date, ahead and
    /// compatible, or the error with which such a start refuses. Changes nothing.
    ///
    /// # Errors
    ///
    /// What is pending, in progress, edited, unknown, ahead and breaking, or on another branch.
    check, check_async () -> Report = |engine| engine.start(Request::Check);

    /// Runs the upgrades up to a target, such as `head`, `+1` or a revision's id.
    ///
    /// # Errors
    ///
    /// A target that leads nowhere, or a step that failed: its transaction is rolled back.
    upgrade, upgrade_async (target: &str) -> Report
        = |engine| async { engine.command(Request::Goal(Goal::Upgrade(&target.parse()?))).await };

    /// Runs the downgrades down to a target, such as `-1`, `base` or a revision's id.
    ///
    /// # Errors
    ///
    /// A target that leads nowhere, a revision on the way that is irreversible (before anything
    /// runs), or a step that failed: its transaction is rolled back.
    downgrade, downgrade_async (target: &str) -> Report
        = |engine| async { engine.command(Request::Goal(Goal::Downgrade(&target.parse()?))).await };

    /// Records revisions as applied, and all they stand on, without running anything; `base`
    /// records that nothing is.
    ///
    /// # Errors
    ///
    /// Targets of which one is below another, that lead nowhere, or that record less than is recorded now without
    /// [`stamp_back`](Migrator::stamp_back).
    stamp, stamp_async (targets: &[&str]) -> Report
        = |engine| async { engine.command(Request::Goal(Goal::Stamp(&parsed(targets)?))).await };

    /// [Stamps](Migrator::stamp) after forgetting every recorded revision, known to this program or
    /// not.
    ///
    /// # Errors
    ///
    /// As [`stamp`](Migrator::stamp).
    stamp_purge, stamp_purge_async (targets: &[&str]) -> Report
        = |engine| async { engine.command(Request::Purge(&parsed(targets)?)).await };

    /// Records what another tool has applied, as `adopt.sql` finds it, and runs nothing. A start and an upgrade do the same
    /// before they run what is pending.
    ///
    /// # Errors
    ///
    /// What the other tool has applied is not what this chain stands for, see [`Error::refusal`].
    adopt, adopt_async () -> Report = |engine| engine.command(Request::Adopt);

    /// What [`adopt`](Migrator::adopt) would record; changes nothing.
    ///
    /// # Errors
    ///
    /// As [`adopt`](Migrator::adopt).
    plan_adopt, plan_adopt_async () -> Plan = |engine| engine.plan(Request::Adopt);

    /// How what another tool has applied differs from what is recorded; `None` where the chain takes over no tool's databases.
    /// Changes nothing.
    ///
    /// # Errors
    ///
    /// As [`adopt`](Migrator::adopt).
    other_tool, other_tool_async () -> Option<OtherTool> = |engine| engine.other_tool();

    /// The steps that an upgrade or downgrade would take, complete and checked; changes nothing.
    ///
    /// # Errors
    ///
    /// As the operation itself, before it changes anything.
    plan, plan_async (goal: Goal<'_>) -> Plan = |engine| engine.plan(Request::Goal(goal));

    /// What [`stamp_purge`](Migrator::stamp_purge) would record and forget; changes nothing.
    ///
    /// # Errors
    ///
    /// As [`stamp_purge`](Migrator::stamp_purge), before it changes anything.
    plan_purge, plan_purge_async (targets: &[&str]) -> Plan
        = |engine| async { engine.plan(Request::Purge(&parsed(targets)?)).await };

    /// The recorded heads, empty at base.
    ///
    /// # Errors
    ///
    /// The database can't be read.
    current, current_async () -> Vec<String> = |engine| engine.current();

    /// The `no transaction` step that is under way or was interrupted, if there is one.
    ///
    /// # Errors
    ///
    /// The database can't be read.
    in_progress, in_progress_async () -> Option<StepInProgress> = |engine| engine.in_progress();

    /// The name of the environment that the database remembers, such as `staging`.
    ///
    /// # Errors
    ///
    /// The database can't be read.
    environment, environment_async () -> Option<String> = |engine| engine.environment();

    /// Makes the database remember the name of its environment, so that a wrong URL is noticed.
    /// `false`: it has no tables to keep it in, since nothing was applied yet.
    ///
    /// # Errors
    ///
    /// The database can't be written to.
    set_environment, set_environment_async (name: &str) -> bool
        = |engine| engine.set_environment(name);

    /// The chain, newest first, with what the database has applied of it.
    ///
    /// # Errors
    ///
    /// The database can't be read, or has something recorded that doesn't fit the chain.
    history, history_async () -> Vec<HistoryEntry> = |engine| engine.history();

    /// The audit log, oldest first: who did what and when.
    ///
    /// # Errors
    ///
    /// The database can't be read.
    log, log_async () -> Vec<LogEntry> = |engine| engine.log();

    /// Every applied revision that is not as it was when it was applied.
    ///
    /// # Errors
    ///
    /// The database can't be read.
    verify, verify_async () -> Vec<Difference> = |engine| engine.verify();

    /// Accepts edited content after a person has looked: records the fingerprints of this chain, and
    /// a row in the audit log for each revision whose fingerprint changes. Tells what was edited.
    ///
    /// # Errors
    ///
    /// Changed ancestry, which can't be repaired.
    repair, repair_async () -> Vec<Difference>
        = |engine| engine.repair();

    /// Carries out what a person decided of an interrupted non-transactional step.
    ///
    /// # Errors
    ///
    /// There is none; or for [`Resolution::Retry`], the script has changed, or fails again.
    resolve, resolve_async (resolution: Resolution) -> Report
        = |engine| engine.command(Request::Resolve(resolution));
} }

fn parsed(targets: &[&str]) -> Result<Vec<Target>> {
    let parse = |target: &&str| target.parse().map_err(Error::from);
    targets.iter().map(parse).collect()
}
