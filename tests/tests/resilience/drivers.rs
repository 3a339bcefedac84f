//! Processes with other drivers: a herd of all of them at once, and kills of each.

use std::env;
use std::process::{self, Command, ExitCode};
use std::thread;
use std::time::Duration;

use migrate_runtime::{Report, Result};
use migrate_tests::dag::Draw;
use migrate_tests::replica::{Args, told};

use crate::herd::applied_once;
use crate::replicas::{Folder, Replica, folder, ids_of, plain, replica, rounds};
use crate::support::Database;

on_both!(a_herd_of_all_drivers, killed_at_random);

/// What [`in_a_process_of_its_own`] is told, a word a line.
const WORDS: &str = "MIGRATE_TESTS_REPLICA";

const DRIVERS: [&str; 4] = ["own", "sqlx", "sqlx-0.8", "diesel"];

/// Starts a replica: this very program, which has the drivers that the program `replica` must not have.
fn start(folder: &Folder, url: &str, driver: &str, options: &[&str]) -> Replica {
    if driver == "own" {
        return Replica::start(folder, url, options);
    }
    let versions = folder.path().to_str().unwrap();
    let words = [
        "--versions",
        versions,
        "--database",
        url,
        "--driver",
        driver,
    ];
    let words = [&words[..], options].concat().join("\n");
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "drivers::in_a_process_of_its_own"])
        .args(["--ignored", "--nocapture"])
        .env(WORDS, words);
    Replica::spawn(&mut command)
}

/// No test, but the app that the tests here start.
#[test]
#[ignore = "it is what the tests of other drivers start"]
fn in_a_process_of_its_own() {
    let Ok(words) = env::var(WORDS) else {
        return;
    };
    let args = Args(words.lines().map(str::to_owned).collect());
    let code = told(migrated(&args));
    process::exit(i32::from(code != ExitCode::SUCCESS));
}

fn migrated(args: &Args) -> Result<Report> {
    let url = args.database();
    let path = url.strip_prefix("sqlite:");
    let migrations = args.migrations()?;
    let mut migrator = args.migrator(&migrations)?;
    let mut tokio = tokio::runtime::Builder::new_current_thread();
    let tokio = tokio.enable_all().build().unwrap();
    match (args.get("--driver").unwrap(), path) {
        ("diesel", Some(path)) => {
            let mut client =
                <diesel::SqliteConnection as diesel::Connection>::establish(path).unwrap();
            args.ready();
            migrator.run(&mut client)
        }
        ("diesel", None) => {
            let mut client = <diesel::PgConnection as diesel::Connection>::establish(url).unwrap();
            args.ready();
            migrator.run(&mut client)
        }
        (_, Some(path)) => tokio.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let client = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options);
            let mut client = client.await.unwrap();
            args.ready();
            migrator.run_async(&mut client).await
        }),
        ("sqlx", None) => tokio.block_on(async {
            let client = <sqlx::PgConnection as sqlx::Connection>::connect(url);
            let mut client = client.await.unwrap();
            args.ready();
            migrator.run_async(&mut client).await
        }),
        (_, None) => tokio.block_on(async {
            use sqlx_core_0_8::connection::Connection as _;
            let mut client = sqlx_postgres_0_8::PgConnection::connect(url).await.unwrap();
            args.ready();
            migrator.run_async(&mut client).await
        }),
    }
}

/// Thirty-two at once, of each driver as many: all succeed, and each step is done by one.
fn a_herd_of_all_drivers<E: Database>() {
    let files = plain();
    let folder = folder(&files);
    for _ in 0..rounds() {
        let database = E::new();
        let drivers = DRIVERS.iter().cycle().take(32);
        let mut herd: Vec<Replica> = drivers
            .map(|driver| start(&folder, &database.url(), driver, &["--at-once"]))
            .collect();
        herd.iter_mut().for_each(Replica::go);
        let said: Vec<_> = herd.into_iter().map(Replica::end).collect();
        for one in &said {
            assert!(one.status.success(), "{one:?}");
        }
        let mut steps: Vec<&str> = said.iter().flat_map(|one| one.all("step")).collect();
        steps.sort_unstable();
        assert_eq!(steps, ids_of(&files));
        applied_once::<E>(&mut database.connect(), &files);
    }
}

/// A process of each driver is killed; the next start, of whichever, completes what it left.
fn killed_at_random<E: Database>() {
    let files = plain();
    let folder = folder(&files);
    let mut draw = Draw::new(7);
    for driver in &DRIVERS[1..] {
        for _ in 0..rounds() * 2 {
            let database = E::new();
            let url = database.url();
            let options = ["--at-once", "--observed", "--pause", "1"];
            let mut one = start(&folder, &url, driver, &options);
            one.go();
            let micros = draw.below(40_000) as u64;
            thread::sleep(Duration::from_micros(micros));
            one.kill();
            let said = replica(&folder, &url, &[]);
            assert!(
                said.status.success(),
                "{driver}, after {micros} us: {said:?}"
            );
            applied_once::<E>(&mut database.connect(), &files);
        }
    }
}
