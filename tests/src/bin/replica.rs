//! An app that migrates its database when it starts, for tests that start many of it, kill it, and read what it says.
//!
//! `replica --versions FOLDER --database URL [--OPTION VALUE ...]`: the options are those of `Args`. It prints `ready`
//! once it is connected, each event, and what came of it; an error goes to stderr whole.

// A test's program fails the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use migrate_runtime::{
    Connection, Dialect, Error, ErrorKind, Lock, Migrations, Migrator, OnAhead, Options, Outcome,
    Report, Resolution, Result, Startup,
};
use postgres::NoTls;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

/// What the command line says.
struct Args(Vec<String>);

impl Args {
    fn get(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word == name)
    }

    fn millis(&self, name: &str) -> Option<Duration> {
        self.get(name)
            .map(|text| Duration::from_millis(text.parse().unwrap()))
    }
}

fn main() -> ExitCode {
    let args = Args(std::env::args().skip(1).collect());
    match run(&args) {
        Ok(report) => {
            let outcome = match report.outcome {
                Outcome::UpToDate => "up to date",
                Outcome::Applied => "applied",
                Outcome::Ahead => "ahead",
                _ => "skipped",
            };
            println!("outcome: {outcome}");
            for done in &report.steps {
                println!("step: {}", done.step.revision);
            }
            if let Some(waited) = report.waited {
                println!("waited: {}", waited.as_millis());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("error: {:?}", error.kind());
            eprintln!("{error:#}");
            match error.kind() {
                ErrorKind::Interrupted => ExitCode::from(3),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn run(args: &Args) -> Result<Report> {
    let database = args.get("--database").expect("--database");
    let dialect = match database.split_once(':') {
        Some(("sqlite", _)) => Dialect::Sqlite,
        _ => Dialect::Postgres,
    };
    let versions = Path::new(args.get("--versions").expect("--versions"));
    let mut options = Options::new("versions");
    if !versions.join("chain.lock").exists() {
        options.dialects = vec![dialect];
    }
    options.multiple_heads = true;
    options.multiple_bases = true;
    let migrations = Migrations::load(versions, &options)?;
    match dialect {
        Dialect::Sqlite => {
            let mut conn = rusqlite::Connection::open(&database["sqlite:".len()..])?;
            if let Some(timeout) = args.millis("--busy-timeout") {
                conn.busy_timeout(timeout)?;
            }
            // A kill loses nothing that was written: only a power cut would, and is slow to provide for.
            conn.execute_batch("PRAGMA synchronous = OFF")?;
            ready(args);
            if let Some(at) = args.get("--stop-at") {
                STATEMENTS_LEFT.store(at.parse().unwrap(), Ordering::Relaxed);
                conn.trace_v2(
                    TraceEventCodes::SQLITE_TRACE_STMT,
                    Some(stop as fn(TraceEvent<'_>)),
                );
            }
            start(args, &migrations, &mut conn)
        }
        _ => {
            let mut client = postgres::Client::connect(database, NoTls)?;
            ready(args);
            start(args, &migrations, &mut client)
        }
    }
}

static STATEMENTS_LEFT: AtomicUsize = AtomicUsize::new(0);

fn stop(_: TraceEvent<'_>) {
    if STATEMENTS_LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        stand_still();
    }
}

/// Tells that it is connected, and waits for the word to go.
fn ready(args: &Args) {
    println!("ready");
    if args.has("--at-once") {
        let mut line = String::new();
        io::stdin().read_line(&mut line).unwrap();
    }
}

fn start<C: Connection>(args: &Args, migrations: &Migrations, conn: &mut C) -> Result<Report> {
    let mut migrator = Migrator::new(migrations);
    if let Some(word) = args.get("--startup") {
        migrator = migrator.startup(word.parse::<Startup>()?);
    }
    if args.get("--on-ahead") == Some("downgrade") {
        migrator = migrator.on_ahead(OnAhead::Downgrade);
    }
    if args.get("--lock") == Some("none") {
        migrator = migrator.lock(Lock::None);
    }
    if let Some(wait) = args.millis("--lock-wait") {
        migrator = migrator.lock_wait(wait);
    }
    if let Some(url) = args.get("--connector") {
        let url = url.to_owned();
        migrator = migrator
            .connector(move || postgres::Client::connect(&url, NoTls).map_err(Error::other));
    }
    if args.has("--observed") {
        let pause = args.millis("--pause").unwrap_or_default();
        migrator = migrator.on_event(move |event| {
            println!("event: {event}");
            thread::sleep(pause);
        });
    }
    let resolution = match args.get("--resolve") {
        Some("applied") => Resolution::Applied,
        Some("retry") => Resolution::Retry,
        Some("rolled-back") => Resolution::RolledBack,
        Some(other) => panic!("--resolve {other}"),
        None => match args.get("--downgrade") {
            Some(target) => return migrator.downgrade(conn, target),
            None => return migrator.run(conn),
        },
    };
    migrator.resolve(conn, resolution)
}

/// Waits to be killed.
fn stand_still() {
    println!("stopped");
    loop {
        thread::park();
    }
}
