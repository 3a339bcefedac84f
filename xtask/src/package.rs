//! `cargo xtask package`: what would be uploaded of each crate is complete.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use crate::{Result, command};

/// What the registry shows of a crate, or asks for.
const KEYS: &[&str] = &[
    "description",
    "license",
    "categories",
    "keywords",
    "readme",
    "rust-version",
];

/// What a package must hold beside its sources.
const FILES: &[&str] = &["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Packages every published crate, and ends before anything is uploaded. With `verify` each is built from its package,
/// which builds all of their dependencies anew.
pub(crate) fn run(verify: bool) -> Result {
    let mut faults = Vec::new();
    for name in published()? {
        let manifest = manifest(&name)?;
        let has = |key: &&&str| {
            let mut lines = manifest.lines();
            lines.any(|line| line.split(['.', ' ']).next() == Some(key))
        };
        for key in KEYS.iter().filter(|key| !has(key)) {
            faults.push(format!("{name}/Cargo.toml has no `{key}`"));
        }
        let packaged = files(&name)?;
        for file in FILES.iter().filter(|file| !packaged.contains(**file)) {
            faults.push(format!("{name} is packaged without {file}"));
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("; "));
    }
    // Cargo lets packages of one workspace stand in for what the registry doesn't have yet.
    let mut cargo = command::cargo();
    cargo.args(["publish", "--dry-run", "--workspace", "--allow-dirty"]);
    if !verify {
        cargo.arg("--no-verify");
    }
    command::run(&mut cargo)
}

/// The names of the crates that are published, each in the folder of its name.
pub(crate) fn published() -> Result<Vec<String>> {
    let root = command::root();
    let failed = |error| format!("{}: {error}", root.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&root).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if manifest(&name).is_ok_and(|text| !text.contains("publish = false")) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn manifest(name: &str) -> Result<String> {
    let file = command::root().join(name).join("Cargo.toml");
    fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
}

fn files(name: &str) -> Result<BTreeSet<String>> {
    let mut cargo = command::cargo();
    cargo.args(["package", "--list", "--allow-dirty", "--package", name]);
    let listed = cargo.stderr(Stdio::inherit()).output();
    let listed = listed.map_err(|error| format!("cargo package did not start: {error}"))?;
    if !listed.status.success() {
        return Err(format!("{name} can't be packaged; the reason stands above"));
    }
    let listed = String::from_utf8_lossy(&listed.stdout);
    Ok(listed.lines().map(str::to_owned).collect())
}

/// `cargo xtask semver REVISION`: what has changed for users of the crates since then, through cargo-semver-checks.
pub(crate) fn semver(revision: &str) -> Result {
    let tool = Command::new("cargo-semver-checks")
        .arg("--version")
        .output();
    if tool.is_err() {
        return Err(
            "cargo-semver-checks is not installed: `cargo install cargo-semver-checks`".to_owned(),
        );
    }
    let mut cargo = command::cargo();
    cargo.args(["semver-checks", "--all-features"]);
    cargo.args(["--baseline-rev", revision]);
    for name in published()?.iter().filter(|name| is_library(name)) {
        cargo.args(["--package", name]);
    }
    command::run(&mut cargo)
}

/// The macros and the program have nothing that could be compared.
fn is_library(name: &str) -> bool {
    let folder = command::root().join(name);
    let macros = manifest(name).is_ok_and(|text| text.contains("proc-macro = true"));
    folder.join("src/lib.rs").is_file() && !macros
}
