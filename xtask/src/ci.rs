//! `cargo xtask ci`: all that a change must pass, cheapest first.

use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::{Result, bench, command, drivers, examples, install, package, postgres_version, test};

/// The sets of features that must compile on their own: in the workspace, features add up. The crates of a set are
/// compiled together, and a set names a feature for those of them that have it.
///
/// What would be found in no other set: each driver alone and without the macros; the macros without a driver; the types
/// of columns, each of which stands alone in its file, without drivers, and beside each driver; models with either
/// database.
const FEATURE_SETS: &[(&[&str], &str)] = &[
    (&[RUNTIME, SCHEMA, CLI], ""),
    (&[RUNTIME], "macros,include_dir"),
    (&[RUNTIME], "uuid,chrono,time,jiff,serde_json,rust_decimal"),
    (&[RUNTIME, SCHEMA, CLI], "rusqlite"),
    (&[RUNTIME, SCHEMA, CLI], "postgres"),
    (&[RUNTIME], "tokio-postgres"),
    (&[RUNTIME], "sqlx-postgres"),
    (&[RUNTIME], "sqlx-0_8-postgres"),
    (&[RUNTIME], "sqlx-sqlite"),
    (&[RUNTIME], "diesel-postgres"),
    (&[RUNTIME], "diesel-sqlite"),
    (&[RUNTIME], "macros,rusqlite,tracing,uuid,chrono,time"),
    (&[RUNTIME], "macros,postgres,jiff,serde_json,rust_decimal"),
    (
        &[RUNTIME],
        "macros,include_dir,tokio-postgres,uuid,chrono,time,jiff,serde_json,rust_decimal",
    ),
    (&[CLI], "models"),
    (&[CLI], "models,rusqlite"),
    (&[CLI], "models,postgres"),
    (&[CLI], "tls"),
];

const RUNTIME: &str = "migrate-runtime";
const SCHEMA: &str = "migrate-schema";
const CLI: &str = "migrate-cli";

/// The PostgreSQL that README.md states as the oldest, and the newest that can be had: the suite runs on whichever is
/// installed, and of it on these what depends on the version most.
const POSTGRES_VERSIONS: &[&str] = &["14", "18"];

/// Who may do what by default has changed between versions, and so have the settings of a session and the catalog.
const ON_EACH_POSTGRES: &[&str] = &[
    "--no-fail-fast",
    "--test",
    "engine",
    "--test",
    "schema",
    "--",
    "hostile::",
    "whereabouts::",
    "session::",
    "introspect::postgres::",
    "kept::what_version",
    "locks::",
];

/// What a check could not try on this machine, and why.
type Untried = Vec<String>;

