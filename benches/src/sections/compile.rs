//! 5. What a contender costs those who build.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use crate::contender::{Contender, LIMIT, OURS};
use crate::report::{Cell, Table};
use crate::stats::Samples;
use crate::{Base, Bench, Result};

/// The crates of an app, and how long it takes to build all of them.
pub(crate) fn clean(bench: &mut Bench, base: Base) -> Result<Table> {
    let mut table = Table::new(
        format!("5. Clean build of a minimal app, {base}, N = 10"),
        "Release, its own lock file, nothing built before; the crates are those for this machine, the app's own not counted.",
        &["crates", "time"],
    );
    let mut limit = None;
    for contender in taking_part(bench, base) {
        let app = bench.builder.app(contender, 10)?;
        let crates = crates(bench, &app, base);
        let folder = bench.target.join("clean");
        // It is not there the first time.
        let _ = fs::remove_dir_all(&folder);
        let mut cargo = build(bench, &app, base, true);
        cargo.env("CARGO_TARGET_DIR", &folder);
        let samples = timed(&mut cargo);
        let _ = fs::remove_dir_all(&folder);
        let time = match &samples {
            Ok(samples) => Cell::time(samples, limit.as_ref()),
            Err(error) => Cell::of(error),
        };
        if contender.name == LIMIT {
            limit = samples.ok();
        }
        table.rows.push((
            contender.name.to_owned(),
            vec![crates.map_or(Cell::none(), Cell::of), time],
        ));
    }
    Ok(table)
}

/// How long the app's own crate takes after a change.
pub(crate) fn rebuild(bench: &mut Bench, base: Base, count: usize, release: bool) -> Result<Table> {
    let profile = if release { "Release" } else { "Debug" };
    let mut table = Table::new(
        format!("5. {profile} build after touching the app, {base}, N = {count}"),
        "The app's main file is touched and the app built.",
        &["time", "beyond the raw app"],
    );
    // Nobody waits for the others' 10,000.
    let everyone: Vec<Contender> = taking_part(bench, base)
        .into_iter()
        .filter(|contender| count <= 1000 || [LIMIT, OURS].contains(&contender.name))
        .collect();
    let mut lines = Vec::new();
    for contender in everyone {
        let app = bench.builder.app(contender, count)?;
        let built = timed(&mut build(bench, &app, base, release));
        lines.push((contender, app, built.map(|_| Samples::default())));
    }
    for _ in 0..bench.rounds.min(5) {
        for (_, app, samples) in &mut lines {
            if let Ok(samples) = samples {
                touch(&app.join("src/bin/app.rs"))?;
                if let Ok(once) = timed(&mut build(bench, app, base, release)) {
                    samples.push(once.median().unwrap_or_default());
                }
            }
        }
    }
    let limit = lines.iter().find(|(contender, ..)| contender.name == LIMIT);
    let limit = limit
        .and_then(|(_, _, samples)| samples.clone().ok())
        .unwrap_or_default();
    for (contender, _, samples) in &lines {
        let cells = match samples {
            Err(error) => vec![Cell::of(error)],
            Ok(samples) => {
                let beyond = samples
                    .median()
                    .zip(limit.median())
                    .map(|(time, raw)| (time - raw) / 1e9);
                vec![
                    Cell::time(samples, Some(&limit)),
                    beyond.map_or(Cell::none(), |beyond| Cell::of(format!("{beyond:+.2} s"))),
                ]
            }
        };
        table.rows.push((contender.name.to_owned(), cells));
    }
    Ok(table)
}

fn taking_part(bench: &Bench, base: Base) -> Vec<Contender> {
    let contenders = bench.contenders.iter().copied();
    contenders
        .filter(|contender| !contender.entries(base).is_empty())
        .collect()
}

fn build(bench: &Bench, app: &Path, base: Base, release: bool) -> Command {
    let mut cargo = bench.builder.cargo(app);
    cargo.args([
        "build",
        "--quiet",
        "--bin",
        "app",
        "--features",
        base.feature(),
    ]);
    if release {
        cargo.arg("--release");
    }
    cargo
}

fn timed(cargo: &mut Command) -> Result<Samples> {
    let since = Instant::now();
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        return Err("does not build".to_owned());
    }
    let mut samples = Samples::default();
    samples.push(since.elapsed().as_nanos() as f64);
    Ok(samples)
}

fn crates(bench: &Bench, app: &Path, base: Base) -> Option<usize> {
    let mut cargo = bench.builder.cargo(app);
    cargo.args([
        "tree",
        "--prefix",
        "none",
        "--edges",
        "normal,build",
        "--format",
        "{p}",
        "--features",
        base.feature(),
    ]);
    let output = cargo.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let names: HashSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    names.len().checked_sub(1)
}

fn touch(file: &Path) -> Result {
    let touched = fs::File::options()
        .append(true)
        .open(file)
        .and_then(|file| file.set_modified(SystemTime::now()));
    touched.map_err(|error| format!("{}: {error}", file.display()))
}
