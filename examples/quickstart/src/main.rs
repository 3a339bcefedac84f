//! An inventory in a SQLite file that the program itself migrates.
//!
//! `versions/` holds its chain of revisions: SQL, a branch and its merge, a rebuilt table, and one that is Rust code and
//! reads a CSV file. The compiler has checked it and put it into the program; when the program starts, it applies what
//! the file lacks. Try `cargo run -p quickstart -- --help`; with `--features cli` it has every command of
//! `cargo migrate` too, as `quickstart migrate ...`, and `quickstart migrate revision --autogenerate` writes a revision
//! from the structs in `models.rs`.

mod arguments;
mod inventory;
// To run, the program needs its revisions only.
#[cfg(any(feature = "cli", test))]
mod models;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use inventory::Inventory;
use migrate_runtime::{Migrations, Outcome, Report};

/// The chain, as a type, because one of its revisions is Rust code.
#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite], assets)]
struct Versions;

fn main() -> ExitCode {
    #[cfg(feature = "cli")]
    if let Some(exit) = migrate() {
        return exit;
    }
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("quickstart: {message}; `quickstart --help` tells more");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` tells the whole story: the file and line of the script, and what to do.
            eprintln!("quickstart: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `quickstart migrate ...`: the whole command line of `cargo migrate`, mounted here.
#[cfg(feature = "cli")]
fn migrate() -> Option<ExitCode> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let (first, rest) = words.split_first()?;
    (first == "migrate").then(|| {
        let file = arguments::file(None);
        migrate_cli::App::new(Versions::migrations())
            .models(&models::SCHEMA)
            .url(format!("sqlite:{}", file.display()))
            .exec(migrate_cli::Args::new(rest))
    })
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if let Command::Help = arguments.command {
        print!("{}", arguments::HELP);
        return Ok(());
    }
    let mut connection = rusqlite::Connection::open(&arguments.file)?;
    let migrations = Versions::migrations();
    match &arguments.command {
        Command::History => {
            for entry in migrations.history(&mut connection)? {
                let state = if entry.applied { "applied" } else { "pending" };
                println!("{state}  {}  {}", entry.revision, entry.message);
            }
            return Ok(());
        }
        Command::Upgrade(target) => {
            tell(arguments, &migrations.upgrade(&mut connection, target)?);
            return Ok(());
        }
        Command::Downgrade(target) => {
            tell(arguments, &migrations.downgrade(&mut connection, target)?);
            return Ok(());
        }
        _ => {}
    }

    // This is all that an app needs.
    let report = migrations.run(&mut connection)?;
    tell(arguments, &report);

    let mut inventory = Inventory::new(connection);
    match &arguments.command {
        Command::Put(what) => println!("{}", inventory.put(what)?),
        Command::Take { name, quantity } => println!("{}", inventory.take(name, *quantity)?),
        _ => {
            let items = inventory.list()?;
            if items.is_empty() {
                println!("Nothing is in stock. Put something there: quickstart put flour 2.5 kg");
            }
            items.iter().for_each(|item| println!("{item}"));
        }
    }
    Ok(())
}

/// On stderr, so that stdout holds results only.
fn tell(arguments: &Arguments, report: &Report) {
    let file = arguments.file.display();
    match report.outcome {
        Outcome::UpToDate => eprintln!("{file} is {report}"),
        _ => eprintln!("{file}: {report}"),
    }
}
