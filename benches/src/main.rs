//! Measures the runtime beside its peers and beside the raw driver. `cargo xtask bench --help` says how.

mod chart;
mod contender;
mod generate;
mod report;
mod scratch;
mod sections;
mod stats;
mod strace;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fmt, fs};

use contender::{Builder, Contender};
use report::Table;
use scratch::Scratch;

const HELP: &str = "\
Measures the runtime beside its peers and the raw driver, prints a table, and writes
target/bench/report.md and target/bench/chart.svg.

Usage: cargo xtask bench [OPTIONS]

Options:
  --quick            Few rounds and few revisions
  --no-peers         Only our own program and the limit
  --sections 1,2,3   Only these sections
  --counts 10,1000   Numbers of revisions
  --rounds N         How often each figure is taken
  --database NAME    Only sqlite, or only postgres
  --only a,b         Only these contenders (the limit is always measured)
  --debug            Unoptimised builds: figures mean nothing, but all of it runs
  --help             Prints this text

Sections:
  1  up-to-date start          4  whole process, memory, size
  2  fresh apply               5  compile cost
  3  one pending revision      6  processes at once
                               7  a network with a delay
";

/// Why something has failed, as one line for a person.
type Result<T = (), E = String> = std::result::Result<T, E>;

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    Sqlite,
    Postgres,
}

impl Base {
    fn feature(self) -> &'static str {
        match self {
            Base::Sqlite => "sqlite",
            Base::Postgres => "postgres",
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Base::Sqlite => "SQLite",
            Base::Postgres => "PostgreSQL",
        })
    }
}

/// A run of the bench.
struct Bench {
    builder: Builder,
    scratch: Scratch,
    contenders: Vec<Contender>,
    sections: Vec<usize>,
    counts: Vec<usize>,
    rounds: usize,
    bases: Vec<Base>,
    tables: Vec<Table>,
    target: PathBuf,
}

fn main() -> ExitCode {
    match run(env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Vec<String>) -> Result {
    let Some(mut bench) = parse(args)? else {
        print!("{HELP}");
        return Ok(());
    };
    for base in bench.bases.clone() {
        let largest = bench.counts.iter().copied().max().unwrap_or(10);
        for count in bench.counts.clone() {
            if bench.sections.contains(&1) {
                let table = sections::start::run(&mut bench, base, count)?;
                bench.show(table)?;
            }
            if bench.sections.contains(&2) {
                let table = sections::apply::fresh(&mut bench, base, count)?;
                bench.show(table)?;
            }
            if bench.sections.contains(&3) {
                let table = sections::apply::pending(&mut bench, base, count)?;
                bench.show(table)?;
            }
            if bench.sections.contains(&4) {
                let table = sections::process::run(&mut bench, base, count)?;
                bench.show(table)?;
            }
            if bench.sections.contains(&7) && base == Base::Postgres {
                let table = sections::network::run(&mut bench, count)?;
                bench.show(table)?;
            }
        }
        if bench.sections.contains(&5) {
            let table = sections::compile::clean(&mut bench, base)?;
            bench.show(table)?;
            for (count, release) in [
                (10, true),
                (largest, true),
                (10, false),
                (largest, false),
                (10 * largest, false),
            ] {
                let table = sections::compile::rebuild(&mut bench, base, count, release)?;
                bench.show(table)?;
            }
        }
        if bench.sections.contains(&6) {
            for processes in [16, 64] {
                let table = sections::together::run(&mut bench, base, largest.min(100), processes)?;
                bench.show(table)?;
            }
        }
    }
    Ok(())
}

impl Bench {
    /// Prints a table and writes the report so far: a long run that is interrupted has told something.
    fn show(&mut self, table: Table) -> Result {
        println!("{}", table.markdown());
        self.tables.push(table);
        let tables: Vec<String> = self.tables.iter().map(Table::markdown).collect();
        let report = format!("# Bench\n\n{}", tables.join("\n"));
        for (name, text) in [
            ("report.md", report),
            ("chart.svg", chart::svg(&self.tables)),
        ] {
            let file = self.target.join(name);
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }
}

/// The run that the arguments describe; `None`: the help was asked for.
fn parse(args: Vec<String>) -> Result<Option<Bench>> {
    let mut args = args.into_iter();
    let value = |name: &str, args: &mut std::vec::IntoIter<String>| {
        args.next().ok_or(format!("{name} needs a value"))
    };
    let (mut quick, mut peers, mut debug) = (false, true, false);
    let (mut sections, mut counts, mut rounds, mut only) = (None, None, None, None);
    let mut bases = vec![Base::Sqlite, Base::Postgres];
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => return Ok(None),
            "--quick" => quick = true,
            "--no-peers" => peers = false,
            "--debug" => debug = true,
            "--sections" => sections = Some(numbers(&value(&arg, &mut args)?)?),
            "--counts" => counts = Some(numbers(&value(&arg, &mut args)?)?),
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
    let own = [contender::LIMIT, contender::OURS];
    let takes_part = |contender: &&Contender| match &only {
        Some(only) => {
            contender.name == contender::LIMIT || only.split(',').any(|name| name == contender.name)
        }
        None => peers || own.contains(&contender.name),
    };
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let target = env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| source.join("../target"), PathBuf::from)
        .join("bench");
    fs::create_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))?;
    let scratch = Scratch::new(target.join(format!("databases-{}", std::process::id())))
        .map_err(|error| error.to_string())?;
    Ok(Some(Bench {
        builder: Builder::new(source, target.clone(), debug),
        scratch,
        contenders: contender::ALL.iter().filter(takes_part).copied().collect(),
        sections: sections.unwrap_or_else(|| (1..=7).collect()),
        counts: counts.unwrap_or_else(|| if quick { vec![10] } else { vec![10, 100, 1000] }),
        rounds: rounds.unwrap_or(if quick { 3 } else { 7 }),
        bases,
        tables: Vec::new(),
        target,
    }))
}

fn numbers(list: &str) -> Result<Vec<usize>> {
    let each = list.split(',').map(|number| number.trim().parse());
    each.collect::<Result<_, _>>()
        .map_err(|_| format!("{list:?} is no list of numbers"))
}
