//! 4. The whole process of a minimal app: time, memory, size.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Rounds, limit};
use crate::contender::Program;
use crate::report::{Cell, Table};
use crate::scratch::Database;
use crate::stats::Samples;
use crate::{Base, Bench, Result};

struct Line {
    rounds: Rounds,
    time: Samples,
    peak: Option<f64>,
    database: Database,
}

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let mut everyone = bench.ready(base, count, Program::App);
    let mut harness = bench.ready(base, count, Program::Bench);
    // A minimal app has no variants.
    for all in [&mut everyone, &mut harness] {
        all.retain(|ready| ready.entry.variant.is_empty());
    }
    let mut table = Table::new(
        format!("4. Whole process of a minimal app, {base}, N = {count}"),
        "A start that finds everything up to date, from `exec` to exit. The raw app opens the database and sends one \
         statement. Memory is the harness's. Sizes are stripped.",
        &[
            "time",
            "peak memory",
            "size",
            "beyond the raw app",
            "of which the scripts",
        ],
    );
    let mut lines = Vec::new();
    for maker in &harness {
        let database = bench.scratch.database(base, None)?;
        let mut rounds = Rounds::default();
        let mut peak = None;
        // The raw app makes nothing, so the harness does; what it needs once that is done is the peak.
        rounds.error = maker.figures("once", &database.url).err();
        if rounds.error.is_none() {
            let again = maker.figures("once", &database.url);
            peak = again.and_then(|got| got.get("peak_kib")).ok();
        }
        lines.push(Line {
            rounds,
            time: Samples::default(),
            peak,
            database,
        });
    }
    for _ in 0..bench.rounds * 3 {
        for (ready, line) in everyone.iter().zip(&mut lines) {
            line.rounds.next(|| {
                let program = ready.program.as_ref()?;
                line.time.push(timed(program, &line.database.url)?);
                Ok(())
            });
        }
    }
    let at = limit(&everyone);
    let limit = at.and_then(|at| lines.get(at)).map(|line| &line.time);
    let raw = at.and_then(|at| size(&everyone.get(at)?.program));
    for (ready, line) in everyone.iter().zip(&lines) {
        if let Some(error) = &line.rounds.error {
            table.failed(ready.entry.name(), error);
            continue;
        }
        let size = size(&ready.program);
        let app = bench.builder.app(ready.entry.contender, count);
        let scripts = app.ok().map(|app| scripts(&app.join("migrations")) as f64);
        let kib = |bytes: Option<f64>| {
            Cell::some(bytes.map(|bytes| format!("{:.0} KiB", bytes / 1024.0)))
        };
        let peak = line.peak.map(|peak| format!("{:.1} MiB", peak / 1024.0));
        table.rows.push((
            ready.entry.name(),
            vec![
                Cell::time(&line.time, limit),
                Cell::some(peak),
                kib(size),
                kib(size.zip(raw).map(|(size, raw)| size - raw)),
                kib(scripts),
            ],
        ));
    }
    Ok(table)
}

/// How long the process takes, in nanoseconds.
fn timed(program: &Path, url: &str) -> Result<f64> {
    let since = Instant::now();
    let started = Command::new(program)
        .arg(url)
        .stderr(Stdio::null())
        .status();
    let took = since.elapsed().as_nanos() as f64;
    match started {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(format!("the app ended with {status}")),
        Err(error) => Err(format!("{}: {error}", program.display())),
    }
}

/// A program's size in bytes.
pub(super) fn size(program: &Result<PathBuf>) -> Option<f64> {
    let file = fs::metadata(program.as_ref().ok()?).ok()?;
    Some(file.len() as f64)
}

/// The bytes of all scripts below a folder.
fn scripts(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => scripts(&entry.path()),
        Ok(data) if entry.path().extension().is_some_and(|end| end == "sql") => data.len(),
        _ => 0,
    });
    sizes.sum()
}
