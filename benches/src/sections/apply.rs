//! 2. A fresh apply of N revisions. 3. One pending revision on top of N.

use super::{Ready, Rounds, limit};
use crate::contender::Program;
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::Samples;
use crate::{Base, Bench, Result, strace};

#[derive(Default)]
struct Line {
    rounds: Rounds,
    time: Samples,
    peak: Samples,
    /// What each round starts from a copy of; nothing: from an empty database.
    before: Option<Database>,
}

pub(crate) fn fresh(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let everyone = bench.ready(base, count, Program::Bench);
    let lines = everyone.iter().map(|_| Line::default()).collect();
    let title = format!("2. Fresh apply, {base}, N = {count}");
    measure(bench, base, &everyone, lines, title)
}

pub(crate) fn pending(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let older = bench.ready(base, count, Program::Bench);
    let everyone = bench.ready(base, count + 1, Program::Bench);
    let mut lines = Vec::new();
    for ready in &older {
        let database = bench.scratch.database(base, None)?;
        let mut line = Line::default();
        line.rounds.error = ready.figures("once", &database.url).err();
        line.before = Some(database);
        lines.push(line);
    }
    let title = format!("3. One pending revision on top of N, {base}, N = {count}");
    measure(bench, base, &everyone, lines, title)
}

/// Times the first call of everyone, in turns, each time on a new database or a new copy.
fn measure(
    bench: &mut Bench,
    base: Base,
    everyone: &[Ready],
    mut lines: Vec<Line>,
    title: String,
) -> Result<Table> {
    for _ in 0..bench.rounds {
        for (ready, line) in everyone.iter().zip(&mut lines) {
            line.rounds.next(|| {
                let database = bench.scratch.database(base, line.before.as_ref())?;
                bench.scratch.settle(base)?;
                let got = ready.figures("apply", &database.url)?;
                line.time.push(got.get("ns")?);
                line.peak.push(got.get("peak_kib")?);
                Ok(())
            });
        }
    }
    let note = "Ratios are to all SQL in one transaction and one insert.";
    let mut columns = vec!["time", "peak memory of the process"];
    if base == Base::Sqlite {
        columns.push("fsyncs");
    }
    let mut table = Table::new(title, note, &columns);
    let limit = limit(everyone).and_then(|at| lines.get(at));
    for (ready, line) in everyone.iter().zip(&lines) {
        if let Some(error) = &line.rounds.error {
            table.failed(ready.entry.name(), error);
            continue;
        }
        let peak = line
            .peak
            .median()
            .map(|kib| format!("{:.1} MiB", kib / 1024.0));
        let mut cells = vec![
            Cell::time(&line.time, limit.map(|limit| &limit.time)),
            Cell::some(peak),
        ];
        if base == Base::Sqlite {
            let database = bench.scratch.database(base, line.before.as_ref())?;
            let args = ["apply", &database.url, ready.entry.variant];
            let program = ready.program.as_ref().ok();
            cells.push(Cell::some(
                program.and_then(|program| strace::syncs(program, &args)),
            ));
        }
        table.rows.push((ready.entry.name(), cells));
    }
    Ok(table)
}
