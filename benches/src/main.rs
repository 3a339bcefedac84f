//! Measures the runtime beside its peers and beside the raw driver. `cargo xtask bench --help` says how.

mod args;
mod chart;
mod child;
mod contender;
mod generate;
mod report;
mod scratch;
mod sections;
mod stats;
mod strace;

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fmt, fs};

use contender::{Builder, Contender};
use report::Table;
use scratch::Scratch;

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
    /// Whether the size of our app is checked, before anything is measured.
    budget: bool,
    sections: Vec<usize>,
    /// The numbers of revisions asked for; without, each section has its own.
    counts: Option<Vec<usize>>,
    rounds: usize,
    bases: Vec<Base>,
    tables: Vec<Table>,
    target: PathBuf,
    /// Held until the run ends.
    _lock: File,
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
    let Some(mut bench) = args::parse(args)? else {
        print!("{}", args::HELP);
        return Ok(());
    };
    if bench.budget {
        sections::budget::check(&mut bench)?;
    }
    // Clean builds come first: what the other sections run is then built upon them.
    for base in bench.bases_of(5) {
        let table = sections::compile::clean(&mut bench, base)?;
        bench.show(table)?;
    }
    for base in bench.bases.clone() {
        for (section, measure) in SECTIONS {
            if bench.bases_of(*section).contains(&base) {
                for count in bench.counts_of(*section) {
                    let table = measure(&mut bench, base, count)?;
                    bench.show(table)?;
                }
            }
        }
    }
    // What a change of the app costs does not depend on the database.
    if let Some(base) = bench.bases_of(5).first().copied() {
        let counts = bench.counts_of(5);
        let largest = counts.last().copied().unwrap_or(10);
        let debug = counts.into_iter().chain([10 * largest]);
        let builds = debug.map(|count| (count, false)).chain([(largest, true)]);
        for (count, release) in builds {
            let table = sections::compile::rebuild(&mut bench, base, count, release)?;
            bench.show(table)?;
        }
    }
    Ok(())
}

/// Measures what a section measures with a number of revisions.
type Section = fn(&mut Bench, Base, usize) -> Result<Table>;

/// The sections that run programs, in the order in which they run.
const SECTIONS: &[(usize, Section)] = &[
    (1, sections::start::run),
    (2, sections::apply::fresh),
    (3, sections::apply::pending),
    (4, sections::process::run),
    (6, |bench, base, count| {
        sections::together::run(bench, base, count, 16)
    }),
    (6, |bench, base, count| {
        sections::together::run(bench, base, count, 64)
    }),
    (7, |bench, _, count| sections::network::run(bench, count)),
    (8, sections::drivers::run),
];

impl Bench {
    /// The databases that a section of this run is about.
    fn bases_of(&self, section: usize) -> Vec<Base> {
        let bases = self.bases.iter().copied();
        let network = section == 7;
        bases
            .filter(|base| {
                self.sections.contains(&section) && (!network || *base == Base::Postgres)
            })
            .collect()
    }

    /// The numbers of revisions of a section, in ascending order.
    fn counts_of(&self, section: usize) -> Vec<usize> {
        match (&self.counts, section) {
            // What many processes do to each other shows with a hundred.
            (Some(counts), 6) => counts
                .last()
                .map(|count| *count.min(&100))
                .into_iter()
                .collect(),
            (Some(counts), _) => counts.clone(),
            (None, 2 | 7) => vec![10, 100, 1000],
            (None, 6) => vec![100],
            (None, 8) => vec![10],
            (None, _) => vec![10, 1000],
        }
    }

    /// Prints a table and writes the report so far: a long run that is interrupted has told something.
    fn show(&mut self, table: Table) -> Result {
        println!("{}", table.markdown());
        self.tables.push(table);
        let tables: Vec<String> = self.tables.iter().map(Table::markdown).collect();
        let report = format!("# Bench\n\n{}\n{}", report::reading(), tables.join("\n"));
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
