//! 2. A fresh apply of N revisions. 3. One pending revision on top of N.

use super::{Ready, figure, figures};
use crate::contender::{LIMIT, Program};
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::Samples;
use crate::{Base, Bench, Result, strace};

#[derive(Default)]
struct Line {
    time: Samples,
    peak: Samples,
    error: Option<String>,
}

pub(crate) fn fresh(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::Bench);
    let mut table = measure(
        bench,
        base,
        &everyone,
        |_| None,
        format!("2. Fresh apply, {base}, N = {count}"),
    )?;
    table.note = "Ratios are to all SQL in one transaction and one insert.".to_owned();
    if base == Base::Sqlite {
        table.columns.push("fsyncs".to_owned());
        for (ready, (_, cells)) in everyone.iter().zip(&mut table.rows) {
            let database = bench.scratch.database(base, None)?;
            let syncs = ready.program.as_ref().ok().and_then(|program| {
                strace::syncs(program, &["once", &database.url, ready.entry.variant])
            });
            cells.push(syncs.map_or(Cell::none(), Cell::of));
        }
    }
    Ok(table)
}

pub(crate) fn pending(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let before = bench.ready(base, count, Program::Bench);
    let everyone = bench.ready(base, count + 1, Program::Bench);
    let mut prepared = Vec::new();
    for Ready { entry, program } in &before {
        let database = bench.scratch.database(base, None)?;
        let done = program
            .clone()
            .and_then(|program| figures(&program, "once", &database.url, entry.variant));
        prepared.push(done.ok().map(|_| database));
    }
    bench.scratch.settle(base)?;
    let title = format!("3. One pending revision on top of N, {base}, N = {count}");
    measure(
        bench,
        base,
        &everyone,
        |at| prepared.get(at).and_then(Option::as_ref),
        title,
    )
}

/// Times the first call of everyone, in turns, each time on a new database or a new copy.
fn measure<'d>(
    bench: &mut Bench,
    base: Base,
    everyone: &[Ready],
    prepared: impl Fn(usize) -> Option<&'d Database>,
    title: String,
) -> Result<Table> {
    let mut lines: Vec<Line> = everyone.iter().map(|_| Line::default()).collect();
    for _ in 0..bench.rounds {
        for (at, (ready, line)) in everyone.iter().zip(&mut lines).enumerate() {
            if line.error.is_some() {
                continue;
            }
            let database = bench.scratch.database(base, prepared(at))?;
            bench.scratch.settle(base)?;
            let got = ready.program.clone();
            match got
                .and_then(|program| figures(&program, "apply", &database.url, ready.entry.variant))
            {
                Ok(got) => {
                    line.time.push(figure(&got, "ns"));
                    line.peak.push(figure(&got, "peak_kib"));
                }
                Err(error) => line.error = Some(error),
            }
        }
    }
    let mut table = Table::new(title, "", &["time", "peak memory of the process"]);
    let limit = everyone
        .iter()
        .position(|ready| ready.entry.name() == LIMIT);
    let limit = limit.and_then(|at| lines.get(at));
    for (ready, line) in everyone.iter().zip(&lines) {
        let cells = match &line.error {
            Some(error) => vec![Cell::of(error), Cell::none()],
            None => {
                let peak = line.peak.median().unwrap_or_default() / 1024.0;
                vec![
                    Cell::time(&line.time, limit.map(|limit| &limit.time)),
                    Cell::of(format!("{peak:.1} MiB")),
                ]
            }
        };
        table.rows.push((ready.entry.name(), cells));
    }
    Ok(table)
}
