//! Others at work: the lock, locked tables, deadlocks, many starts at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use migrate_runtime::{Dialect, ErrorKind, Event, Lock, Migrator, Outcome, Report};

use crate::failure::told;
use crate::support::{Engine, Postgres, Sqlite, Versions, ids, shop};

on_both!(
    many_starts_at_once_apply_each_step_once,
    waiting_ends_when_the_other_is_done,
    waiting_has_a_limit,
);

fn many_starts_at_once_apply_each_step_once<E: Engine>() {
    many_starts::<E>(Lock::Auto);
}

#[test]
fn many_starts_with_a_row_as_the_lock() {
    many_starts::<Postgres>(Lock::Table);
}

#[test]
fn a_row_is_held_by_a_second_connection_while_a_step_runs_outside_a_transaction() {
    let migrations = Versions::new()
        .sql("a1", "", "CREATE TABLE t (x INTEGER);", "")
        .file(
            "b1.sql",
            "-- b1\n-- revision: b1\n-- down_revision: a1\n\n-- upgrade (no transaction)\nCREATE INDEX CONCURRENTLY t_x ON t (x);\n-- downgrade: nothing\n",
        )
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    let refused = Migrator::new(&migrations)
        .lock(Lock::Table)
        .run(&mut client);
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Usage);
    assert!(told(&refused).contains("connector"), "{refused:#}");
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = database.connect();
                let config = database.config().clone();
                barrier.wait();
                let report = Migrator::new(&migrations)
                    .lock(Lock::Table)
                    .connector(move || config.connect(::postgres::NoTls))
                    .run(&mut client);
                let report = report.unwrap_or_else(|error| panic!("{error:#}"));
                assert_eq!(report.to, ids(&["b1"]));
            });
        }
    });
    let log = migrations.log(&mut client).unwrap();
    let ran: Vec<_> = log.iter().map(|entry| entry.revision.as_str()).collect();
    assert_eq!(ran, ["a1", "b1"]);
}

fn many_starts<E: Engine>(lock: Lock) {
    const STARTS: usize = 8;
    const ROUNDS: usize = 50;
    // A primary key catches what runs twice, and a counter does where it is allowed.
    let migrations = shop()
        .sql(
            "e1",
            "d1",
            "CREATE TABLE ran (step TEXT PRIMARY KEY, times INTEGER); INSERT INTO ran VALUES ('e1', 1);",
            "",
        )
        .sql("f1", "e1", "UPDATE ran SET times = times + 1;", "")
        .load::<E>();
    let mut met = 0;
    for round in 0..ROUNDS {
        // A few, and more until two starts have met: a busy machine may run one after the other.
        if round >= 5 && met > 0 {
            break;
        }
        let database = E::new();
        // SQLite's own wait is not what is tried here.
        let clients: Vec<_> = (0..STARTS).map(|_| impatient(&database)).collect();
        let barrier = Barrier::new(STARTS);
        let reports: Vec<Report> = thread::scope(|scope| {
            let starts: Vec<_> = clients
                .into_iter()
                .map(|mut client| {
                    let (barrier, migrations) = (&barrier, &migrations);
                    scope.spawn(move || {
                        barrier.wait();
                        Migrator::new(migrations).lock(lock).run(&mut client)
                    })
                })
                .collect();
            starts
                .into_iter()
                .map(|start| start.join().unwrap())
                .map(|done| done.unwrap_or_else(|error| panic!("round {round}: {error:#}")))
                .collect()
        });
        let of = |outcome| {
            (reports.iter())
                .filter(|report| report.outcome == outcome)
                .count()
        };
        assert_eq!(
            (of(Outcome::Applied), of(Outcome::UpToDate)),
            (1, STARTS - 1)
        );
        assert!(reports.iter().all(|report| report.to == ids(&["f1"])));
        met += reports
            .iter()
            .filter(|report| report.waited.is_some())
            .count();
        let mut client = database.connect();
        assert_eq!(E::column(&mut client, "SELECT times FROM ran"), ["2"]);
        let log = migrations.log(&mut client).unwrap();
        let ran: Vec<_> = log.iter().map(|entry| entry.revision.as_str()).collect();
        assert_eq!(ran, ["a1", "b1", "c1", "d1", "e1", "f1"]);
        assert!(log.iter().all(|entry| entry.run_id == log[0].run_id));
    }
    assert!(met > 0, "nobody had to wait, in {ROUNDS} rounds");
}

