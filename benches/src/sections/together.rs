//! 6. Many processes at once on an empty database.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use super::{Ready, Rounds};
use crate::child::{self, LONGEST};
use crate::contender::{LIMIT, Program};
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::Samples;
use crate::{Base, Bench, Result, generate};

/// What the rounds of a line have come to.
#[derive(Default)]
struct Line {
    rounds: Rounds,
    took: Samples,
    succeeded: usize,
    /// Rounds in which all succeeded.
    whole: usize,
    /// Rounds that left the right data.
    right: usize,
}

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize, processes: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::App);
    let mut table = Table::new(
        format!("6. {processes} processes at once on an empty database, {base}, N = {count}"),
        "The data is right when each revision has run just once.",
        &[
            "exit 0",
            "rounds in which all did",
            "rounds with the data right",
            "until all have ended",
        ],
    );
    for Ready { entry, program } in everyone {
        if !entry.variant.is_empty() || entry.contender.name == LIMIT {
            continue;
        }
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                table.failed(entry.name(), &error);
                continue;
            }
        };
        let mut line = Line::default();
        for _ in 0..bench.rounds {
            line.rounds.next(|| {
                let database = bench.scratch.database(base, None)?;
                let since = Instant::now();
                let good = succeed(&program, &database.url, processes)?;
                line.took.push(since.elapsed().as_nanos() as f64);
                line.succeeded += good;
                line.whole += usize::from(good == processes);
                line.right += usize::from(is_right(base, &database, count));
                Ok(())
            });
        }
        if let Some(error) = &line.rounds.error {
            table.failed(entry.name(), error);
            continue;
        }
        let rounds = line.took.len();
        let cells = vec![
            Cell::of(format!("{} / {}", line.succeeded, rounds * processes)),
            Cell::of(format!("{} / {rounds}", line.whole)),
            Cell::of(format!("{} / {rounds}", line.right)),
            Cell::time(&line.took, None),
        ];
        table.rows.push((entry.name(), cells));
    }
    Ok(table)
}

/// Starts that many at once; how many of them ended well. One that hangs did not.
fn succeed(program: &Path, url: &str, processes: usize) -> Result<usize> {
    let mut children: Vec<Child> = Vec::new();
    let mut failed = None;
    for _ in 0..processes {
        let child = Command::new(program).arg(url).stderr(Stdio::null()).spawn();
        match child {
            Ok(child) => children.push(child),
            Err(error) => failed = Some(format!("{}: {error}", program.display())),
        }
    }
    let deadline = Instant::now() + LONGEST;
    let ended = children
        .iter_mut()
        .filter_map(|child| child::wait(child, deadline).ok());
    let good = ended.filter(ExitStatus::success).count();
    failed.map_or(Ok(good), Err)
}

/// True when each revision has run once.
fn is_right(base: Base, database: &Database, count: usize) -> bool {
    let catalog = match base {
        Base::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name GLOB 't[0-9]*'",
        Base::Postgres => "SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'",
    };
    let rows = "SELECT count(*) FROM t1";
    let number = |sql: &str| -> Option<i64> {
        match base {
            Base::Sqlite => rusqlite::Connection::open(&database.url)
                .ok()?
                .query_row(sql, [], |row| row.get(0))
                .ok(),
            Base::Postgres => {
                let mut client = postgres::Client::connect(&database.url, postgres::NoTls).ok()?;
                client.query_one(sql, &[]).ok().map(|row| row.get(0))
            }
        }
    };
    let (tables, repeatable) = generate::expected(count);
    number(catalog) == Some(tables) && number(rows) == Some(repeatable)
}
