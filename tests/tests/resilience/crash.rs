//! Killed, cut off, or with the server gone: the next start completes, or names the statement whose fate is unknown.

use std::thread;
use std::time::Duration;

use migrate_runtime::{Dialect, Error, ErrorKind, Migrations, Migrator, Resolution};
use migrate_tests::dag::Draw;
use migrate_tests::{Cut, Postgres as Server, Proxy, When};
use postgres::NoTls;

use crate::corner::Corner;
use crate::herd::applied_once;
use crate::replicas::{Folder, Replica, folder, ids_of, load, mixed, plain, replica, rounds};
use crate::support::{Engine, Postgres, Sqlite};

/// No step is in the data but not in the record: only of the one that is pending a part may be.
fn nothing_unrecorded<E: Engine>(client: &mut E::Client) {
    // Nothing at all may be there yet.
    let column = |client: &mut E::Client, sql: &str| match E::try_execute(client, sql) {
        Ok(()) => E::column(client, sql),
        Err(_) => Vec::new(),
    };
    let ledger = column(client, "SELECT step FROM ledger ORDER BY step");
    let recorded = column(client, "SELECT revision FROM migrate_log ORDER BY revision");
    let pending = column(client, "SELECT revision FROM migrate_in_progress");
    let mut known = recorded.clone();
    known.extend(pending);
    known.sort_unstable();
    assert!(
        ledger == recorded || ledger == known,
        "{ledger:?}, recorded {recorded:?}, known {known:?}"
    );
}

/// The next start, and the one after a decision where it asks for one; tells whether it did.
fn next_start(folder: &Folder, url: &str, options: &[&str], case: &str) -> bool {
    let said = replica(folder, url, options);
    if said.status.success() {
        return false;
    }
    assert_eq!(said.status.code(), Some(3), "{case}: {said:?}");
    let story = &said.err;
    assert!(
        story.contains("was interrupted at statement") && story.contains("--retry"),
        "{case}: {story}"
    );
    assert!(
        story.contains("CREATE INDEX CONCURRENTLY") || story.contains("VACUUM"),
        "{case}: only what can't run in a transaction is ever in doubt: {story}"
    );
    let said = replica(folder, url, &[&["--resolve", "retry"], options].concat());
    assert!(said.status.success(), "{case}: {said:?}");
    let said = replica(folder, url, options);
    assert!(said.status.success(), "{case}: {said:?}");
    true
}

/// Kills at each statement that SQLite begins.
fn killed_at_each_statement(files: &[(String, String)]) -> usize {
    let folder = folder(files);
    for at in 1.. {
        let database = Sqlite::new();
        let url = database.url();
        let text = at.to_string();
        let mut one = Replica::start(&folder, &url, &["--stop-at", &text]);
        if !one.until("stopped") {
            let said = one.end();
            assert!(said.status.success(), "{said:?}");
            eprintln!("killed {} times", at - 1);
            return at - 1;
        }
        one.kill();
        nothing_unrecorded::<Sqlite>(&mut database.connect());
        let asked = next_start(&folder, &url, &[], &format!("killed at statement {at}"));
        assert!(!asked, "at {at}: nothing on SQLite needs a decision");
        applied_once::<Sqlite>(&mut database.connect(), files);
    }
    unreachable!()
}

#[test]
fn sqlite_killed_at_each_statement() {
    let kills = killed_at_each_statement(&plain());
    assert!(kills > 30, "{kills}");
}

#[test]
fn sqlite_killed_at_each_statement_of_steps_outside_a_transaction() {
    let kills = killed_at_each_statement(&mixed(Dialect::Sqlite));
    assert!(kills > 100, "{kills}");
}

/// Kills a process at a moment between nothing and a little more than what it takes.
fn killed_at_random<E: Engine>(files: &[(String, String)], url: impl Fn(&E) -> String, seed: u64) {
    let folder = folder(files);
    let mut draw = Draw::new(seed);
    for round in 0..rounds() * 5 {
        let database = E::new();
        let url = url(&database);
        let mut one = Replica::start(&folder, &url, &["--at-once", "--observed", "--pause", "1"]);
        one.go();
        let micros = draw.below(60_000) as u64;
        thread::sleep(Duration::from_micros(micros));
        one.kill();
        next_start(
            &folder,
            &url,
            &[],
            &format!("round {round}, after {micros} us"),
        );
        applied_once::<E>(&mut database.connect(), files);
    }
}