/// Holds the lock until it is told to let go.
fn holding<E: Engine>(database: &E, while_held: impl FnOnce(&AtomicBool)) {
    let chain = Versions::new()
        .name("holder")
        .sql("h1", "", "CREATE TABLE held (x INTEGER);", "")
        .load::<E>();
    let (begun, end) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut client = database.connect();
    thread::scope(|scope| {
        let (begun, end) = (&begun, &end);
        scope.spawn(move || {
            Migrator::new(&chain)
                .on_event(|event| {
                    if let Event::StepFinished { .. } = event {
                        begun.store(true, Ordering::SeqCst);
                        let since = Instant::now();
                        while !end.load(Ordering::SeqCst) && since.elapsed().as_secs() < 20 {
                            thread::sleep(Duration::from_millis(5));
                        }
                    }
                })
                .run(&mut client)
                .unwrap();
        });
        while !begun.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        while_held(end);
        end.store(true, Ordering::SeqCst);
    });
}

/// SQLite's own wait comes before ours.
fn impatient<E: Engine>(database: &E) -> E::Client {
    let mut client = database.connect();
    if E::DIALECT == Dialect::Sqlite {
        E::rows(&mut client, "PRAGMA busy_timeout = 0");
    }
    client
}

fn waiting_ends_when_the_other_is_done<E: Engine>() {
    let shop = shop().load::<E>();
    let database = E::new();
    let mut client = impatient(&database);
    let told = AtomicUsize::new(0);
    let mut names = Vec::new();
    let mut report = None;
    holding(&database, |end| {
        let done = Migrator::new(&shop)
            .on_event(|event| {
                if let Event::Waiting { holder, .. } = event {
                    names.extend(holder.map(str::to_owned));
                    // Long enough for a pause to be told of.
                    if told.fetch_add(1, Ordering::SeqCst) == 1 {
                        end.store(true, Ordering::SeqCst);
                    }
                }
            })
            .run(&mut client);
        report = Some(done.unwrap());
    });
    let report = report.unwrap();
    assert_eq!(report.outcome, Outcome::Applied);
    assert!(report.waited.unwrap() > Duration::from_millis(10));
    assert!(report.to_string().contains("waited"));
    assert!(told.into_inner() >= 2);
    if E::DIALECT == Dialect::Postgres {
        assert!(
            names[0].starts_with("process ") && names[0].contains(" of postgres"),
            "{names:?}"
        );
    }
}

