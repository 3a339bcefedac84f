//! What every operation promises, whichever plan it makes: of the chain, of the log, or of what is recorded only.
//!
//! Each entry point that changes a database goes through the same list, on every driver, so that none of them can grow a
//! loop of its own that forgets the hook, the events, the lock, another try or a lost COMMIT.

mod dropped;
mod passing;

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use migrate_runtime::{
    Error, Event, Lock, Migrations, Migrator, Moment, OnAhead, Report, Resolution, Result,
};
use migrate_tests::{Cut, Proxy, When};

use crate::support::{Engine, Postgres, Sqlite, Versions};

/// What changes a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Run,
    Upgrade,
    Downgrade,
    StoredDowngrade,
    Stamp,
    StampPurge,
    Repair,
    ResolveApplied,
    ResolveRolledBack,
    ResolveRetry,
    /// A step outside a transaction.
    RunOutside,
}

use Operation::{
    Downgrade, Repair, ResolveApplied, ResolveRetry, ResolveRolledBack, Run, RunOutside, Stamp,
    StampPurge, StoredDowngrade, Upgrade,
};

const ALL: [Operation; 11] = [
    Run,
    Upgrade,
    Downgrade,
    StoredDowngrade,
    Stamp,
    StampPurge,
    Repair,
    ResolveApplied,
    ResolveRolledBack,
    ResolveRetry,
    RunOutside,
];

impl Operation {
    /// The revision of its one step, if it takes one.
    fn revision(self) -> Option<&'static str> {
        match self {
            Repair => Some("a1"),
            ResolveRolledBack => None,
            _ => Some("b1"),
        }
    }

    fn in_transaction(self) -> bool {
        !matches!(self, RunOutside | ResolveRetry)
    }

    /// The recorded head once it is through.
    fn head(self) -> &'static str {
        match self {
            Downgrade | StoredDowngrade | StampPurge | Repair | ResolveRolledBack => "a1",
            _ => "b1",
        }
    }

    /// The chain that it is asked of.
    fn chain<E: Engine>(self) -> Migrations {
        match self {
            StoredDowngrade | Repair => first("INTEGER").load::<E>(),
            RunOutside | ResolveApplied | ResolveRolledBack | ResolveRetry => outside().load::<E>(),
            _ => both::<E>().load::<E>(),
        }
    }

    /// Makes what it is asked to change.
    fn prepare<E: Engine>(self, database: &E) {
        let mut client = database.connect();
        match self {
            Run | Upgrade | Stamp | RunOutside => {
                first("INTEGER").load::<E>().run(&mut client).unwrap();
            }
            Downgrade | StoredDowngrade | StampPurge => {
                both::<E>().load::<E>().run(&mut client).unwrap();
            }
            Repair => {
                first("BIGINT").load::<E>().run(&mut client).unwrap();
            }
            ResolveApplied | ResolveRolledBack | ResolveRetry => {
                outside().load::<E>().run(&mut client).unwrap_err();
            }
        }
        if matches!(self, ResolveRetry | RunOutside) {
            E::execute(&mut client, "CREATE TABLE missing (x INTEGER)");
        }
    }

    fn blocking<C: migrate_runtime::Connection>(
        self,
        migrator: &mut Migrator<'_>,
        client: &mut C,
    ) -> Result<Report> {
        match self {
            Run | RunOutside | StoredDowngrade => migrator.run(client),
            Upgrade => migrator.upgrade(client, "head"),
            Downgrade => migrator.downgrade(client, "-1"),
            Stamp => migrator.stamp(client, &["b1"]),
            StampPurge => migrator.stamp_purge(client, &["a1"]),
            Repair => migrator.repair(client).map(|found| {
                assert_eq!(found.len(), 1);
                migrator.check(client).unwrap()
            }),
            ResolveApplied => migrator.resolve(client, Resolution::Applied),
            ResolveRolledBack => migrator.resolve(client, Resolution::RolledBack),
            ResolveRetry => migrator.resolve(client, Resolution::Retry),
        }
    }

    async fn awaited(
        self,
        migrator: &mut Migrator<'_>,
        client: &mut tokio_postgres::Client,
    ) -> Result<Report> {
        match self {
            Run | RunOutside | StoredDowngrade => migrator.run_async(client).await,
            Upgrade => migrator.upgrade_async(client, "head").await,
            Downgrade => migrator.downgrade_async(client, "-1").await,
            Stamp => migrator.stamp_async(client, &["b1"]).await,
            StampPurge => migrator.stamp_purge_async(client, &["a1"]).await,
            Repair => {
                assert_eq!(migrator.repair_async(client).await?.len(), 1);
                migrator.check_async(client).await
            }
            ResolveApplied => migrator.resolve_async(client, Resolution::Applied).await,
            ResolveRolledBack => migrator.resolve_async(client, Resolution::RolledBack).await,
            ResolveRetry => migrator.resolve_async(client, Resolution::Retry).await,
        }
    }
}

