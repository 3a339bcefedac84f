//! 1. A start that finds everything up to date, from an open connection.

use std::collections::HashMap;

use migrate_tests::Proxy;

use super::{Ready, figure, figures};
use crate::contender::{LIMIT, Program};
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::{self, Samples};
use crate::{Base, Bench, Result};

/// The figures of one entry.
#[derive(Default)]
struct Line {
    cold: Samples,
    with_query: Samples,
    warm: Samples,
    socket: Samples,
    error: Option<String>,
}

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::Bench);
    let mut prepared: Vec<Option<Database>> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for Ready { entry, program } in &everyone {
        let database = bench.scratch.database(base, None)?;
        let done = program
            .clone()
            .and_then(|program| figures(&program, "once", &database.url, entry.variant));
        lines.push(Line {
            error: done.as_ref().err().cloned(),
            ..Line::default()
        });
        prepared.push(done.ok().map(|_| database));
    }
    bench.scratch.settle(base)?;
    for _ in 0..bench.rounds * 4 {
        for ((ready, database), line) in everyone.iter().zip(&prepared).zip(&mut lines) {
            let (Ok(program), Some(database)) = (&ready.program, database) else {
                continue;
            };
            let got = figures(program, "start", &database.url, ready.entry.variant)?;
            line.cold.push(figure(&got, "cold_ns"));
            line.with_query.push(figure(&got, "with_query_ns"));
            line.warm.push(figure(&got, "warm_ns"));
            if base == Base::Postgres {
                let got = figures(program, "start", &database.socket, ready.entry.variant)?;
                line.socket.push(figure(&got, "warm_ns"));
            }
        }
    }
    let counted = allocations(bench, base, count, &prepared)?;
    let traffic = match base {
        Base::Postgres => round_trips(bench, &everyone)?,
        Base::Sqlite => HashMap::new(),
    };
    let mut table = match base {
        Base::Sqlite => Table::new(
            format!("1. Up-to-date start, SQLite, N = {count}"),
            "From an open connection. The first call on a connection loads the whole schema, unless it reads nothing but a \
             pragma; the app's first query pays for it then. Ratios are to the limit, one SELECT of the recorded revision, \
             and in the last column to the limit's bare `PRAGMA user_version`.",
            &[
                "new connection",
                "same + the app's first query",
                "warm",
                "allocations, new / warm",
                "to the bare pragma, new / warm",
            ],
        ),
        Base::Postgres => Table::new(
            format!("1. Up-to-date start, PostgreSQL, N = {count}"),
            "From an open connection; ratios are to one simple query.",
            &[
                "new connection, TCP",
                "warm, TCP",
                "warm, socket",
                "allocations, new / warm",
                "statements",
                "round trips",
            ],
        ),
    };
    let position = |name: &str| everyone.iter().position(|ready| ready.entry.name() == name);
    let limit = position(LIMIT).and_then(|at| lines.get(at));
    let pragma = position("limit, pragma").and_then(|at| lines.get(at));
    for (ready, line) in everyone.iter().zip(&lines) {
        let name = ready.entry.name();
        if let Some(error) = &line.error {
            table.rows.push((name, vec![Cell::of(error)]));
            continue;
        }
        let counted = counted.get(&name).map_or(Cell::none(), |(cold, warm)| {
            Cell::of(format!("{cold} / {warm}"))
        });
        let cells = match base {
            Base::Sqlite => vec![
                Cell::time(&line.cold, limit.map(|limit| &limit.cold)),
                Cell::time(&line.with_query, limit.map(|limit| &limit.with_query)),
                Cell::time(&line.warm, limit.map(|limit| &limit.warm)),
                counted,
                to_pragma(line, pragma),
            ],
            Base::Postgres => {
                let (statements, round_trips) = traffic.get(&name).copied().unwrap_or_default();
                vec![
                    Cell::time(&line.cold, limit.map(|limit| &limit.cold)),
                    Cell::time(&line.warm, limit.map(|limit| &limit.warm)),
                    Cell::time(&line.socket, limit.map(|limit| &limit.socket)),
                    counted,
                    Cell::of(statements),
                    Cell::of(round_trips),
                ]
            }
        };
        table.rows.push((name, cells));
    }
    Ok(table)
}

fn to_pragma(line: &Line, pragma: Option<&Line>) -> Cell {
    let ratio = |mine: &Samples, other: &Samples| mine.ratio(other).map(stats::ratio);
    let both = pragma.and_then(|pragma| {
        Some(format!(
            "{} / {}",
            ratio(&line.cold, &pragma.cold)?,
            ratio(&line.warm, &pragma.warm)?
        ))
    });
    both.map_or(Cell::none(), Cell::Text)
}

type Allocations = HashMap<String, (f64, f64)>;

/// Heap allocations of the first call and of the second.
fn allocations(
    bench: &mut Bench,
    base: Base,
    count: usize,
    prepared: &[Option<Database>],
) -> Result<Allocations> {
    let mut counted = HashMap::new();
    for (ready, database) in bench
        .ready(base, count, Program::Count)
        .iter()
        .zip(prepared)
    {
        let (Ok(program), Some(database)) = (&ready.program, database) else {
            continue;
        };
        let got = figures(program, "count", &database.url, ready.entry.variant)?;
        let both = (
            figure(&got, "cold_allocations"),
            figure(&got, "warm_allocations"),
        );
        counted.insert(ready.entry.name(), both);
    }
    Ok(counted)
}

/// Statements and round trips of a second run, on a database of its own behind a proxy.
fn round_trips(bench: &mut Bench, everyone: &[Ready]) -> Result<HashMap<String, (usize, usize)>> {
    let mut counted = HashMap::new();
    for Ready { entry, program } in everyone {
        let Ok(program) = program else { continue };
        let database = bench.scratch.server().database();
        let proxy = Proxy::new(&database);
        let run = || figures(program, "once", &proxy.url(), entry.variant);
        if run().is_err() {
            continue;
        }
        proxy.reset();
        run()?;
        let traffic = proxy.traffic();
        counted.insert(
            entry.name(),
            (statements(&traffic.statements), traffic.round_trips),
        );
    }
    Ok(counted)
}

/// Statements in what was sent, by the semicolons between them: the texts hold no others here.
fn statements(texts: &[String]) -> usize {
    let each = texts.iter().flat_map(|text| text.split(';'));
    each.filter(|statement| !statement.trim().is_empty())
        .count()
}