fn waiting_has_a_limit<E: Engine>() {
    let shop = shop().load::<E>();
    let database = E::new();
    let mut client = impatient(&database);
    holding(&database, |_| {
        let since = Instant::now();
        let error = Migrator::new(&shop)
            .lock_wait(Duration::from_millis(300))
            .run(&mut client)
            .unwrap_err();
        let took = since.elapsed();
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert!(took >= Duration::from_millis(300), "{took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
        let story = told(&error);
        assert!(
            story.starts_with("the migration lock was not obtained in 0."),
            "{story}"
        );
        assert!(story.contains("nothing was changed"), "{story}");
        if E::DIALECT == Dialect::Postgres {
            assert!(story.contains("= note: it is held by process "), "{story}");
        }
    });
    // The lock is free again.
    assert_eq!(shop.run(&mut client).unwrap().outcome, Outcome::Applied);
}

/// A chain whose step needs a table that others may have locked.
fn needs_table<E: Engine>() -> migrate_runtime::Migrations {
    Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .sql("b1", "a1", "ALTER TABLE busy ADD COLUMN y INTEGER;", "")
        .load::<E>()
}

#[test]
fn a_locked_table_is_waited_for_in_turns() {
    let migrations = needs_table::<Postgres>();
    let database = Postgres::new();
    let mut app = database.connect();
    Postgres::execute(&mut app, "CREATE TABLE busy (x INTEGER)");
    let before = database.dump();
    Postgres::execute(&mut app, "BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE");
    let short = || Migrator::new(&migrations).lock_timeout(Duration::from_millis(50));
    // Bounded: once the time is over the error says what was in the way, and where.
    let mut tries = 0;
    let error = short()
        .lock_wait(Duration::from_secs(1))
        .on_event(|event| tries += usize::from(matches!(event, Event::Retrying { .. })))
        .run(&mut database.connect())
        .unwrap_err();
    assert!(tries > 1, "{tries}");
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert_eq!(
        error.to_string(),
        "versions/b1.sql:6:1: the upgrade of `b1` failed"
    );
    assert!(told(&error).contains("lock timeout"), "{error:#}");
    assert_eq!(database.dump(), before);

    // It passes: the app is done before the tries are.
    let mut retried = Vec::new();
    let report = short()
        .on_event(|event| {
            if let Event::Retrying {
                attempt, reason, ..
            } = event
            {
                retried.push((*attempt, (*reason).to_owned()));
                if *attempt == 2 {
                    Postgres::execute(&mut app, "COMMIT");
                }
            }
        })
        .run(&mut database.connect())
        .unwrap();
    assert_eq!(report.steps.len(), 2);
    assert_eq!(retried.len(), 2);
    assert_eq!(
        retried[0],
        (
            1,
            "versions/b1.sql:6:1: the upgrade of `b1` failed: canceling statement due to lock timeout"
                .to_owned()
        )
    );
}

#[test]
fn a_statement_that_takes_too_long_is_not_tried_again() {
    let migrations = Versions::new()
        .sql("a1", "", "SELECT 1;\nSELECT pg_sleep(9);", "")
        .load::<Postgres>();
    let database = Postgres::new();
    let before = database.dump();
    let mut retried = false;
    let error = Migrator::new(&migrations)
        .statement_timeout(Duration::from_millis(100))
        .on_event(|event| retried |= matches!(event, Event::Retrying { .. }))
        .run(&mut database.connect())
        .unwrap_err();
    assert!(!retried);
    assert_eq!(
        error.to_string(),
        "versions/a1.sql:7:1: the upgrade of `a1` failed"
    );
    assert_eq!(database.dump(), before);
}

/// Ends when the app, which holds `two`, waits for `one`, or when it has let go.
const WAITED_FOR: &str = "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_locks WHERE relation = 'two'::regclass AND granted) \
    AND NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'one'::regclass AND NOT granted) \
    LOOP PERFORM pg_sleep(0.005); END LOOP; END $$;";

#[test]
fn a_deadlock_is_tried_again() {
    let migrations = Versions::new()
        .sql("a1", "", &format!("LOCK TABLE one IN ACCESS EXCLUSIVE MODE;\n{WAITED_FOR}\nLOCK TABLE two IN ACCESS EXCLUSIVE MODE;\nCREATE TABLE done (x INTEGER);"), "")
        .load::<Postgres>();
    let database = Postgres::new();
    let mut observer = database.connect();
    let mut app = database.connect();
    // Whoever has waited for a millisecond looks, and is the one to give way: that is us.
    Postgres::execute(
        &mut app,
        "CREATE TABLE one (x INTEGER); CREATE TABLE two (x INTEGER); SET deadlock_timeout = '1h'",
    );
    Postgres::execute(&mut app, "BEGIN; LOCK TABLE two IN ACCESS EXCLUSIVE MODE");
    let mut client = database.connect();
    Postgres::execute(&mut client, "SET deadlock_timeout = '1ms'");
    let mut reasons = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = "SELECT FROM pg_locks WHERE relation = 'one'::regclass AND granted";
            while Postgres::rows(&mut observer, held).is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            // Waits for us, while we wait for it.
            Postgres::execute(&mut app, "LOCK TABLE one IN ACCESS EXCLUSIVE MODE; COMMIT");
        });
        let report = Migrator::new(&migrations)
            .on_event(|event| {
                if let Event::Retrying { reason, .. } = event {
                    reasons.push((*reason).to_owned());
                }
            })
            .run(&mut client)
            .unwrap();
        assert_eq!(report.steps.len(), 1);
    });
    let [reason] = reasons.as_slice() else {
        panic!("{reasons:?}");
    };
    let deadlock = "versions/a1.sql:8:1: the upgrade of `a1` failed: deadlock detected\n";
    assert!(reason.starts_with(deadlock), "{reason}");
}

#[test]
fn a_reader_of_the_file_is_waited_for() {
    // In the rollback journal's mode a reader keeps a writer from committing.
    let shop = shop().load::<Sqlite>();
    let database = Sqlite::new();
    let mut reader = database.connect();
    Sqlite::execute(
        &mut reader,
        "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1); BEGIN; SELECT * FROM t",
    );
    assert_eq!(Sqlite::column(&mut reader, "SELECT x FROM t"), ["1"]);
    let mut client = impatient(&database);
    let error = Migrator::new(&shop)
        .lock_wait(Duration::from_millis(100))
        .run(&mut client)
        .unwrap_err();
    assert!(told(&error).contains("database is locked"), "{error:#}");
    let (waits, waiting) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            waiting.recv().unwrap();
            Sqlite::execute(&mut reader, "COMMIT");
        });
        let report = Migrator::new(&shop)
            .on_event(move |event| {
                if let Event::Waiting { .. } = event {
                    let _ = waits.send(());
                }
            })
            .run(&mut client);
        assert_eq!(report.unwrap().outcome, Outcome::Applied);
    });
}
