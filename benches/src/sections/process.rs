//! 4. The whole process of a minimal app: time, memory, size.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{Ready, figure, figures};
use crate::contender::{LIMIT, Program};
use crate::report::{Cell, Table};
use crate::stats::Samples;
use crate::{Base, Bench, Result};

pub(crate) fn run(bench: &mut Bench, base: Base, count: usize) -> Result<Table> {
    let mut everyone = bench.ready(base, count, Program::App);
    // A minimal app has no variants.
    everyone.retain(|ready| ready.entry.variant.is_empty());
    let harness: Vec<Ready> = bench.ready(base, count, Program::Bench);
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
    for Ready { entry, program } in &everyone {
        let database = bench.scratch.database(base, None)?;
        // The raw app makes nothing.
        let maker = harness
            .iter()
            .find(|ready| ready.entry.name() == entry.name());
        let made = maker
            .and_then(|ready| ready.program.as_ref().ok())
            .map(|program| figures(program, "once", &database.url, ""));
        let peak = match made {
            Some(Ok(_)) => maker
                .and_then(|ready| ready.program.as_ref().ok())
                .and_then(|program| {
                    figures(program, "once", &database.url, "")
                        .ok()
                        .map(|got| figure(&got, "peak_kib"))
                }),
            _ => None,
        };
        lines.push((database, peak, Samples::default(), program.clone()));
    }
    for _ in 0..bench.rounds * 3 {
        for (database, _, samples, program) in &mut lines {
            if let Ok(program) = program
                && let Some(ns) = timed(program, &database.url)
            {
                samples.push(ns);
            }
        }
    }
    let size = |program: &Result<std::path::PathBuf>| {
        let file = program.as_ref().ok()?;
        fs::metadata(file).ok().map(|file| file.len())
    };
    let limit = everyone
        .iter()
        .position(|ready| ready.entry.contender.name == LIMIT);
    let limit_time = limit
        .and_then(|at| lines.get(at))
        .map(|line| line.2.clone());
    let raw = limit
        .and_then(|at| everyone.get(at))
        .and_then(|ready| size(&ready.program));
    for (ready, (_, peak, samples, program)) in everyone.iter().zip(&lines) {
        if let Err(error) = program {
            table.rows.push((ready.entry.name(), vec![Cell::of(error)]));
            continue;
        }
        let size = size(program);
        let kib = |bytes: f64| Cell::of(format!("{:.0} KiB", bytes / 1024.0));
        let beyond = size.zip(raw).map(|(size, raw)| size as f64 - raw as f64);
        let scripts = bench
            .builder
            .app(ready.entry.contender, count)
            .map(|app| scripts(&app.join("migrations")));
        table.rows.push((
            ready.entry.name(),
            vec![
                Cell::time(samples, limit_time.as_ref()),
                peak.map_or(Cell::none(), |peak| {
                    Cell::of(format!("{:.1} MiB", peak / 1024.0))
                }),
                size.map_or(Cell::none(), |size| kib(size as f64)),
                beyond.map_or(Cell::none(), kib),
                scripts.map_or(Cell::none(), |bytes| kib(bytes as f64)),
            ],
        ));
    }
    Ok(table)
}

/// How long the process takes, in nanoseconds.
fn timed(program: &Path, url: &str) -> Option<f64> {
    let since = Instant::now();
    let mut command = Command::new(program);
    let status = command.arg(url).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| since.elapsed().as_nanos() as f64)
}

/// The bytes of all files below a folder.
fn scripts(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => scripts(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
