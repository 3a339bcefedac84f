//! The old tool at work while we start, two of us at once, and connections that break.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use migrate_runtime::{Event, Migrator, Outcome};
use migrate_tests::{Cut, Proxy, When};

use super::{STEPS, imported, numbers, old_tool, versions};
use crate::support::{Engine, Postgres};

on_both!(
    the_old_tool_is_in_the_middle_of_a_step,
    two_of_us_at_once,
    a_step_of_the_old_tools_that_fails_is_ours,
    a_step_that_is_half_done_while_it_runs_is_awaited,
);

/// The old tool has run its step and recorded it, and commits while we wait: twenty times.
fn the_old_tool_is_in_the_middle_of_a_step<E: Engine>() {
    let chain = &imported().load::<E>();
    let database = &E::new();
    let mut old = database.connect();
    for round in 0..20_u64 {
        old_tool::<E>(&mut old, 1);
        let begin = match E::DIALECT {
            migrate_runtime::Dialect::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        };
        let step = STEPS[1];
        E::execute(
            &mut old,
            &format!("{begin}; {step}; INSERT INTO done VALUES (2, 'x', 'applied', 'bb11')"),
        );
        let (began, begun) = mpsc::channel();
        thread::scope(|scope| {
            let started = scope.spawn(move || {
                let mut client = database.connect();
                began.send(()).unwrap();
                Migrator::new(chain).run(&mut client)
            });
            begun.recv().unwrap();
            thread::sleep(Duration::from_millis(round * 3));
            E::execute(&mut old, "COMMIT");
            let report = started
                .join()
                .unwrap()
                .unwrap_or_else(|error| panic!("{error:#}"));
            assert_eq!(
                report.adopted.unwrap().revisions,
                ["a1", "b1"],
                "round {round}"
            );
        });
        assert_eq!(
            numbers::<E>(&mut old),
            ["1", "2", "3", "4"],
            "round {round}"
        );
        assert_eq!(versions::<E>(&mut old), ["1", "2", "3"]);
        E::execute(
            &mut old,
            "DROP TABLE done; DROP TABLE a; DROP TABLE migrate_revision; DROP TABLE migrate_log; DROP TABLE migrate_in_progress; DROP TABLE migrate_setting",
        );
    }
}

fn a_step_of_the_old_tools_that_fails_is_ours<E: Engine>() {
    let chain = &imported().load::<E>();
    let database = &E::new();
    let mut old = database.connect();
    old_tool::<E>(&mut old, 1);
    let begin = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN",
    };
    E::execute(
        &mut old,
        &format!(
            "{begin}; {}; INSERT INTO done VALUES (2, 'x', 'applied', 'bb11')",
            STEPS[1]
        ),
    );
    thread::scope(|scope| {
        let started = scope.spawn(move || Migrator::new(chain).run(&mut database.connect()));
        thread::sleep(Duration::from_millis(50));
        E::execute(&mut old, "ROLLBACK");
        let report = started.join().unwrap().unwrap();
        assert_eq!(report.adopted.unwrap().revisions, ["a1"]);
    });
    assert_eq!(numbers::<E>(&mut old), ["1", "2", "3", "4"]);
}

/// Some tools say that a step is half done, commit that, and take it back when it is whole. On PostgreSQL they hold an
/// advisory lock meanwhile; on SQLite the word follows the step at once.
fn a_step_that_is_half_done_while_it_runs_is_awaited<E: Engine>() {
    let chain = &imported().load::<E>();
    let database = E::new();
    let mut old = database.connect();
    old_tool::<E>(&mut old, 1);
    if E::DIALECT == migrate_runtime::Dialect::Postgres {
        E::execute(&mut old, "SELECT pg_advisory_lock(4711)");
    }
    let begun = "INSERT INTO done (version, state) VALUES (2, 'failed')";
    E::execute(&mut old, begun);
    let mut waits = 0;
    let report = Migrator::new(chain)
        .on_event(|event| {
            if let Event::Waiting { .. } = event {
                waits += 1;
                E::execute(&mut old, STEPS[1]);
                E::execute(
                    &mut old,
                    "UPDATE done SET state = 'applied', sum = 'bb11' WHERE version = 2",
                );
            }
        })
        .run(&mut database.connect())
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(waits, 1);
    assert_eq!(report.adopted.unwrap().revisions, ["a1", "b1"]);
    assert_eq!(numbers::<E>(&mut old), ["1", "2", "3", "4"]);
    assert_eq!(versions::<E>(&mut old), ["1", "2", "3"]);
}

