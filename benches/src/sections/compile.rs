//! 5. What a contender costs those who build.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use super::Rounds;
use crate::contender::{Contender, LIMIT, Program, first_error};
use crate::report::{Cell, Table};
use crate::stats::Samples;
use crate::{Base, Bench, Result};

/// The crates of an app, and how long it takes to build all of them.
pub(crate) fn clean(bench: &mut Bench, base: Base) -> Result<Table> {
    let mut table = Table::new(
        format!("5. Clean build of a minimal app, {base}, N = 10"),
        "Release, its own lock file, nothing built before, once; the crates are those for this machine, the app's own not \
         counted.",
        &["crates", "time"],
    );
    let mut limit = None;
    for contender in taking_part(bench, base) {
        let app = bench.builder.app(contender, 10)?;
        let crates = crates(bench, contender, &app, base, Program::App);
        // It is not there the first time.
        let _ = fs::remove_dir_all(bench.builder.released(contender, base));
        eprintln!("building {} ({base}) from nothing", contender.name);
        let samples = timed(&mut build(bench, contender, &app, base, true));
        let time = match &samples {
            Ok(samples) => Cell::time(samples, limit.as_ref()),
            Err(error) => Cell::of(error),
        };
        if contender.name == LIMIT {
            limit = samples.ok();
        }
        let name = contender.name.to_owned();
        table.rows.push((name, vec![Cell::some(crates), time]));
    }
    Ok(table)
}

/// How long the app's own crate takes after a change.
pub(crate) fn rebuild(bench: &mut Bench, base: Base, count: usize, release: bool) -> Result<Table> {
    let profile = if release { "Release" } else { "Debug" };
    let mut table = Table::new(
        format!("5. {profile} build after touching the app, {base}, N = {count}"),
        "The app's main file is touched and the app built. Our crates are compiled as cargo compiles those of a registry, \
         which all the others are.",
        &["time", "beyond the raw app"],
    );
    // Nobody waits for the others' 10,000.
    let everyone: Vec<Contender> = taking_part(bench, base)
        .into_iter()
        .filter(|contender| count <= 1000 || contender.is_own())
        .collect();
    let mut lines = Vec::new();
    for contender in everyone {
        let app = bench.builder.app(contender, count)?;
        let mut rounds = Rounds::default();
        eprintln!("building {} ({base}, {count} revisions)", contender.name);
        rounds.error = timed(&mut build(bench, contender, &app, base, release)).err();
        lines.push((contender, app, rounds, Samples::default()));
    }
    for _ in 0..bench.rounds.min(3) {
        for (contender, app, rounds, samples) in &mut lines {
            rounds.next(|| {
                touch(&app.join("src/bin/app.rs"))?;
                let took = timed(&mut build(bench, *contender, app, base, release))?;
                samples.push(took.median().unwrap_or_default());
                Ok(())
            });
        }
    }
    let limit = lines.iter().find(|(contender, ..)| contender.name == LIMIT);
    let limit = limit.map(|(.., samples)| samples);
    for (contender, _, rounds, samples) in &lines {
        let name = contender.name.to_owned();
        if let Some(error) = &rounds.error {
            table.failed(name, error);
            continue;
        }
        let raw = limit.and_then(Samples::median);
        let beyond = samples.median().zip(raw).map(|(time, raw)| time - raw);
        let beyond = beyond.map(|ns| format!("{:+.2} s", ns / 1e9));
        let cells = vec![Cell::time(samples, limit), Cell::some(beyond)];
        table.rows.push((name, cells));
    }
    Ok(table)
}

fn taking_part(bench: &Bench, base: Base) -> Vec<Contender> {
    let contenders = bench.contenders.iter().copied();
    contenders
        .filter(|contender| !contender.entries(base).is_empty())
        .collect()
}

fn build(bench: &Bench, contender: Contender, app: &Path, base: Base, release: bool) -> Command {
    let mut cargo = bench.builder.cargo(contender, app, base, release);
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
    let took = since.elapsed().as_nanos() as f64;
    if !output.status.success() {
        return Err(first_error(&output.stderr));
    }
    let mut samples = Samples::default();
    samples.push(took);
    Ok(samples)
}

/// How many crates a program is made of, its own not counted.
pub(super) fn crates(
    bench: &Bench,
    contender: Contender,
    app: &Path,
    base: Base,
    program: Program,
) -> Option<usize> {
    let mut cargo = bench.builder.cargo(contender, app, base, true);
    cargo.args([
        "tree",
        "--prefix",
        "none",
        "--edges",
        "normal,build",
        "--format",
        "{p}",
    ]);
    cargo.args(program.features(base));
    let output = cargo
        .output()
        .ok()
        .filter(|output| output.status.success())?;
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
