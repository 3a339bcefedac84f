//! The drivers at versions that the project's own Cargo.lock doesn't hold, each set in a workspace of its own.

use crate::{Result, command};

/// Migrates with the lowest versions of the drivers that we allow.
pub(crate) fn lowest() -> Result {
    run("lowest")
}

/// Migrates with the newest versions of the drivers on the registry, whatever a run before has found.
pub(crate) fn newest() -> Result {
    let lock = command::root().join("tests/newest/Cargo.lock");
    if lock.exists() {
        let update = ["update", "--manifest-path", "tests/newest/Cargo.toml"];
        command::run(command::cargo().args(update))?;
    }
    run("newest")
}

/// Runs the recipes of docs/drivers.md.
pub(crate) fn recipes() -> Result {
    run("recipes")?;
    run("recipes/sea-orm-1")
}

fn run(name: &str) -> Result {
    let manifest = format!("tests/{name}/Cargo.toml");
    // Not among the workspace's own artifacts: cargo would take turns building either.
    let target = format!("target/{name}");
    let arguments = [
        "run",
        "--quiet",
        "--manifest-path",
        &manifest,
        "--target-dir",
        &target,
    ];
    command::run(command::cargo().args(arguments))
}
