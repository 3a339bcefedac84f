//! Runs each example: every folder in `examples/` with a manifest is one.

use std::path::Path;
use std::{env, fs, process};

use crate::{Result, command};

/// How an example is run, where once without arguments is not enough: its folder's name, and the arguments of each run
/// in turn (all in one scratch folder, so that a later run sees the database of an earlier one).
const RUNS: &[(&str, &[&[&str]])] = &[];

pub(crate) fn run() -> Result {
    let folder = command::root().join("examples");
    let entries =
        fs::read_dir(&folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    // Without that folder there are no examples.
    let mut found: Vec<_> = entries.unwrap_or_default();
    found.retain(|example| example.join("Cargo.toml").is_file());
    found.sort();
    let named = |name: &str| {
        found
            .iter()
            .any(|example| example.file_name().is_some_and(|found| found == name))
    };
    if let Some((name, _)) = RUNS.iter().find(|(name, _)| !named(name)) {
        return Err(format!(
            "there is no example {name}, but it has a line in xtask's table"
        ));
    }
    for example in &found {
        run_one(example)?;
    }
    eprintln!("{} examples", found.len());
    Ok(())
}

/// In a scratch folder, so that what an example writes does not end up in the checkout.
fn run_one(example: &Path) -> Result {
    let name = example.file_name().unwrap_or_default().to_string_lossy();
    let scratch = env::temp_dir().join(format!("xtask-{}-{name}", process::id()));
    fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
    let runs = RUNS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(&[&[] as &[&str]] as &[&[&str]], |(_, runs)| runs);
    let outcome = runs.iter().try_for_each(|args| {
        let mut cargo = command::cargo();
        cargo
            .args(["run", "--quiet", "--manifest-path"])
            .arg(example.join("Cargo.toml"))
            .arg("--")
            .args(*args);
        command::run(cargo.current_dir(&scratch))
    });
    let removed =
        fs::remove_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()));
    outcome.and(removed)
}
