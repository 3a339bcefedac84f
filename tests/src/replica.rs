//! What an app says that migrates its database when it starts: for tests that start many of it, kill it, and read what it
//! says. The program `replica` is such an app; tests of other drivers are one themselves.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use migrate_runtime::{
    Dialect, Error, ErrorKind, Lock, Migrations, Migrator, OnAhead, Options, Outcome, Report,
    Result, Startup,
};
use postgres::NoTls;

/// What the command line says: `--versions FOLDER --database URL [--OPTION VALUE ...]`.
#[derive(Debug)]
pub struct Args(pub Vec<String>);

impl Args {
    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }

    /// Whether an option is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word == name)
    }

    /// The value of an option in milliseconds.
    pub fn millis(&self, name: &str) -> Option<Duration> {
        self.get(name)
            .map(|text| Duration::from_millis(text.parse().unwrap()))
    }

    /// The URL of the database.
    pub fn database(&self) -> &str {
        self.get("--database").expect("--database")
    }

    /// Which database that is.
    pub fn dialect(&self) -> Dialect {
        match self.database().split_once(':') {
            Some(("sqlite", _)) => Dialect::Sqlite,
            _ => Dialect::Postgres,
        }
    }

    /// The chain.
    ///
    /// # Errors
    ///
    /// It is broken.
    pub fn migrations(&self) -> Result<Migrations> {
        let versions = Path::new(self.get("--versions").expect("--versions"));
        let mut options = Options::new("versions");
        if !versions.join("chain.lock").exists() {
            options.dialects = vec![self.dialect()];
        }
        options.multiple_heads = true;
        options.multiple_bases = true;
        Migrations::load(versions, &options)
    }

    /// Tells that it is connected, and waits for the word to go.
    pub fn ready(&self) {
        println!("ready");
        if self.has("--at-once") {
            let mut line = String::new();
            io::stdin().read_line(&mut line).unwrap();
        }
    }

    /// What migrates, as the options say.
    ///
    /// # Errors
    ///
    /// An option is no word of ours.
    pub fn migrator<'m>(&self, migrations: &'m Migrations) -> Result<Migrator<'m>> {
        let mut migrator = Migrator::new(migrations);
        if let Some(word) = self.get("--startup") {
            migrator = migrator.startup(word.parse::<Startup>()?);
        }
        if self.get("--on-ahead") == Some("downgrade") {
            migrator = migrator.on_ahead(OnAhead::Downgrade);
        }
        if self.get("--lock") == Some("none") {
            migrator = migrator.lock(Lock::None);
        }
        if let Some(wait) = self.millis("--lock-wait") {
            migrator = migrator.lock_wait(wait);
        }
        if let Some(url) = self.get("--connector") {
            let url = url.to_owned();
            migrator = migrator
                .connector(move || postgres::Client::connect(&url, NoTls).map_err(Error::other));
        }
        if self.has("--observed") {
            let pause = self.millis("--pause").unwrap_or_default();
            migrator = migrator.on_event(move |event| {
                println!("event: {event}");
                thread::sleep(pause);
            });
        }
        Ok(migrator)
    }
}

/// Prints what came of it; an error goes to stderr whole.
pub fn told(result: Result<Report>) -> ExitCode {
    match result {
        Ok(report) => {
            let outcome = match report.outcome {
                Outcome::UpToDate => "up to date",
                Outcome::Applied => "applied",
                Outcome::Ahead => "ahead",
                _ => "skipped",
            };
            println!("outcome: {outcome}");
            for done in &report.steps {
                println!("step: {}", done.step.revision);
            }
            if let Some(waited) = report.waited {
                println!("waited: {}", waited.as_millis());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("error: {:?}", error.kind());
            eprintln!("{error:#}");
            match error.kind() {
                ErrorKind::Interrupted => ExitCode::from(3),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
