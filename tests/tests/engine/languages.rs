//! A server that speaks another language: diesel tells no codes, so what is read from its words is tried in each.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::Connection as _;
use migrate_runtime::{ErrorKind, Event, Migrator};
use migrate_tests::Postgres as Server;

use crate::support::{Engine, Postgres, Versions};

/// Some of those that PostgreSQL has been translated to for years.
const LANGUAGES: [&str; 3] = ["de", "ja", "ru"];

/// Each in a process of its own, because a server takes it from the environment.
#[test]
fn locks_are_known_in_other_languages() {
    let started = LANGUAGES.map(|language| {
        let ran = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "languages::one_language",
                "--ignored",
                "--nocapture",
            ])
            .env("LANGUAGE", language)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        (language, ran.unwrap())
    });
    for (language, ran) in started {
        let ran = ran.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ran.stdout).into_owned();
        let told = told + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{language}: {told}");
        for line in told.lines().filter(|line| line.starts_with("not tried")) {
            let line = format!("{line} ({language})\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    }
}

#[test]
#[ignore = "is called with a language, by the test above"]
fn one_language() {
    let server = Server::start(&[("lc_messages", "C.UTF-8")]);
    let database = server.database();
    let mut client = database.connect();
    Postgres::execute(&mut client, "CREATE TABLE used (x INTEGER)");
    let message = Postgres::try_execute(&mut client, "SELECT FROM nope").unwrap_err();
    if message.contains("does not exist") {
        println!("not tried: its messages are not installed");
        return;
    }
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .sql("b1", "a1", "ALTER TABLE used ADD COLUMN y INTEGER;", "")
        .load::<Postgres>();
    let connect = || diesel::PgConnection::establish(&database.url()).unwrap();

    // A table that another uses is tried for again.
    let (release, released) = mpsc::channel::<()>();
    Postgres::execute(&mut client, "BEGIN; LOCK TABLE used");
    thread::scope(|scope| {
        scope.spawn(move || {
            released.recv().unwrap();
            Postgres::execute(&mut client, "ROLLBACK");
        });
        let mut tries = 0;
        let report = Migrator::new(&chain)
            .lock_timeout(Duration::from_millis(50))
            .on_event(|event| {
                if let Event::Retrying { .. } = event {
                    tries += 1;
                    let _ = release.send(());
                }
            })
            .run(&mut connect());
        report.unwrap_or_else(|error| panic!("{error:#}"));
        assert!(tries > 0);
    });

    // A role without rights is told so.
    let mut client = database.connect();
    Postgres::execute(&mut client, "CREATE ROLE reader LOGIN");
    let url = database.url().replace("postgres@", "reader@");
    let mut reader = diesel::PgConnection::establish(&url).unwrap();
    let error = chain.run(&mut reader).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege, "{error:#}");

    // One whose transaction has failed is its own to end.
    let mut failed = connect();
    diesel::connection::SimpleConnection::batch_execute(&mut failed, "BEGIN").unwrap();
    diesel::connection::SimpleConnection::batch_execute(&mut failed, "SELECT 1/0").unwrap_err();
    let error = chain.run(&mut failed).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InTransaction, "{error:#}");

    // A record that another role has made is refused.
    let planted = server.database();
    let mut client = planted.connect();
    Postgres::execute(
        &mut client,
        "SET ROLE reader; RESET ROLE; GRANT CREATE ON SCHEMA public TO reader; SET ROLE reader; \
         CREATE TABLE migrate_setting (chain text, key text, value text)",
    );
    let mut connection = diesel::PgConnection::establish(&planted.url()).unwrap();
    let error = chain.run(&mut connection).unwrap_err();
    assert!(
        format!("{error:#}").contains("it belongs to `reader`"),
        "{error:#}"
    );
}