#[test]
fn sqlite_killed_at_random() {
    killed_at_random::<Sqlite>(&mixed(Dialect::Sqlite), |database| database.url(), 1);
}

#[test]
fn postgres_killed_at_random() {
    killed_at_random::<Postgres>(&mixed(Dialect::Postgres), |database| database.url(), 2);
}

/// Kills when so many messages have gone to the server, each of which takes a moment to arrive.
fn killed_at_each_message(files: &[(String, String)], options: impl Fn(&Corner) -> Vec<String>) {
    let folder = folder(files);
    for at in 1.. {
        let database = Corner::new();
        let proxy = Proxy::new(database.database());
        let options = options(&database);
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let mut one = Replica::start(
            &folder,
            &database.proxied(&proxy),
            &[&["--at-once"], options.as_slice()].concat(),
        );
        proxy.delay(Duration::from_millis(1));
        one.go();
        let mut alive = true;
        while alive && proxy.traffic().round_trips < at {
            alive = one.is_alive();
            thread::sleep(Duration::from_micros(100));
        }
        if !alive && proxy.traffic().round_trips < at {
            let said = one.end();
            assert!(said.status.success(), "{said:?}");
            assert!(at > 4, "{at}");
            eprintln!("killed {} times", at - 1);
            return;
        }
        one.kill();
        let case = format!("killed at message {at}");
        next_start(&folder, &database.url(), &options, &case);
        applied_once::<Postgres>(&mut database.connect(), files);
    }
}

#[test]
fn postgres_killed_at_each_message() {
    killed_at_each_message(&plain(), |_| Vec::new());
}

#[test]
fn postgres_killed_at_each_message_of_steps_outside_a_transaction() {
    killed_at_each_message(&mixed(Dialect::Postgres), |_| Vec::new());
}

#[test]
fn postgres_killed_at_each_message_while_a_second_connection_holds_the_lock() {
    killed_at_each_message(&mixed(Dialect::Postgres), |database| {
        vec!["--connector".to_owned(), database.url()]
    });
}

#[test]
fn the_server_crashes_in_the_middle() {
    let files = mixed(Dialect::Postgres);
    let folder = folder(&files);
    let server = Server::start(&[]);
    let mut draw = Draw::new(3);
    for round in 0..rounds() {
        let database = server.database();
        let url = database.url();
        let mut one = Replica::start(&folder, &url, &["--at-once", "--observed", "--pause", "2"]);
        one.go();
        thread::sleep(Duration::from_millis(draw.below(100) as u64));
        server.stop_immediate();
        let said = one.end();
        let case = format!("round {round}: {said:?}");
        if !said.status.success() {
            let told = ["connection", "Connection", "terminating"];
            assert!(told.iter().any(|word| said.err.contains(word)), "{case}");
        }
        server.restart();
        nothing_unrecorded::<Postgres>(&mut database.connect());
        next_start(&folder, &url, &[], &case);
        applied_once::<Postgres>(&mut database.connect(), &files);
    }
}

