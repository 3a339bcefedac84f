//! What we may add to the size of an app: a check, not a measurement.

use std::fs;

use crate::contender::{ALL, LIMIT, OURS, Program};
use crate::{Base, Bench, Result};

/// The revisions of the app.
const COUNT: usize = 10;

/// KiB that a released, stripped app may have over the raw app, on x86-64 Linux. Clear code may cost something: whoever
/// needs more raises the figure in the commit that needs it, and gives the reason.
fn budget(base: Base) -> u64 {
    match base {
        Base::Sqlite => 540,
        Base::Postgres => 720,
    }
}

/// Prints the sizes; an error if one is over its budget.
pub(crate) fn check(bench: &mut Bench) -> Result {
    let mut over = Vec::new();
    for base in bench.bases.clone() {
        let (ours, raw) = (kib(bench, OURS, base)?, kib(bench, LIMIT, base)?);
        let (added, budget) = (ours.saturating_sub(raw), budget(base));
        let line =
            format!("{base}: {ours} KiB, {added} over the raw app's {raw}; the budget is {budget}");
        println!("{line}");
        if added > budget {
            over.push(line);
        }
    }
    if over.is_empty() {
        Ok(())
    } else {
        Err(format!("an app is too large: {}", over.join("; ")))
    }
}

fn kib(bench: &mut Bench, name: &str, base: Base) -> Result<u64> {
    let contender = ALL.iter().find(|contender| contender.name == name);
    let contender = contender.ok_or_else(|| format!("there is no contender {name}"))?;
    let program = bench
        .builder
        .program(*contender, base, COUNT, Program::App)?;
    let data = fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?;
    Ok(data.len().div_ceil(1024))
}
