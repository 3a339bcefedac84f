//! The command line.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::{env, fs};

use crate::contender::{self, Builder, Contender};
use crate::scratch::Scratch;
use crate::{Base, Bench, Result};

pub(crate) const HELP: &str = "\
Measures the runtime beside its peers and the raw driver, prints tables, and writes
target/bench/report.md and target/bench/chart.svg. With --no-peers that takes about ten minutes
on two cores that do nothing else; the peers, built anew for each number of revisions, take
much longer.

Usage: cargo xtask bench [OPTIONS]

Options:
  --quick            Few rounds and 10 revisions
  --no-peers         Only our own program and the limit
  --sections 1,2,3   Only these sections
  --counts 10,1000   Numbers of revisions, instead of those that each section has
  --rounds N         How often each figure is taken
  --database NAME    Only sqlite, or only postgres
  --only a,b         Only these contenders (the limit is always measured)
  --budget           Checks that our app is not larger than it may be; measures nothing unless
                     --sections is given
  --debug            Unoptimised builds: figures mean nothing, but all of it runs
  --help             Prints this text

Sections:
  1  up-to-date start          4  whole process, memory, size
  2  fresh apply               5  compile cost
  3  one pending revision      6  processes at once
  7  a network with a delay    8  through sqlx and diesel: start, size
";

/// The run that the arguments describe; `None`: the help was asked for.
pub(crate) fn parse(args: Vec<String>) -> Result<Option<Bench>> {
    let mut args = args.into_iter();
    let value = |name: &str, args: &mut std::vec::IntoIter<String>| {
        args.next().ok_or(format!("{name} needs a value"))
    };
    let (mut quick, mut peers, mut debug, mut budget) = (false, true, false, false);
    let (mut sections, mut counts, mut rounds, mut only) = (None, None, None, None);
    let mut bases = vec![Base::Sqlite, Base::Postgres];
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => return Ok(None),
            "--quick" => quick = true,
            "--no-peers" => peers = false,
            "--debug" => debug = true,
            "--budget" => budget = true,
            "--sections" => sections = Some(numbers(&value(&arg, &mut args)?)?),
            "--counts" => counts = Some(BTreeSet::from_iter(numbers(&value(&arg, &mut args)?)?)),
            "--rounds" => rounds = numbers(&value(&arg, &mut args)?)?.first().copied(),
            "--only" => only = Some(value(&arg, &mut args)?),
            "--database" => {
                bases = match value(&arg, &mut args)?.as_str() {
                    "sqlite" => vec![Base::Sqlite],
                    "postgres" => vec![Base::Postgres],
                    other => return Err(format!("{other} is neither sqlite nor postgres")),
                }
            }
            other => return Err(format!("{other} is no option; --help lists them")),
        }
    }
    let takes_part = |contender: &&Contender| match &only {
        Some(only) => {
            contender.name == contender::LIMIT || only.split(',').any(|name| name == contender.name)
        }
        None => peers || contender.is_own(),
    };
    if quick {
        counts.get_or_insert(BTreeSet::from([10]));
    }
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| source.join("../target"), PathBuf::from)
        .join("bench");
    fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    // Cargo would write the programs of two runs over each other.
    let lock = target.join("lock");
    let lock = File::create(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    if lock.try_lock().is_err() {
        return Err(format!("another run is at work in {}", target.display()));
    }
    let scratch = Scratch::new(target.join(format!("databases-{}", std::process::id())))
        .map_err(|error| error.to_string())?;
    let sections = sections.unwrap_or_else(|| {
        if budget {
            Vec::new()
        } else {
            (1..=8).collect()
        }
    });
    let apart = sections.contains(&5);
    Ok(Some(Bench {
        builder: Builder::new(source, target.clone(), debug, apart),
        scratch,
        contenders: contender::ALL.iter().filter(takes_part).copied().collect(),
        budget,
        sections,
        counts: counts.map(Vec::from_iter),
        rounds: rounds.unwrap_or(if quick { 3 } else { 7 }),
        bases,
        tables: Vec::new(),
        target,
        _lock: lock,
    }))
}

fn numbers(list: &str) -> Result<Vec<usize>> {
    let each = list.split(',').map(|number| number.trim().parse());
    each.collect::<Result<_, _>>()
        .map_err(|_| format!("{list:?} is no list of numbers"))
}