type Check = (&'static str, fn() -> Result<Untried>);

/// The checks, in the order in which they run.
const CHECKS: &[Check] = &[
    ("what cargo can't fetch", || whole(install::missing())),
    ("formatting", || whole(formatting())),
    ("lints", || whole(lints())),
    ("docs", || whole(docs())),
    ("feature sets", || whole(feature_sets())),
    ("oldest supported Rust", oldest_rust),
    ("packages", || whole(package::run(false))),
    // Every binary, also after one has failed: a round of CI should tell all that is wrong.
    ("tests", || whole(test::run(&["--no-fail-fast".into()]))),
    ("oldest and newest PostgreSQL", each_postgres),
    ("lowest drivers", || whole(drivers::lowest())),
    ("examples", || whole(examples::run())),
    ("size and bench", || whole(bench::smoke())),
];

/// A check that tries all it can think of, or fails.
fn whole(check: Result) -> Result<Untried> {
    check.map(|()| Untried::new())
}

/// Runs every check, or the named ones, also after one has failed: a round of CI should tell all that is wrong.
pub(crate) fn run(names: &[OsString]) -> Result {
    let start = Instant::now();
    let mut failures = Vec::new();
    let mut untried = Vec::new();
    let known: Vec<_> = CHECKS.iter().map(|(name, _)| *name).collect();
    if let Some(name) = names
        .iter()
        .find(|name| !known.iter().any(|known| name == known))
    {
        let known = known.join(", ");
        return Err(format!(
            "{name:?} is no check of CI; the checks are: {known}"
        ));
    }
    let chosen = |name: &str| names.is_empty() || names.iter().any(|chosen| chosen == name);
    let checks: Vec<_> = CHECKS.iter().filter(|(name, _)| chosen(name)).collect();
    for (name, check) in &checks {
        let start = Instant::now();
        eprintln!("\n== {name}");
        let outcome = match check() {
            Ok(left) if left.is_empty() => "passed",
            Ok(left) => {
                untried.extend(left.iter().map(|one| format!("\n  {name}: {one}")));
                "PASSED IN PART"
            }
            Err(error) => {
                failures.push(format!("\n  {name}: {error}"));
                "FAILED"
            }
        };
        eprintln!("== {name}: {outcome} after {} s", start.elapsed().as_secs());
    }
    if !untried.is_empty() {
        eprintln!("\nNot tried on this machine:{}", untried.concat());
    }
    let took = start.elapsed().as_secs();
    if failures.is_empty() {
        eprintln!("\nAll checks passed after {took} s.");
        return Ok(());
    }
    Err(format!(
        "{} of {} checks failed after {took} s:{}",
        failures.len(),
        checks.len(),
        failures.concat()
    ))
}

fn formatting() -> Result {
    command::run(command::cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> Result {
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ];
    command::run(command::cargo().args(clippy))
}

fn docs() -> Result {
    let mut cargo = command::cargo();
    cargo.args(["doc", "--no-deps", "--all-features"]);
    for package in package::published()? {
        cargo.args(["--package", &package]);
    }
    command::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn feature_sets() -> Result {
    for (packages, set) in FEATURE_SETS {
        let mut cargo = command::cargo();
        cargo.args(["clippy", "--lib", "--no-default-features"]);
        for package in *packages {
            cargo.args(["--package", package]);
        }
        command::run(cargo.args(["--features", set, "--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// A part of the tests on the oldest and on the newest PostgreSQL, whichever the whole suite ran on.
fn each_postgres() -> Result<Untried> {
    let args: Vec<OsString> = ON_EACH_POSTGRES.iter().map(OsString::from).collect();
    let (mut untried, mut failures) = (Untried::new(), Vec::new());
    for version in POSTGRES_VERSIONS {
        match postgres_version::programs(version) {
            Ok(programs) => {
                let failed = test::run_on(Some(&programs), &args).err();
                failures.extend(failed.map(|error| format!("on PostgreSQL {version}, {error}")));
            }
            Err(reason) => untried.push(format!("PostgreSQL {version}: {reason}")),
        }
    }
    if failures.is_empty() {
        Ok(untried)
    } else {
        Err(failures.join("; "))
    }
}

/// Compiles with the `rust-version` we promise. Only what users compile: tests may use newer dependencies.
fn oldest_rust() -> Result<Untried> {
    let manifest = command::root().join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest)
        .map_err(|error| format!("{}: {error}", manifest.display()))?;
    let stated = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let version = stated
        .ok_or("Cargo.toml states no rust-version")?
        .trim_matches('"');
    // Asked for by its listed name: `rustup run` might download one that is not installed.
    let toolchains = Command::new("rustup")
        .args(["toolchain", "list"])
        .output()
        .map(|list| list.stdout)
        .unwrap_or_default();
    let toolchains = String::from_utf8_lossy(&toolchains).into_owned();
    let is_it = |name: &&str| {
        name.strip_prefix(version)
            .is_some_and(|rest| rest.starts_with(['-', '.']))
    };
    let Some(toolchain) = toolchains.split_whitespace().find(is_it) else {
        let left =
            format!("Rust {version} is not installed; clippy's incompatible_msrv has looked");
        return Ok(vec![left]);
    };
    let check = |packages: &[&str], features: &[&str]| {
        let mut check = Command::new("rustup");
        check.args(["run", toolchain, "cargo", "check"]);
        for package in packages {
            check.args(["--package", package]);
        }
        command::run(check.args(features).current_dir(command::root()))
    };
    check(&[RUNTIME], &["--features", FOR_OLDEST_RUST])?;
    whole(check(&[SCHEMA, CLI, "cargo-migrate"], &["--all-features"]))
}

/// All features of the runtime but those of sqlx 0.9, which itself asks for a newer Rust.
const FOR_OLDEST_RUST: &str = "include_dir,rusqlite,postgres,tokio-postgres,sqlx-0_8-postgres,diesel-postgres,\
     diesel-sqlite,tracing,uuid,chrono,time,jiff,serde_json,rust_decimal";
