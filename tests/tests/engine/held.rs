//! The lock stays held as long as a step outside a transaction runs, whatever its script or the network does to it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use migrate_runtime::{ErrorKind, Lock, Migrations, Migrator};

use crate::reached::{Reached, Run};
use crate::support::{Engine, Postgres, Versions};

/// A step outside a transaction that notes after each of its statements whether the session has an advisory lock.
fn noting(statements: &[&str]) -> Migrations {
    const NOTE: &str = "INSERT INTO seen SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();\n";
    let script: String = statements
        .iter()
        .map(|statement| format!("{statement};\n{NOTE}"))
        .collect();
    outside(&format!("{NOTE}{script}"))
}

fn outside(script: &str) -> Migrations {
    Versions::new()
        .sql("a1", "", "CREATE TABLE seen (locks INTEGER);", "")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade (no transaction)\n{script}\n-- downgrade: nothing"),
        )
        .load::<Postgres>()
}

#[test]
fn what_lets_go_of_the_sessions_locks_has_ours_taken_again() {
    let statements = [
        "SELECT pg_advisory_unlock_all()",
        "DISCARD ALL",
        "RESET ALL",
        "DO $$ BEGIN PERFORM pg_catalog.pg_advisory_unlock_all(); END $$",
        "SELECT pg_advisory_unlock((classid::bigint << 32) | objid::bigint) FROM pg_locks \
         WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    ];
    let chain = noting(&statements);
    for reached in Reached::on_postgres() {
        let done = reached.with(Run(&mut Migrator::new(&chain)));
        done.unwrap_or_else(|error| panic!("{}: {error:#}", reached.name()));
        let seen = reached.column("SELECT locks FROM seen");
        assert_eq!(seen, ["1"; 6], "{}", reached.name());
        assert!(!reached.is_locked(), "{}", reached.name());
        let leaves = reached.column("SELECT count(*) FROM migrate_log");
        assert_eq!(leaves, ["2"]);
    }
}

/// Takes the lock as soon as the step lets go of it, for so long.
fn taken_meanwhile<T>(database: &Postgres, time: Duration, test: impl FnOnce() -> T) -> T {
    let (over, is_over) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut other = database.connect();
            let key = "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND granted";
            // Only while the step is under way: what comes before it takes the same lock.
            let is_under_way = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.4)%' \
                 AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()";
            while Postgres::column(&mut other, is_under_way) == ["0"] {
                thread::sleep(Duration::from_millis(5));
            }
            let key = Postgres::column(&mut other, key).remove(0);
            Postgres::execute(&mut other, &format!("SELECT pg_advisory_lock({key})"));
            let _ = is_over.recv_timeout(time);
        });
        let done = test();
        drop(over);
        done
    })
}

const LETS_GO: &str = "SELECT pg_sleep(0.4);\nSELECT pg_advisory_unlock_all(), pg_sleep(0.2);\nINSERT INTO seen VALUES (7);";

#[test]
fn who_has_taken_the_lock_meanwhile_is_waited_for() {
    let chain = outside(LETS_GO);
    for reached in Reached::on_postgres() {
        let mut migrator = Migrator::new(&chain);
        let time = Duration::from_millis(600);
        let done = taken_meanwhile(reached.postgres(), time, || {
            reached.with(Run(&mut migrator))
        });
        done.unwrap_or_else(|error| panic!("{}: {error:#}", reached.name()));
        assert_eq!(reached.column("SELECT locks FROM seen"), ["7"]);
        assert!(!reached.is_locked(), "{}", reached.name());
    }
}

#[test]
fn who_keeps_the_lock_ends_the_step_on_time_and_the_next_start_goes_on() {
    let chain = outside(LETS_GO);
    for reached in Reached::on_postgres() {
        let case = reached.name();
        let mut migrator = Migrator::new(&chain).lock_wait(Duration::from_millis(300));
        let time = Duration::from_secs(30);
        let done = taken_meanwhile(reached.postgres(), time, || {
            reached.with(Run(&mut migrator))
        });
        let error = done.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked, "{case}: {error:#}");
        let story = format!("{error:#}");
        assert!(story.contains("it is held by process "), "{case}: {story}");
        assert!(
            story.contains(
                "the statements before it are recorded, and the next start goes on from there"
            ),
            "{case}: {story}"
        );
        assert!(!story.contains("nothing was changed"), "{case}: {story}");
        assert_eq!(
            reached.column("SELECT done FROM migrate_in_progress"),
            ["2"],
            "{case}"
        );
        let done = reached.with(Run(&mut Migrator::new(&chain)));
        done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
        assert_eq!(reached.column("SELECT locks FROM seen"), ["7"]);
    }
}

/// A second connection has the lock, and breaks.
#[test]
fn a_second_connection_that_breaks_is_opened_again() {
    let breaks = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
         AND datname = current_database() AND state = 'idle in transaction'";
    let note = "INSERT INTO seen SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
         AND datname = current_database() AND state = 'idle in transaction'";
    let chain = outside(&format!(
        "{note};\n{breaks};\nSELECT pg_sleep(0.1);\n{note};\n{breaks};\n"
    ));
    for lock in [Lock::Advisory, Lock::Table] {
        for reached in Reached::on_postgres() {
            let case = format!("{lock:?} on {}", reached.name());
            let mut migrator = reached.with_connector(Migrator::new(&chain).lock(lock));
            let done = reached.with(Run(&mut migrator));
            done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
            assert_eq!(reached.column("SELECT locks FROM seen"), ["1"; 2], "{case}");
        }
    }
}
