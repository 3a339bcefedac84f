//! 6. Many processes at once on an empty database.

use std::process::{Child, Command, Stdio};

use super::Ready;
use crate::contender::{LIMIT, Program};
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::{Base, Bench, Result, generate};

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize, processes: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::App);
    let rounds = bench.rounds;
    let mut table = Table::new(
        format!("6. {processes} processes at once on an empty database, {base}, N = {count}"),
        format!("{rounds} rounds. The data is right when each revision has run just once."),
        &[
            "exit 0",
            "rounds in which all did",
            "rounds with the data right",
        ],
    );
    for Ready { entry, program } in everyone {
        if !entry.variant.is_empty() || entry.contender.name == LIMIT {
            continue;
        }
        let program = match program {
            Ok(program) => program,
            Err(error) => {
                table.rows.push((entry.name(), vec![Cell::of(error)]));
                continue;
            }
        };
        let (mut succeeded, mut whole, mut right) = (0, 0, 0);
        for _ in 0..rounds {
            let database = bench.scratch.database(base, None)?;
            let start = |_| {
                Command::new(&program)
                    .arg(&database.url)
                    .stderr(Stdio::null())
                    .spawn()
            };
            let children: Vec<Child> = (0..processes)
                .map(start)
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            let ended = children
                .into_iter()
                .filter_map(|mut child| child.wait().ok());
            let good = ended.filter(std::process::ExitStatus::success).count();
            succeeded += good;
            whole += usize::from(good == processes);
            right += usize::from(is_right(base, &database, count));
        }
        let cells = vec![
            Cell::of(format!("{succeeded} / {}", rounds * processes)),
            Cell::of(format!("{whole} / {rounds}")),
            Cell::of(format!("{right} / {rounds}")),
        ];
        table.rows.push((entry.name(), cells));
    }
    Ok(table)
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
