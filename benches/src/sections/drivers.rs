//! 8. Through sqlx and diesel: an up-to-date start beside one query of the driver's own, and what an app gains in size.

use super::compile::crates;
use super::process::size;
use super::start::round_trips;
use super::{Ready, Rounds};
use crate::contender::{DRIVERS, Program};
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::Samples;
use crate::{Base, Bench, Result};

/// The figures of one way to use a driver.
struct Line {
    rounds: Rounds,
    cold: Samples,
    warm: Samples,
    database: Database,
}

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let mut everyone = Vec::new();
    let mut lines = Vec::new();
    let entries = DRIVERS.iter().flat_map(|driver| driver.entries(base));
    for entry in entries {
        let ready = Ready {
            program: (bench.builder).program(entry.contender, base, count, Program::Bench),
            entry,
        };
        let database = bench.scratch.database(base, None)?;
        lines.push(Line {
            rounds: Rounds {
                error: ready.figures("once", &database.url).err(),
                ..Rounds::default()
            },
            cold: Samples::default(),
            warm: Samples::default(),
            database,
        });
        everyone.push(ready);
    }
    bench.scratch.settle(base)?;
    for _ in 0..bench.rounds * 4 {
        for (ready, line) in everyone.iter().zip(&mut lines) {
            line.rounds.next(|| {
                let got = ready.figures("start", &line.database.url)?;
                line.cold.push(got.get("cold_ns")?);
                line.warm.push(got.get("warm_ns")?);
                Ok(())
            });
        }
    }
    let mut table = Table::new(
        format!("8. Through sqlx and diesel, {base}, N = {count}"),
        "An up-to-date start on an open connection of that driver. Ratios are to its limit: the driver sends one query, for \
         the recorded revision by its key. Size and crates are those of a minimal app, beyond the same app without us.",
        &[
            "new connection",
            "warm",
            "round trips",
            "size beyond",
            "crates beyond",
        ],
    );
    for (ready, line) in everyone.iter().zip(&lines) {
        let name = ready.entry.name();
        if let Some(error) = &line.rounds.error {
            table.failed(name, error);
            continue;
        }
        let is_limit = |other: &Ready| {
            other.entry.variant == "limit"
                && other.entry.contender.name == ready.entry.contender.name
        };
        let limit = everyone.iter().position(is_limit);
        let limit = limit.and_then(|at| lines.get(at));
        let traffic = match base {
            Base::Sqlite => None,
            Base::Postgres => round_trips(bench, ready).ok(),
        };
        let mut cells = vec![
            Cell::time(&line.cold, limit.map(|limit| &limit.cold)),
            Cell::time(&line.warm, limit.map(|limit| &limit.warm)),
            Cell::some(traffic.map(|(_, round_trips)| round_trips)),
        ];
        cells.extend(match ready.entry.variant {
            "" => beyond(bench, ready, base, count)?,
            _ => [Cell::none(), Cell::none()],
        });
        table.rows.push((name, cells));
    }
    Ok(table)
}

/// KiB and crates of a minimal app beyond the same app without us.
fn beyond(bench: &mut Bench, ready: &Ready, base: Base, count: usize) -> Result<[Cell; 2]> {
    let contender = ready.entry.contender;
    let mut built = |program| size(&bench.builder.program(contender, base, count, program));
    let sizes = built(Program::App).zip(built(Program::Raw));
    let kib = sizes.map(|(app, raw)| format!("{:.0} KiB", (app - raw) / 1024.0));
    let app = bench.builder.app(contender, count)?;
    let counted = |program| crates(bench, contender, &app, base, program);
    let crates = counted(Program::App).zip(counted(Program::Raw));
    let crates = crates.map(|(app, raw)| format!("{} (of {app})", app.saturating_sub(raw)));
    Ok([Cell::some(kib), Cell::some(crates)])
}
