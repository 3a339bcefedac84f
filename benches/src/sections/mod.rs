//! What is measured: a file a section.

pub(crate) mod apply;
pub(crate) mod budget;
pub(crate) mod compile;
pub(crate) mod drivers;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod start;
pub(crate) mod together;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::contender::{Entry, LIMIT, Program};
use crate::{Base, Bench, Result, child};

/// What a line of a table may take of the time of a run; each is measured once in any case.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// An entry with its program, or why it has none.
pub(super) struct Ready {
    pub(super) entry: Entry,
    pub(super) program: Result<PathBuf>,
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

impl Ready {
    /// Runs a task of the harness and reads the figures that it prints.
    pub(super) fn figures(&self, task: &str, url: &str) -> Result<Figures> {
        let mut command = Command::new(self.program.as_ref()?);
        let output = child::output(command.args([task, url, self.entry.variant]))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said
                .lines()
                .find(|line| !line.trim().is_empty() && !line.contains("panicked at"));
            return Err(line.unwrap_or("failed").to_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let figures = text.lines().filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Ok(Figures(figures.collect()))
    }
}

/// Where the limit stands, without which there are no ratios.
pub(super) fn limit(everyone: &[Ready]) -> Option<usize> {
    let mut entries = everyone.iter().map(|ready| ready.entry.name());
    entries.position(|name| name == LIMIT)
}

/// What a program has printed.
pub(super) struct Figures(HashMap<String, f64>);

impl Figures {
    pub(super) fn get(&self, name: &str) -> Result<f64> {
        let found = self.0.get(name).copied();
        found.ok_or_else(|| format!("told no {name}"))
    }
}

/// The rounds of a line.
#[derive(Default)]
pub(super) struct Rounds {
    spent: Duration,
    /// Why there are no more of them.
    pub(super) error: Option<String>,
}

impl Rounds {
    /// Measures once more, unless that has failed before or [`PATIENCE`] is at its end.
    ///
    /// So a line ends, but never leaves out a round: the n-th samples of two lines were taken side by side.
    pub(super) fn next(&mut self, measure: impl FnOnce() -> Result) {
        if self.error.is_none() && self.spent < PATIENCE {
            let since = Instant::now();
            self.error = measure().err();
            self.spent += since.elapsed();
        }
    }
}

/// Statements in what was sent, by the semicolons between them: the texts hold no others here.
pub(super) fn statements(texts: &[String]) -> usize {
    let each = texts.iter().flat_map(|text| text.split(';'));
    each.filter(|statement| !statement.trim().is_empty())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_when_it_fails_or_takes_too_long() {
        let mut failing = Rounds::default();
        let mut taken = 0;
        for _ in 0..3 {
            failing.next(|| {
                taken += 1;
                Err("locked".to_owned())
            });
        }
        assert_eq!((taken, failing.error.as_deref()), (1, Some("locked")));

        let mut slow = Rounds {
            spent: PATIENCE,
            error: None,
        };
        slow.next(|| Err("measured all the same".to_owned()));
        assert_eq!(slow.error, None);
    }
}
