//! An app that migrates its database when it starts, for tests that start many of it, kill it, and read what it says.
//!
//! `replica --versions FOLDER --database URL [--OPTION VALUE ...]`: the options are those of `Args`. It prints `ready`
//! once it is connected, each event, and what came of it; an error goes to stderr whole.

// A test's program fails the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use migrate_runtime::{Connection, Dialect, Migrations, Report, Resolution, Result};
use migrate_tests::replica::{Args, told};
use postgres::NoTls;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

fn main() -> ExitCode {
    told(run(&Args(std::env::args().skip(1).collect())))
}

fn run(args: &Args) -> Result<Report> {
    let database = args.database();
    let migrations = args.migrations()?;
    match args.dialect() {
        Dialect::Sqlite => {
            let mut conn = rusqlite::Connection::open(&database["sqlite:".len()..])?;
            if let Some(timeout) = args.millis("--busy-timeout") {
                conn.busy_timeout(timeout)?;
            }
            // A kill loses nothing that was written: only a power cut would, and is slow to provide for.
            conn.execute_batch("PRAGMA synchronous = OFF")?;
            args.ready();
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
            args.ready();
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

fn start<C: Connection>(args: &Args, migrations: &Migrations, conn: &mut C) -> Result<Report> {
    let mut migrator = args.migrator(migrations)?;
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