fn two_of_us_at_once<E: Engine>() {
    let chain = &imported().load::<E>();
    for _ in 0..5 {
        let database = &E::new();
        old_tool::<E>(&mut database.connect(), 2);
        let reports: Vec<_> = thread::scope(|scope| {
            let starts: Vec<_> = (0..4)
                .map(|_| scope.spawn(move || Migrator::new(chain).run(&mut database.connect())))
                .collect();
            starts
                .into_iter()
                .map(|start| start.join().unwrap().unwrap())
                .collect()
        });
        let adopted = reports.iter().filter(|report| report.adopted.is_some());
        assert_eq!(adopted.count(), 1);
        let applied = reports
            .iter()
            .filter(|report| report.outcome == Outcome::Applied);
        assert_eq!(applied.count(), 1);
        let mut client = database.connect();
        assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
        assert_eq!(versions::<E>(&mut client), ["1", "2", "3"]);
    }
}

/// The old tool has run its step, and comes to its table only after we have locked it. It would be the victim of a deadlock,
/// since ours looks for none so soon; but ours lets go before that, and then takes over what the tool has done.
#[test]
fn the_old_tool_comes_to_its_table_after_us() {
    let chain = &imported().load::<Postgres>();
    for round in 0..5_u64 {
        let database = &Postgres::new();
        let mut old = database.connect();
        Postgres::execute(&mut old, super::TABLE);
        Postgres::execute(&mut old, &format!("BEGIN; {}", STEPS[0]));
        thread::scope(|scope| {
            let started = scope.spawn(move || {
                let mut client = database.connect();
                Postgres::execute(&mut client, "SET deadlock_timeout = '10s'");
                Migrator::new(chain).run(&mut client)
            });
            thread::sleep(Duration::from_millis(100 + round * 20));
            Postgres::execute(
                &mut old,
                "INSERT INTO done VALUES (1, 'x', 'applied', 'aa11'); COMMIT",
            );
            let report = started.join().unwrap();
            let report = report.unwrap_or_else(|error| panic!("{error:#}"));
            assert_eq!(report.adopted.unwrap().revisions, ["a1"]);
        });
        assert_eq!(numbers::<Postgres>(&mut old), ["1", "2", "3", "4"]);
        assert_eq!(versions::<Postgres>(&mut old), ["1", "2", "3"]);
    }
}

/// Wherever the connection breaks: afterwards all is as before or done, and another start ends it.
#[test]
fn a_broken_connection_leaves_nothing_half_done() {
    let chain = imported().load::<Postgres>();
    for (when, how) in [
        (When::Text("LOCK TABLE"), Cut::Before),
        (When::Text("LOCK TABLE"), Cut::After),
        (When::Text("SELECT version, state"), Cut::Before),
        (When::Text("SELECT version, state"), Cut::After),
        (When::Text("INSERT INTO a VALUES (3)"), Cut::Before),
        (When::Text("INSERT INTO a VALUES (3)"), Cut::After),
        (When::Text("COMMIT"), Cut::Before),
        (When::Text("COMMIT"), Cut::After),
    ] {
        let database = Postgres::new();
        let mut client = database.connect();
        old_tool::<Postgres>(&mut client, 2);
        let proxy = Proxy::new(&database);
        let mut broken = proxy.connect();
        proxy.cut(when, how);
        let _ = chain.run(&mut broken);
        let report = chain.run(&mut client).unwrap();
        assert_eq!(report.to, ["d1"]);
        assert_eq!(numbers::<Postgres>(&mut client), ["1", "2", "3", "4"]);
        assert_eq!(versions::<Postgres>(&mut client), ["1", "2", "3"]);
    }
}
