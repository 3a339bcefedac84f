//! `cargo xtask alarms`: what `lint` finds in real histories, each revision by itself, so that a person can judge it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{self, Path};
use std::process::{Command, Output};
use std::{env, fs, process};

use crate::{Result, command};

/// Imports each history and lints its revisions one by one: alone, because nobody has rows of what the same run creates.
///
/// A history is `TOOL:DIALECT:FOLDER`, the folder of that tool's migrations.
pub(crate) fn run(histories: &[OsString]) -> Result {
    command::run(command::cargo().args(["build", "--quiet", "--package", "cargo-migrate"]))?;
    let program = command::target()?.join("debug/cargo-migrate");
    let scratch = env::temp_dir().join(format!("xtask-alarms-{}", process::id()));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut revisions = 0;
    for (at, history) in histories.iter().enumerate() {
        let project = scratch.join(at.to_string());
        fs::create_dir_all(&project).map_err(|error| format!("{}: {error}", project.display()))?;
        let found = one(&program, &project, &history.to_string_lossy(), &mut counts);
        fs::remove_dir_all(&project).ok();
        revisions += found?;
    }
    fs::remove_dir_all(&scratch).ok();
    println!();
    for (rule, count) in &counts {
        println!("{count:5}  {rule}");
    }
    let findings: usize = counts.values().sum();
    println!("{findings:5}  findings in {revisions} revisions");
    Ok(())
}

/// Prints the findings of a history, and returns how many revisions it has.
fn one(
    program: &Path,
    project: &Path,
    history: &str,
    counts: &mut BTreeMap<String, usize>,
) -> Result<usize> {
    let mut parts = history.splitn(3, ':');
    let (Some(tool), Some(dialect), Some(folder)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(format!("`{history}` is no TOOL:DIALECT:FOLDER"));
    };
    let folder = path::absolute(folder).map_err(|error| format!("{folder}: {error}"))?;
    let migrate = |words: &[&str]| {
        let mut command = Command::new(program);
        command.arg("migrate").args(words).current_dir(project);
        command.env_remove("DATABASE_URL").output()
    };
    let folder = folder.to_string_lossy();
    let import = migrate(&["import", &folder, "--tool", tool, "--dialect", dialect]);
    let imported = told(import)?;
    if !imported.status.success() {
        let why = String::from_utf8_lossy(&imported.stderr);
        return Err(format!("{history} can't be imported: {why}"));
    }
    let lock = fs::read_to_string(project.join("versions/chain.lock"))
        .map_err(|error| format!("{history}: {error}"))?;
    let ids = lock.lines().filter_map(|line| line.strip_suffix(" open"));
    let mut revisions = 0;
    for id in ids {
        revisions += 1;
        let linted = told(migrate(&["lint", id]))?;
        let text = String::from_utf8_lossy(&linted.stdout);
        let rules = text.lines().filter_map(|line| line.strip_prefix('['));
        for (rule, _) in rules.filter_map(|line| line.split_once(']')) {
            *counts.entry(rule.to_owned()).or_default() += 1;
        }
        if linted.status.code() == Some(3) {
            println!("\n{history}, {id}\n\n{text}");
        } else if !linted.status.success() {
            let why = String::from_utf8_lossy(&linted.stderr);
            return Err(format!("{history}, {id}: {why}"));
        }
    }
    Ok(revisions)
}

fn told(output: std::io::Result<Output>) -> Result<Output> {
    output.map_err(|error| format!("cargo-migrate did not start: {error}"))
}