/// What a run over a connection that breaks came to, and the runs that follow.
fn cut_once(
    files: &[(String, String)],
    migrations: &Migrations,
    at: usize,
    cut: Cut,
    connector: bool,
) -> bool {
    let case = format!("{cut:?} message {at}, connector: {connector}");
    let database = Corner::new();
    let proxy = Proxy::new(database.database());
    let mut client = postgres::Client::connect(&database.proxied(&proxy), NoTls).unwrap();
    proxy.reset();
    proxy.cut(When::Request(at), cut);
    let migrator = || {
        let migrator = Migrator::new(migrations);
        let config = database.config();
        if connector {
            migrator.connector(move || config.connect(NoTls).map_err(Error::other))
        } else {
            migrator
        }
    };
    let first = migrator().run(&mut client);
    let broken = proxy.traffic().round_trips >= at;
    drop(client);
    let mut client = database.connect();
    let ids = ids_of(files);
    match &first {
        Ok(report) => {
            // What it reports is true, whether it heard of it or had to ask.
            assert_eq!(report.to, &ids[ids.len() - 1..], "{case}");
            assert_eq!(
                Postgres::heads(&mut client),
                &ids[ids.len() - 1..],
                "{case}"
            );
        }
        Err(error) => {
            assert!(broken, "{case}: {error:#}");
            let story = format!("{error:#}");
            if story.contains("was committed") {
                assert!(connector, "{case}: {story}");
            }
            if connector && story.contains("before") && story.contains("was committed\n") {
                // It asked with the lock held, so that this is the end of it.
                nothing_unrecorded::<Postgres>(&mut client);
            }
        }
    }
    let mut migrator = migrator();
    match migrator.run(&mut client) {
        Ok(_) => {}
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{case}: {error:#}");
            migrator
                .resolve(&mut client, Resolution::Retry)
                .unwrap_or_else(|error| panic!("{case}: {error:#}"));
            migrator
                .run(&mut client)
                .unwrap_or_else(|error| panic!("{case}: {error:#}"));
        }
    }
    applied_once::<Postgres>(&mut client, files);
    broken
}

fn cut_at_each_message(files: &[(String, String)], connector: bool) {
    let folder = folder(files);
    let migrations = load(&folder, Dialect::Postgres);
    // With few rounds each way of cutting has messages of its own; with many, all of them.
    let step = if rounds() < 10 && files.len() > 6 {
        4
    } else {
        1
    };
    let ways = [Cut::Before, Cut::During, Cut::After, Cut::Within(3)];
    for (first, cut) in ways.into_iter().enumerate() {
        let each = (1 + first % step..).step_by(step);
        let cuts = each.take_while(|at| cut_once(files, &migrations, *at, cut, connector));
        let cuts = cuts.count();
        eprintln!("{cut:?}: cut {cuts} times");
        assert!(cuts > 2);
    }
}

#[test]
fn the_network_breaks_at_each_message() {
    cut_at_each_message(&plain(), false);
}

#[test]
fn the_network_breaks_at_each_message_and_a_connector_asks_what_became_of_it() {
    cut_at_each_message(&plain(), true);
}

#[test]
fn the_network_breaks_at_each_message_of_steps_outside_a_transaction() {
    cut_at_each_message(&mixed(Dialect::Postgres), false);
}

#[test]
fn the_network_breaks_at_each_message_while_a_second_connection_holds_the_lock() {
    cut_at_each_message(&mixed(Dialect::Postgres), true);
}

#[test]
fn a_lost_answer_to_commit_is_told_as_it_is() {
    let files = plain();
    let folder = folder(&files);
    let migrations = load(&folder, Dialect::Postgres);
    for (cut, connector, committed) in [
        (Cut::After, false, true),
        (Cut::Before, false, false),
        (Cut::After, true, true),
        (Cut::Before, true, false),
    ] {
        let database = Corner::new();
        let proxy = Proxy::new(database.database());
        let mut client = postgres::Client::connect(&database.proxied(&proxy), NoTls).unwrap();
        proxy.cut(When::Text(";\nCOMMIT"), cut);
        let config = database.config();
        let mut migrator = Migrator::new(&migrations);
        if connector {
            migrator = migrator.connector(move || config.connect(NoTls).map_err(Error::other));
        }
        let ran = migrator.run(&mut client);
        let mut other = database.connect();
        match (connector, committed) {
            (true, true) => assert_eq!(ran.unwrap().to, ["f1"]),
            (true, false) => {
                let error = ran.unwrap_err();
                assert_eq!(
                    error.to_string(),
                    "the connection broke before `f1` was committed"
                );
            }
            (false, _) => {
                let story = format!("{:#}", ran.unwrap_err());
                assert!(
                    story.contains("either all of it is recorded or nothing"),
                    "{story}"
                );
            }
        }
        if committed {
            applied_once::<Postgres>(&mut other, &files);
        }
        migrations.run(&mut other).unwrap();
        applied_once::<Postgres>(&mut other, &files);
    }
}
