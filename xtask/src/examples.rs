//! Runs each example: every folder in `examples/` with a manifest is one.

use std::path::Path;
use std::{env, fs, io, process};

use crate::{Result, command};

/// The runs of an example: the arguments of each, in turn.
type Runs = &'static [&'static [&'static str]];

/// The examples for which once without arguments is not enough, by folder. An example's runs share a scratch folder, so
/// that a later one sees the database of an earlier one.
const RUNS: &[(&str, Runs)] = &[];

/// How all other examples are run.
const ONCE: Runs = &[&[]];

pub(crate) fn run() -> Result {
    let folder = command::root().join("examples");
    // git keeps no empty folders: without examples there is none.
    let names = if folder.exists() {
        names(&folder)
    } else {
        Ok(Vec::new())
    };
    let names = names.map_err(|error| format!("{}: {error}", folder.display()))?;
    if let Some((name, _)) = RUNS
        .iter()
        .find(|(name, _)| !names.iter().any(|found| found == name))
    {
        return Err(format!(
            "there is no example {name}, but it has a line in xtask's table"
        ));
    }
    for name in &names {
        run_one(&folder.join(name), name)?;
    }
    eprintln!("examples run: {}", names.len());
    Ok(())
}

/// The folders that hold a package, sorted.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// In a scratch folder, so that what an example writes does not end up in the checkout.
fn run_one(example: &Path, name: &str) -> Result {
    let scratch = env::temp_dir().join(format!("xtask-{}-{name}", process::id()));
    let failed = |error: io::Error| format!("{}: {error}", scratch.display());
    fs::create_dir_all(&scratch).map_err(failed)?;
    let runs = RUNS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(ONCE, |(_, runs)| runs);
    let outcome = runs.iter().try_for_each(|args| {
        let mut cargo = command::cargo();
        cargo
            .args(["run", "--quiet", "--manifest-path"])
            .arg(example.join("Cargo.toml"));
        command::run(cargo.arg("--").args(*args).current_dir(&scratch))
    });
    outcome.and(fs::remove_dir_all(&scratch).map_err(failed))
}