fn first(column: &str) -> Versions {
    let up = format!("CREATE TABLE a (x {column});");
    Versions::new().sql("a1", "", &up, "DROP TABLE a;")
}

/// Scripts that leave the session otherwise than they found it.
fn both<E: Engine>() -> Versions {
    let leaves = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => "",
        _ => "\nSET search_path TO nowhere;",
    };
    first("INTEGER").sql(
        "b1",
        "a1",
        &format!("CREATE TABLE b (x INTEGER);{leaves}"),
        &format!("DROP TABLE b;{leaves}"),
    )
}

/// A step that stops at its second statement as long as a table is missing.
fn outside() -> Versions {
    first("INTEGER").with(
        "b1",
        "a1",
        "",
        "-- upgrade (no transaction)\nINSERT INTO a VALUES (1);\nINSERT INTO missing VALUES (1);\n\n-- downgrade: nothing",
    )
}

/// A database, and the driver that reaches it.
enum Reached {
    Rusqlite(Sqlite),
    Postgres(Postgres),
    Tokio(Postgres),
}

impl Reached {
    fn all() -> [Reached; 3] {
        [
            Reached::Rusqlite(Sqlite::new()),
            Reached::Postgres(Postgres::new()),
            Reached::Tokio(Postgres::new()),
        ]
    }

    fn on_postgres() -> [Reached; 2] {
        [
            Reached::Postgres(Postgres::new()),
            Reached::Tokio(Postgres::new()),
        ]
    }

    fn name(&self) -> &'static str {
        match self {
            Reached::Rusqlite(_) => "rusqlite",
            Reached::Postgres(_) => "postgres",
            Reached::Tokio(_) => "tokio-postgres",
        }
    }

    fn postgres(&self) -> &Postgres {
        match self {
            Reached::Rusqlite(_) => panic!("no PostgreSQL"),
            Reached::Postgres(database) | Reached::Tokio(database) => database,
        }
    }

    fn prepare(&self, operation: Operation) -> Migrations {
        match self {
            Reached::Rusqlite(database) => {
                operation.prepare(database);
                operation.chain::<Sqlite>()
            }
            Reached::Postgres(database) | Reached::Tokio(database) => {
                operation.prepare(database);
                operation.chain::<Postgres>()
            }
        }
    }

    /// Carries it out, and looks at the session afterwards.
    fn execute(&self, operation: Operation, migrator: &mut Migrator<'_>) -> Result<Report> {
        match self {
            Reached::Rusqlite(database) => {
                let mut client = database.connect();
                // The connection's own wait would count beside the engine's.
                client.busy_timeout(Duration::ZERO).unwrap();
                Sqlite::execute(&mut client, "PRAGMA foreign_keys = ON");
                let done = operation.blocking(migrator, &mut client);
                assert!(client.is_autocommit(), "{operation:?}");
                assert_eq!(Sqlite::column(&mut client, "PRAGMA foreign_keys"), ["1"]);
                done
            }
            Reached::Postgres(database) => {
                let mut client = database.connect();
                let done = operation.blocking(migrator, &mut client);
                assert_eq!(Postgres::rows(&mut client, SESSION), [UNCHANGED]);
                done
            }
            Reached::Tokio(database) => {
                let url = database.0.url();
                in_runtime(&url, async |client| {
                    let done = operation.awaited(migrator, client).await;
                    let row = client.query_one(SESSION, &[]).await.unwrap();
                    let cells: Vec<String> = (0..3).map(|at| row.get(at)).collect();
                    assert_eq!(cells, UNCHANGED);
                    done
                })
            }
        }
    }

    /// True while nobody else could migrate.
    fn is_locked(&self) -> bool {
        match self {
            Reached::Rusqlite(database) => {
                let client = database.connect();
                client.busy_timeout(Duration::ZERO).unwrap();
                client.execute_batch("BEGIN IMMEDIATE").is_err()
            }
            Reached::Postgres(database) | Reached::Tokio(database) => {
                let count = apart(|| {
                    Postgres::column(
                        &mut database.connect(),
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
                         (SELECT oid FROM pg_database WHERE datname = current_database())",
                    )
                });
                count == ["1"]
            }
        }
    }

    fn heads(&self) -> Vec<String> {
        match self {
            Reached::Rusqlite(database) => Sqlite::heads(&mut database.connect()),
            Reached::Postgres(database) | Reached::Tokio(database) => {
                apart(|| Postgres::heads(&mut database.connect()))
            }
        }
    }
}

