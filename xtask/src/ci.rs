//! `cargo xtask ci`: all that a change must pass, cheapest first.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::{Result, bench, command, examples, install, test};

/// The sets of features of the runtime that must compile on their own: in the workspace, features add up.
const FEATURE_SETS: &[&str] = &[
    "",
    "macros",
    "include_dir",
    "rusqlite",
    "postgres",
    "tokio-postgres",
    "macros,rusqlite",
    "macros,postgres",
    "macros,tokio-postgres",
    "macros,include_dir,rusqlite",
    "macros,include_dir,rusqlite,postgres,tokio-postgres",
    "tracing,rusqlite",
    "uuid",
    "chrono",
    "time",
    "jiff",
    "serde_json",
    "rust_decimal",
];

/// The same for the command line.
const CLI_FEATURE_SETS: &[&str] = &["", "rusqlite", "postgres", "tls"];

type Check = (&'static str, fn() -> Result);

/// The checks, in the order in which they run.
const CHECKS: &[Check] = &[
    ("what cargo can't fetch", install::missing),
    ("formatting", formatting),
    ("lints", lints),
    ("docs", docs),
    ("feature sets", feature_sets),
    ("oldest supported Rust", oldest_rust),
    ("tests", || test::run(&[])),
    ("lowest drivers", lowest_drivers),
    ("examples", examples::run),
    ("bench", bench::smoke),
];

/// Runs every check, also after one has failed: a round of CI should tell all that is wrong.
pub(crate) fn run() -> Result {
    let start = Instant::now();
    let mut failures = Vec::new();
    for (name, check) in CHECKS {
        let start = Instant::now();
        eprintln!("\n== {name}");
        let outcome = match check() {
            Ok(()) => "passed",
            Err(error) => {
                failures.push(format!("\n  {name}: {error}"));
                "FAILED"
            }
        };
        eprintln!("== {name}: {outcome} after {} s", start.elapsed().as_secs());
    }
    let took = start.elapsed().as_secs();
    if failures.is_empty() {
        eprintln!("\nAll checks passed after {took} s.");
        return Ok(());
    }
    Err(format!(
        "{} of {} checks failed after {took} s:{}",
        failures.len(),
        CHECKS.len(),
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
    let doc = ["doc", "--workspace", "--no-deps", "--all-features"];
    command::run(
        command::cargo()
            .args(doc)
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn feature_sets() -> Result {
    let runtime = FEATURE_SETS.iter().map(|set| ("migrate-runtime", set));
    let cli = CLI_FEATURE_SETS.iter().map(|set| ("migrate-cli", set));
    for (package, set) in runtime.chain(cli) {
        let mut cargo = command::cargo();
        cargo.args([
            "clippy",
            "--package",
            package,
            "--lib",
            "--no-default-features",
        ]);
        command::run(cargo.args(["--features", set, "--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Migrates with the lowest versions of the drivers that we allow, after the tests, which install the server it needs.
fn lowest_drivers() -> Result {
    let run = [
        "run",
        "--quiet",
        "--manifest-path",
        "tests/lowest/Cargo.toml",
    ];
    // Not among the workspace's own artifacts: cargo would take turns building either.
    command::run(
        command::cargo()
            .args(run)
            .args(["--target-dir", "target/lowest"]),
    )
}

/// Compiles with the `rust-version` we promise. Only what users compile: tests may use newer dependencies.
fn oldest_rust() -> Result {
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
        eprintln!(
            "Rust {version} is not installed: leaning on clippy's incompatible_msrv (see lints)"
        );
        return Ok(());
    };
    let mut check = Command::new("rustup");
    check
        .args([
            "run",
            toolchain,
            "cargo",
            "check",
            "--workspace",
            "--all-features",
        ])
        .current_dir(command::root());
    command::run(&mut check)
}
