//! A worker over a queue of jobs in PostgreSQL, of which several replicas start at once.
//!
//! Each replica migrates the database when it starts, or only checks it: the flag `--startup` decides, else the variable
//! `MIGRATE_ON_STARTUP`. Whoever comes first applies what is pending, the others wait. What happens is logged on stderr.
//!
//! ```sh
//! cargo xtask postgres cargo run -p service      # with a scratch PostgreSQL server
//! DATABASE_URL=postgres://me@localhost/mine cargo run -p service -- --startup check
//! ```

mod health;
mod queue;

use std::error::Error;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use migrate_runtime::{Migrations, Migrator, Startup, embed_migrations};
use postgres::{Client, NoTls};

static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [postgres]);

const HELP: &str = "\
A worker over a queue of jobs in PostgreSQL: it counts the words of texts.

Usage: service [--startup apply|check|skip] [--serve ADDRESS] [TEXT]...

Queues each TEXT as a job, then works until the queue is empty.

Options:
  --startup MODE     apply: apply pending revisions (the default); check: refuse to start if there
                     are any; skip: don't look. Without the option $MIGRATE_ON_STARTUP decides
  --serve ADDRESS    Don't stop when the queue is empty, and answer HTTP requests there, such as
                     127.0.0.1:8080, with `ok`
  -h, --help         Prints this text

Environment:
  DATABASE_URL          Where the database is: postgres://...
  MIGRATE_ON_STARTUP    apply, check or skip
";

struct Arguments {
    help: bool,
    startup: Startup,
    serve: Option<String>,
    texts: Vec<String>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.help {
        print!("{HELP}");
        return Ok(());
    }
    let url = std::env::var("DATABASE_URL").map_err(|error| format!("DATABASE_URL: {error}"))?;
    let mut client = Client::connect(&url, NoTls)?;

    let report = Migrator::new(&MIGRATIONS)
        .startup(arguments.startup)
        .lock_wait(Duration::from_secs(30))
        .on_event(|event| log(event))
        .run(&mut client)?;
    log(&report);

    if let Some(address) = &arguments.serve {
        health::serve(address)?;
    }
    for text in &arguments.texts {
        queue::add(&mut client, text)?;
    }
    loop {
        while let Some(done) = queue::work(&mut client)? {
            println!("{done}");
        }
        if arguments.serve.is_none() {
            return Ok(());
        }
        thread::sleep(Duration::from_secs(1));
    }
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments {
        help: false,
        startup: Startup::from_env_or(Startup::Apply)?,
        serve: None,
        texts: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-h" | "--help" => arguments.help = true,
            "--startup" => {
                let mode = words.next().ok_or("--startup needs a mode")?;
                arguments.startup = mode.parse()?;
            }
            "--serve" => arguments.serve = Some(words.next().ok_or("--serve needs an address")?),
            option if option.starts_with("--") => {
                return Err(format!("unknown option `{option}`; see --help").into());
            }
            _ => arguments.texts.push(word),
        }
    }
    Ok(arguments)
}

/// A line of the log, with who says it.
fn log(line: impl std::fmt::Display) {
    eprintln!("service[{}] {line}", std::process::id());
}
