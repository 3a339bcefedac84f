//! What every operation promises, whichever plan it makes: of the chain, of the log, or of what is recorded only.
//!
//! Each entry point that changes a database goes through the same list, on every driver, so that none of them can grow a
//! loop of its own that forgets the hook, the events, the lock, another try or a lost COMMIT.

mod dropped;
mod passing;

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use migrate_runtime::{
    AsyncConnection, Error, Event, Lock, Migrations, Migrator, Moment, OnAhead, Report, Resolution,
    Result,
};
use migrate_tests::{Cut, Proxy, When};

use crate::reached::{Action, Reached, apart, in_runtime};
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
            RunOutside | ResolveApplied | ResolveRolledBack | ResolveRetry => {
                outside::<E>().load::<E>()
            }
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
                outside::<E>().load::<E>().run(&mut client).unwrap_err();
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

    async fn awaited<C: AsyncConnection>(
        self,
        migrator: &mut Migrator<'_>,
        client: &mut C,
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
    let leaves = leaves::<E>();
    first("INTEGER").sql(
        "b1",
        "a1",
        &format!("CREATE TABLE b (x INTEGER);{leaves}"),
        &format!("DROP TABLE b;{leaves}"),
    )
}

/// What leaves the session otherwise than it was.
fn leaves<E: Engine>() -> &'static str {
    match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => {
            "\nPRAGMA recursive_triggers = ON;\nPRAGMA case_sensitive_like = ON;"
        }
        _ => {
            "\nSET DateStyle TO 'ISO, DMY';\nSELECT pg_catalog.set_config('my.setting', 'theirs', false);\n\
             SET lock_timeout TO '3s';\nSET search_path TO nowhere;"
        }
    }
}

/// A step that stops at its second statement as long as a table is missing.
fn outside<E: Engine>() -> Versions {
    let leaves = leaves::<E>().replace("nowhere", "pg_catalog, public");
    first("INTEGER").with(
        "b1",
        "a1",
        "",
        &format!("-- upgrade (no transaction)\nINSERT INTO a VALUES (1);{leaves}\nINSERT INTO missing VALUES (1);\n\n-- downgrade: nothing"),
    )
}

/// An operation with the settings of its run.
struct Carried<'a, 'm> {
    operation: Operation,
    migrator: &'a mut Migrator<'m>,
}

impl Action for Carried<'_, '_> {
    type Done = Result<Report>;

    fn blocking<C: migrate_runtime::Connection>(self, client: &mut C) -> Self::Done {
        self.operation.blocking(self.migrator, client)
    }

    async fn awaited<C: AsyncConnection>(self, client: &mut C) -> Self::Done {
        self.operation.awaited(self.migrator, client).await
    }
}

impl Reached {
    fn prepare(&self, operation: Operation) -> Migrations {
        match self.sqlite() {
            Some(database) => {
                operation.prepare(database);
                operation.chain::<Sqlite>()
            }
            None => {
                operation.prepare(self.postgres());
                operation.chain::<Postgres>()
            }
        }
    }

    /// Carries it out, and looks at the session afterwards.
    fn execute(&self, operation: Operation, migrator: &mut Migrator<'_>) -> Result<Report> {
        let (session, unchanged) = match self.sqlite() {
            Some(_) => (
                "SELECT foreign_keys || '|' || recursive_triggers || '|' || ('a' LIKE 'A') AS value \
                 FROM pragma_foreign_keys, pragma_recursive_triggers",
                "1|0|1",
            ),
            None => (SESSION, "\"$user\", public|none|0|ISO, MDY|"),
        };
        let carried = Carried {
            operation,
            migrator,
        };
        let (done, found) = self.with_and_read(&self.url(), carried, Some(session));
        assert_eq!(
            found.as_deref(),
            Some(unchanged),
            "{operation:?} on {}",
            self.name()
        );
        done
    }
}

const SESSION: &str = "SELECT current_setting('search_path') || '|' || current_setting('role') || '|' || current_setting('lock_timeout') || '|' || current_setting('DateStyle') || '|' || coalesce(current_setting('my.setting', true), '') AS value";

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
            let holds_lock = operation.in_transaction() || reached.on_server().is_some();
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
            assert!(!reached.is_locked(), "{case}");
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
    let proxy = Proxy::new(database);
    let migrator = builder(operation, migrations).lock(lock);
    let mut migrator = reached.with_connector(migrator);
    let carried = CutAtCommit {
        carried: Carried {
            operation,
            migrator: &mut migrator,
        },
        proxy: &proxy,
        cut,
    };
    reached.with_and_read(&proxy.url(), carried, None).0
}

/// What is carried out while the proxy waits for COMMIT.
struct CutAtCommit<'a, 'm> {
    carried: Carried<'a, 'm>,
    proxy: &'a Proxy,
    cut: Cut,
}

impl CutAtCommit<'_, '_> {
    fn arm(&self) {
        // A statement of its own, or the last of several; BEGIN has the word too.
        self.proxy.cut(When::Ends("COMMIT"), self.cut);
    }
}

impl Action for CutAtCommit<'_, '_> {
    type Done = Result<Report>;

    fn blocking<C: migrate_runtime::Connection>(self, client: &mut C) -> Self::Done {
        self.arm();
        self.carried.blocking(client)
    }

    async fn awaited<C: AsyncConnection>(self, client: &mut C) -> Self::Done {
        self.arm();
        self.carried.awaited(client).await
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
