//! Lists the tools, lends them and takes them back; `models migrate ...` is the command line of the migrations.
//!
//! ```sh
//! cargo run -p models                                       # tools.db in the current folder
//! cargo run -p models -- lend T-1 ada@example.org
//! cargo xtask postgres cargo run -p models                  # a scratch PostgreSQL server
//! cargo run -p models -- migrate check --files              # do models and revisions agree?
//! ```

use std::process::ExitCode;

use models::MIGRATIONS;
use models::models::SCHEMA;
use models::store::{Result, Store};

const HELP: &str = "\
A tool library on SQLite or PostgreSQL.

Usage: models [--url URL] [COMMAND]

Commands:
  list                 All tools (the default)
  lend LABEL EMAIL     Lends a tool for two weeks
  return LABEL         Takes it back
  migrate ...          Moves the database along its revisions, and writes new ones: models migrate --help

Options:
  --url URL    sqlite:FILE or postgres://...; else $DATABASE_URL, else sqlite:tools.db
";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:tools.db".to_owned());
    if words.len() > 1 && words[0] == "--url" {
        url = words.remove(1);
        words.remove(0);
    }
    if words.first().is_some_and(|word| word == "migrate") {
        return migrate_cli::App::new(&MIGRATIONS)
            .models(&SCHEMA)
            .program("models migrate")
            .url(url)
            .exec(migrate_cli::Args::new(&words[1..]));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&url, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` tells the whole story: the file and line of the script, and what to do.
            eprintln!("models: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(url: &str, words: &[&str]) -> Result {
    if let ["-h" | "--help"] = words {
        print!("{HELP}");
        return Ok(());
    }
    let (mut store, report) = Store::open(url)?;
    // On stderr, so that stdout holds results only.
    eprintln!("{report}");
    match *words {
        [] | ["list"] => {}
        ["lend", label, email] => store.lend(label, email)?,
        ["return", label] => store.take_back(label)?,
        _ => {
            let words = words.join(" ");
            return Err(format!("`{words}` is no command; `models --help` lists them").into());
        }
    }
    for entry in store.list()? {
        println!("{entry}");
    }
    Ok(())
}