const SESSION: &str = "SELECT current_setting('search_path'), current_setting('role'), current_setting('lock_timeout')";
const UNCHANGED: [&str; 3] = ["\"$user\", public", "none", "0"];

/// On a thread of its own: a blocking client may not live on one of an async runtime.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

fn in_runtime<T>(url: &str, test: impl AsyncFnOnce(&mut tokio_postgres::Client) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        let running = tokio::spawn(connection);
        let done = test(&mut client).await;
        running.abort();
        done
    })
}

fn builder(operation: Operation, migrations: &Migrations) -> Migrator<'_> {
    let migrator = Migrator::new(migrations);
    match operation {
        StoredDowngrade => migrator.on_ahead(OnAhead::Downgrade),
        _ => migrator,
    }
}

#[test]
fn hooks_events_lock_and_session() {
    for operation in ALL {
        for reached in Reached::all() {
            let case = format!("{operation:?} on {}", reached.name());
            let migrations = reached.prepare(operation);
            let told = Mutex::new(Vec::new());
            let note = |text: String| told.lock().unwrap().push(text);
            let holds_lock = operation.in_transaction() || !matches!(reached, Reached::Rusqlite(_));
            let mut migrator = builder(operation, &migrations)
                .on_event(|event| match event {
                    Event::Planned { plan } => {
                        assert_eq!(plan.steps.len(), operation.revision().iter().len());
                        note("planned".to_owned());
                    }
                    Event::StepStarted { step, .. } => note(format!("started {}", step.revision)),
                    Event::StepFinished { step, .. } => note(format!("finished {}", step.revision)),
                    Event::Committed { heads } => note(format!("committed at {}", heads.join(" "))),
                    other => note(format!("{other:?}")),
                })
                .hook_async(|moment, _| {
                    assert_eq!(reached.is_locked(), holds_lock, "{case}: {moment}");
                    note(match moment {
                        Moment::BeforeStep(step) => format!("hook before {}", step.revision),
                        Moment::AfterStep(step) => format!("hook after {}", step.revision),
                        _ => "hook before commit".to_owned(),
                    });
                    Box::pin(async { Ok(()) })
                });
            reached
                .execute(operation, &mut migrator)
                .unwrap_or_else(|error| panic!("{case}: {error:#}"));
            drop(migrator);
            let mut expected = vec!["planned".to_owned()];
            if let Some(id) = operation.revision() {
                expected.extend([
                    format!("started {id}"),
                    format!("hook before {id}"),
                    format!("hook after {id}"),
                    format!("finished {id}"),
                ]);
            }
            if operation.in_transaction() {
                expected.push("hook before commit".to_owned());
            }
            expected.push(format!("committed at {}", operation.head()));
            assert_eq!(*told.lock().unwrap(), expected, "{case}");
            assert_eq!(reached.heads(), [operation.head()], "{case}");
        }
    }
}

#[test]
fn a_hook_that_refuses_keeps_the_record() {
    for operation in ALL.into_iter().filter(|one| one.in_transaction()) {
        for reached in Reached::all() {
            let case = format!("{operation:?} on {}", reached.name());
            let migrations = reached.prepare(operation);
            let before = reached.heads();
            let mut migrator = builder(operation, &migrations).hook_async(|moment, _| {
                let refuses = matches!(moment, Moment::BeforeCommit);
                Box::pin(async move {
                    if refuses {
                        Err(Error::other("not today"))
                    } else {
                        Ok(())
                    }
                })
            });
            let error = reached.execute(operation, &mut migrator).unwrap_err();
            assert_eq!(error.to_string(), "the hook before COMMIT failed", "{case}");
            assert_eq!(reached.heads(), before, "{case}");
        }
    }
}

