//! What fails for a reason that passes is tried again, whoever caused it: a deadlock, a transaction that can't be
//! serialized, a file that is busy.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::{ErrorKind, Event, Migrations};

use super::{ALL, Operation, Reached, apart, builder, first};
use crate::support::{Engine, Postgres, Sqlite};

use Operation::{Downgrade, Run, StoredDowngrade, Upgrade};

/// What the database said of each try that failed.
#[derive(Default)]
struct Retries(Mutex<Vec<String>>);

impl Retries {
    fn note(&self, event: &Event<'_>) {
        if let Event::Retrying { reason, .. } = event {
            self.0.lock().unwrap().push((*reason).to_owned());
        }
    }

    /// One try failed, for a reason that says so.
    fn are_one(&self, reason: &str, case: &str) {
        let all = self.0.lock().unwrap();
        assert_eq!(all.len(), 1, "{case}: {all:?}");
        assert!(all[0].contains(reason), "{case}: {all:?}");
    }
}

/// Waits until a query says `t`.
fn until(database: &postgres::Config, what: &str, sql: &str) {
    let mut client = database.connect(postgres::NoTls).unwrap();
    let start = Instant::now();
    while Postgres::column(&mut client, sql) != ["t"] {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A script that fails the first time it is run in each direction: a number that was drawn stays drawn.
fn failing_once(code: &str) -> Migrations {
    let fail = |direction: &str| {
        format!(
            "DO $$ BEGIN IF nextval('{direction}_tries') = 1 THEN \
             RAISE EXCEPTION 'passing' USING ERRCODE = '{code}'; END IF; END $$;"
        )
    };
    let upgrade = format!("CREATE TABLE b (x INTEGER);\n{}", fail("upgrade"));
    let downgrade = format!("DROP TABLE b;\n{}", fail("downgrade"));
    first("INTEGER")
        .sql("b1", "a1", &upgrade, &downgrade)
        .load::<Postgres>()
}

#[test]
fn a_deadlock_or_a_failed_serialization_in_a_script_is_tried_again() {
    for code in ["40P01", "40001"] {
        for operation in [Run, Upgrade, Downgrade, StoredDowngrade] {
            for reached in Reached::on_postgres() {
                if code == "40P01" && matches!(reached, Reached::Diesel(_)) {
                    // diesel doesn't tell that code, and these are not the words of the server's.
                    continue;
                }
                let case = format!("{code}: {operation:?} on {}", reached.name());
                let database = reached.postgres();
                let mut admin = database.connect();
                Postgres::execute(
                    &mut admin,
                    "CREATE SEQUENCE upgrade_tries; CREATE SEQUENCE downgrade_tries",
                );
                let (a1, both) = (first("INTEGER").load::<Postgres>(), failing_once(code));
                match operation {
                    Downgrade | StoredDowngrade => both.run(&mut admin).unwrap(),
                    _ => a1.run(&mut admin).unwrap(),
                };
                let chain = if operation == StoredDowngrade {
                    &a1
                } else {
                    &both
                };
                let retries = Retries::default();
                let mut migrator = builder(operation, chain).on_event(|event| retries.note(event));
                reached
                    .execute(operation, &mut migrator)
                    .unwrap_or_else(|error| panic!("{case}: {error:#}"));
                drop(migrator);
                retries.are_one(": passing", &case);
                assert_eq!(reached.heads(), [operation.head()], "{case}");
            }
        }
    }
}

/// Another session has locked the heads and waits for what the step holds; the step then waits for the heads.
#[test]
fn a_deadlock_over_the_record_is_tried_again() {
    const WAITS: &str =
        "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'held'::regclass";
    for operation in ALL.into_iter().filter(|one| one.in_transaction()) {
        for reached in Reached::on_postgres() {
            let case = format!("{operation:?} on {}", reached.name());
            let migrations = reached.prepare(operation);
            let database = reached.postgres();
            Postgres::execute(&mut database.connect(), "CREATE TABLE held (x INTEGER)");
            // Who waits is the one that looks for deadlocks, and its own wait is what it gives up.
            let mut config = database.config();
            config.options("-c deadlock_timeout=1h");
            let mut other = config.connect(postgres::NoTls).unwrap();
            let ours = format!(
                "ALTER DATABASE {} SET deadlock_timeout = '20ms'",
                database.name()
            );
            Postgres::execute(&mut other, &ours);
            thread::scope(|scope| {
                let (go, gone) = mpsc::channel::<()>();
                scope.spawn(move || {
                    Postgres::execute(&mut other, "BEGIN; LOCK migrate_revision IN SHARE MODE");
                    let _ = gone.recv();
                    Postgres::execute(&mut other, "LOCK held; ROLLBACK");
                });
                until(
                    &database.config(),
                    "the heads are locked",
                    "SELECT count(*) > 0 FROM pg_locks WHERE mode = 'ShareLock' AND relation = 'migrate_revision'::regclass",
                );
                let go = Mutex::new(Some(go));
                let retries = Retries::default();
                let mut migrator = builder(operation, &migrations)
                    .on_event(|event| retries.note(event))
                    .hook_async(|moment, db| {
                        let go = match moment {
                            migrate_runtime::Moment::BeforeCommit => go.lock().unwrap().take(),
                            _ => None,
                        };
                        let config = database.config();
                        Box::pin(async move {
                            let Some(go) = go else { return Ok(()) };
                            db.execute("LOCK TABLE held", &[]).await?;
                            drop(go);
                            apart(|| until(&config, "it waits", WAITS));
                            Ok(())
                        })
                    });
                reached
                    .execute(operation, &mut migrator)
                    .unwrap_or_else(|error| panic!("{case}: {error:#}"));
                drop(migrator);
                retries.are_one("deadlock detected", &case);
            });
            assert_eq!(reached.heads(), [operation.head()], "{case}");
        }
    }
}

/// Who else keeps a SQLite database busy, and how.
const BUSY: [&str; 2] = [
    // Nobody else may write.
    "BEGIN IMMEDIATE",
    // Without a WAL nobody may commit.
    "BEGIN; SELECT count(*) FROM a",
];

#[test]
fn a_busy_file_is_waited_for() {
    for held in BUSY {
        for operation in ALL {
            let case = format!("{operation:?} beside {held}");
            let reached = Reached::Rusqlite(Sqlite::new());
            let migrations = reached.prepare(operation);
            let Reached::Rusqlite(database) = &reached else {
                unreachable!()
            };
            let mut other = database.connect();
            Sqlite::execute(&mut other, held);
            let other = Mutex::new(Some(other));
            let waited = Mutex::new(0);
            let mut migrator = builder(operation, &migrations)
                .lock_wait(Duration::from_secs(60))
                .on_event(|event| {
                    if let Event::Waiting { .. } = event {
                        *waited.lock().unwrap() += 1;
                        drop(other.lock().unwrap().take());
                    }
                });
            reached
                .execute(operation, &mut migrator)
                .unwrap_or_else(|error| panic!("{case}: {error:#}"));
            drop(migrator);
            assert!(*waited.lock().unwrap() >= 1, "{case}");
            assert_eq!(reached.heads(), [operation.head()], "{case}");
        }
    }
}

#[test]
fn a_file_that_stays_busy_is_given_up_on_time() {
    for held in BUSY {
        for operation in ALL {
            let case = format!("{operation:?} beside {held}");
            let reached = Reached::Rusqlite(Sqlite::new());
            let migrations = reached.prepare(operation);
            let Reached::Rusqlite(database) = &reached else {
                unreachable!()
            };
            let before = database.dump();
            let mut other = database.connect();
            Sqlite::execute(&mut other, held);
            let mut migrator =
                builder(operation, &migrations).lock_wait(Duration::from_millis(200));
            let start = Instant::now();
            let error = reached.execute(operation, &mut migrator).unwrap_err();
            assert!(start.elapsed() < Duration::from_secs(5), "{case}");
            drop(other);
            if operation.in_transaction() || held == BUSY[0] {
                assert_eq!(error.kind(), ErrorKind::Locked, "{case}: {error:#}");
                assert_eq!(database.dump(), before, "{case}");
            } else {
                // What came before the statement is done and recorded.
                let story = format!("{error:#}");
                assert!(story.contains("database is locked"), "{case}: {story}");
            }
        }
    }
}
