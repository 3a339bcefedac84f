//! 1. A start that finds everything up to date, from an open connection.

use migrate_tests::Proxy;

use super::{Ready, Rounds, limit, statements};
use crate::contender::Program;
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::{self, Samples};
use crate::{Base, Bench, Result};

/// The figures of one entry.
struct Line {
    rounds: Rounds,
    cold: Samples,
    with_query: Samples,
    warm: Samples,
    socket: Samples,
    /// On which the first start is done.
    database: Database,
}

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::Bench);
    let counting = bench.ready(base, count, Program::Count);
    let mut lines: Vec<Line> = Vec::new();
    for ready in &everyone {
        let database = bench.scratch.database(base, None)?;
        lines.push(Line {
            rounds: Rounds {
                error: ready.figures("once", &database.url).err(),
                ..Rounds::default()
            },
            cold: Samples::default(),
            with_query: Samples::default(),
            warm: Samples::default(),
            socket: Samples::default(),
            database,
        });
    }
    bench.scratch.settle(base)?;
    for _ in 0..bench.rounds * 4 {
        for (ready, line) in everyone.iter().zip(&mut lines) {
            line.rounds.next(|| {
                let got = ready.figures("start", &line.database.url)?;
                line.cold.push(got.get("cold_ns")?);
                line.with_query.push(got.get("with_query_ns")?);
                line.warm.push(got.get("warm_ns")?);
                if base == Base::Postgres {
                    let got = ready.figures("start", &line.database.socket)?;
                    line.socket.push(got.get("warm_ns")?);
                }
                Ok(())
            });
        }
    }
    let mut table = match base {
        Base::Sqlite => Table::new(
            format!("1. Up-to-date start, SQLite, N = {count}"),
            "From an open connection. The first call on a connection loads the whole schema, unless it reads nothing but a \
             pragma; the app's first query pays for it then. Ratios are to the limit, one SELECT of the recorded revision by \
             its key; the last columns are to the bare limit, the only column of the only row of a table without a key, \
             and to the limit's `PRAGMA user_version`.",
            &[
                "new connection",
                "same + the app's first query",
                "warm",
                "allocations, new / warm",
                "to the bare limit, new / warm",
                "to the pragma, new / warm",
            ],
        ),
        Base::Postgres => Table::new(
            format!("1. Up-to-date start, PostgreSQL, N = {count}"),
            "From an open connection. Ratios are to the limit, one simple query of the recorded revision by its key; the last \
             column is to the bare limit, the only column of the only row of a table without a key.",
            &[
                "new connection, TCP",
                "same + the app's first query",
                "warm, TCP",
                "warm, socket",
                "allocations, new / warm",
                "statements",
                "round trips",
                "to the bare limit, new / warm",
            ],
        ),
    };
    let position = |name: &str| everyone.iter().position(|ready| ready.entry.name() == name);
    let limit = limit(&everyone).and_then(|at| lines.get(at));
    let bare = position("limit, bare").and_then(|at| lines.get(at));
    let pragma = position("limit, pragma").and_then(|at| lines.get(at));
    for ((ready, counter), line) in everyone.iter().zip(&counting).zip(&lines) {
        let name = ready.entry.name();
        if let Some(error) = &line.rounds.error {
            table.failed(name, error);
            continue;
        }
        let time = |of: fn(&Line) -> &Samples| Cell::time(of(line), limit.map(of));
        let mut cells = vec![time(|line| &line.cold), time(|line| &line.with_query)];
        cells.push(time(|line| &line.warm));
        let counted = Cell::some(allocations(counter, &line.database).ok());
        match base {
            Base::Sqlite => cells.extend([counted, ratios(line, bare), ratios(line, pragma)]),
            Base::Postgres => {
                let (statements, round_trips) = round_trips(bench, ready).ok().unzip();
                let traffic = [Cell::some(statements), Cell::some(round_trips)];
                cells.extend([time(|line| &line.socket), counted]);
                cells.extend(traffic);
                cells.push(ratios(line, bare));
            }
        }
        table.rows.push((name, cells));
    }
    Ok(table)
}

/// What a first and a later start cost beside those of another line.
fn ratios(line: &Line, to: Option<&Line>) -> Cell {
    let ratio = |mine: &Samples, other: &Samples| mine.ratio(other).map(stats::ratio);
    let both = to.and_then(|to| {
        Some(format!(
            "{} / {}",
            ratio(&line.cold, &to.cold)?,
            ratio(&line.warm, &to.warm)?
        ))
    });
    both.map_or(Cell::none(), Cell::Text)
}

/// Heap allocations of the first call and of the second.
fn allocations(counter: &Ready, database: &Database) -> Result<String> {
    let got = counter.figures("count", &database.url)?;
    let (cold, warm) = (got.get("cold_allocations")?, got.get("warm_allocations")?);
    Ok(format!("{cold} / {warm}"))
}

/// Statements and round trips of a second run, on a database of its own behind a proxy.
pub(super) fn round_trips(bench: &mut Bench, ready: &Ready) -> Result<(usize, usize)> {
    let database = bench.scratch.server().database();
    let proxy = Proxy::new(&database);
    ready.figures("once", &proxy.url())?;
    proxy.reset();
    ready.figures("once", &proxy.url())?;
    let traffic = proxy.traffic();
    Ok((statements(&traffic.statements), traffic.round_trips))
}