/// A lock that is not obtained in time is tried for again, as a deadlock is.
#[test]
fn a_passing_failure_is_tried_again() {
    for operation in ALL {
        for reached in Reached::on_postgres() {
            let case = format!("{operation:?} on {}", reached.name());
            let migrations = reached.prepare(operation);
            let database = reached.postgres();
            thread::scope(|scope| {
                let (release, released) = mpsc::channel::<()>();
                let (hold, held) = mpsc::channel::<()>();
                scope.spawn(move || {
                    let mut other = database.connect();
                    Postgres::execute(
                        &mut other,
                        "BEGIN; LOCK TABLE migrate_revision IN SHARE MODE",
                    );
                    hold.send(()).unwrap();
                    let _ = released.recv();
                    Postgres::execute(&mut other, "ROLLBACK");
                });
                held.recv().unwrap();
                let release = Mutex::new(Some(release));
                let retried = Mutex::new(0);
                let mut migrator = builder(operation, &migrations)
                    .lock_timeout(Duration::from_millis(50))
                    .on_event(|event| {
                        if let Event::Retrying { reason, .. } = event {
                            assert!(reason.contains("lock timeout"), "{case}: {reason}");
                            *retried.lock().unwrap() += 1;
                            drop(release.lock().unwrap().take());
                        }
                    });
                reached
                    .execute(operation, &mut migrator)
                    .unwrap_or_else(|error| panic!("{case}: {error:#}"));
                drop(migrator);
                assert!(*retried.lock().unwrap() >= 1, "{case}");
            });
            assert_eq!(reached.heads(), [operation.head()], "{case}");
        }
    }
}

/// Carries it out through a proxy that breaks the connection at COMMIT; another connection may be asked.
fn cut_at_commit(
    reached: &Reached,
    operation: Operation,
    migrations: &Migrations,
    cut: Cut,
    lock: Lock,
) -> Result<Report> {
    let database = reached.postgres();
    let proxy = Proxy::new(&database.0);
    let migrator = builder(operation, migrations).lock(lock);
    match reached {
        Reached::Tokio(_) => {
            let url = Arc::new(database.0.url());
            let mut migrator = migrator.connector_async(move || {
                let url = Arc::clone(&url);
                async move {
                    let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
                    let (client, connection) = connected.map_err(Error::other)?;
                    tokio::spawn(connection);
                    Ok(client)
                }
            });
            in_runtime(&proxy.url(), async |client| {
                proxy.cut(When::Text(";\nCOMMIT"), cut);
                operation.awaited(&mut migrator, client).await
            })
        }
        _ => {
            let config = database.0.config();
            let mut migrator =
                migrator.connector(move || config.connect(postgres::NoTls).map_err(Error::other));
            let mut client = proxy.connect();
            proxy.cut(When::Text(";\nCOMMIT"), cut);
            operation.blocking(&mut migrator, &mut client)
        }
    }
}

#[test]
fn a_lost_commit_is_confirmed() {
    // What looks at the database afterwards would need the connection that is gone.
    let operations = ALL.into_iter();
    for operation in operations.filter(|one| one.in_transaction() && *one != Repair) {
        for cut in [Cut::Before, Cut::After] {
            for reached in Reached::on_postgres() {
                let case = format!("{operation:?} on {}, cut {cut:?}", reached.name());
                let migrations = reached.prepare(operation);
                let before = reached.heads();
                let done = cut_at_commit(&reached, operation, &migrations, cut, Lock::Auto);
                match (cut, operation.revision(), done) {
                    (Cut::After, Some(_), done) => {
                        let report = done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
                        assert_eq!(report.to, [operation.head()], "{case}");
                        assert_eq!(reached.heads(), [operation.head()], "{case}");
                    }
                    (_, Some(id), done) => {
                        let story = format!("{:#}", done.unwrap_err());
                        let says = format!("the connection broke before `{id}` was committed");
                        assert!(story.contains(&says), "{case}: {story}");
                        assert_eq!(reached.heads(), before, "{case}");
                    }
                    // No row of the log tells of it.
                    (_, None, done) => {
                        let story = format!("{:#}", done.unwrap_err());
                        assert!(
                            story.contains("either all of it is recorded or nothing"),
                            "{case}: {story}"
                        );
                    }
                }
            }
        }
    }
}

/// Without a lock nothing tells whether the server is still at work on the COMMIT.
#[test]
fn a_lost_commit_without_a_lock_claims_nothing() {
    for (cut, committed) in [(Cut::Before, false), (Cut::After, true)] {
        for reached in Reached::on_postgres() {
            let migrations = reached.prepare(Run);
            let done = cut_at_commit(&reached, Run, &migrations, cut, Lock::None);
            if committed {
                assert_eq!(
                    done.unwrap().to,
                    ["b1"],
                    "it is there, so that much is known"
                );
                continue;
            }
            let story = format!("{:#}", done.unwrap_err());
            assert!(
                story.contains("either all of it is recorded or nothing"),
                "{story}"
            );
            assert!(story.contains("nobody can tell whether"), "{story}");
            assert!(!story.contains("rolled back"), "{story}");
        }
    }
}
