//! What is measured: a file a section.

pub(crate) mod apply;
pub(crate) mod compile;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod start;
pub(crate) mod together;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::contender::{Entry, Program};
use crate::{Base, Bench, Result};

/// An entry with its program, or why it has none.
pub(super) struct Ready {
    pub(super) entry: Entry,
    pub(super) program: Result<std::path::PathBuf>,
}

impl Bench {
    /// Everyone who takes part, built; the limit comes first.
    pub(super) fn ready(&mut self, base: Base, count: usize, program: Program) -> Vec<Ready> {
        let entries: Vec<Entry> = (self.contenders.iter())
            .flat_map(|contender| contender.entries(base))
            .collect();
        let ready = entries.into_iter().map(|entry| Ready {
            program: self.builder.program(entry.contender, base, count, program),
            entry,
        });
        ready.collect()
    }
}

/// Runs a task of the harness and reads the figures that it prints.
pub(super) fn figures(
    program: &Path,
    task: &str,
    url: &str,
    variant: &str,
) -> Result<HashMap<String, f64>> {
    let output = Command::new(program).args([task, url, variant]).output();
    let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said
            .lines()
            .find(|line| !line.trim().is_empty() && !line.contains("panicked at"));
        return Err(line.unwrap_or("failed").chars().take(200).collect());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let figures = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    Ok(figures.collect())
}

/// The figure of that name.
pub(super) fn figure(figures: &HashMap<String, f64>, name: &str) -> f64 {
    figures.get(name).copied().unwrap_or(f64::NAN)
}
