use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, Result};

/// What an app does about pending revisions when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Startup {
    /// Applies them.
    #[default]
    Apply,
    /// Fails with the list of them: for apps whose role may not change tables.
    Check,
    /// Doesn't look.
    Skip,
    /// Lists what is pending to the person at the terminal, what breaks older releases marked, and applies it if they
    /// agree. If they don't, and where standard input or standard error is no terminal, it fails as
    /// [`Check`](Startup::Check) does: nobody is waited for who isn't there. [`Migrator::ask`](crate::Migrator::ask)
    /// puts a question of the app's own in place of this one.
    ///
    /// ```no_run
    /// # #[cfg(feature = "rusqlite")] {
    /// use migrate_runtime::{Migrations, Migrator, Startup, embed_migrations};
    ///
    /// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
    ///
    /// let mut conn = rusqlite::Connection::open("app.db")?;
    /// Migrator::new(&MIGRATIONS).startup(Startup::Ask).run(&mut conn)?;
    /// // The database is to be migrated, 1 step:
    /// //   upgrade cb3cf47d9259 -> 8280855a5064, drop the old names
    /// //     BREAKS older releases: drops users.name
    /// // Apply now? [y/N]
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// On tokio-postgres the answer is waited for on the thread that polls the future.
    Ask,
}

/// The variable that [`Startup::from_env_or`] reads.
const VARIABLE: &str = "MIGRATE_ON_STARTUP";

impl Startup {
    /// What `MIGRATE_ON_STARTUP` says (`apply`, `check`, `skip` or `ask`), else `default`: so that
    /// operations can decide without a rebuild. Nothing else in this crate reads the environment
    /// for decisions.
    ///
    /// # Errors
    ///
    /// The variable says something else.
    pub fn from_env_or(default: Startup) -> Result<Startup> {
        match std::env::var(VARIABLE) {
            Ok(value) => value.parse().map_err(|error: Error| {
                Error::new(ErrorKind::Usage, format!("{VARIABLE}: {error}"))
            }),
            Err(std::env::VarError::NotPresent) => Ok(default),
            Err(error) => Err(Error::new(ErrorKind::Usage, format!("{VARIABLE}: {error}"))),
        }
    }
}

impl FromStr for Startup {
    type Err = Error;

    fn from_str(word: &str) -> Result<Startup> {
        match word {
            "apply" => Ok(Startup::Apply),
            "check" => Ok(Startup::Check),
            "skip" => Ok(Startup::Skip),
            "ask" => Ok(Startup::Ask),
            other => Err(Error::new(
                ErrorKind::Usage,
                format!("`{other}` is none of apply, check, skip, ask"),
            )),
        }
    }
}

impl fmt::Display for Startup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Startup::Apply => "apply",
            Startup::Check => "check",
            Startup::Skip => "skip",
            Startup::Ask => "ask",
        })
    }
}

/// What an app does when the database has revisions that it doesn't know: a rolling deploy, or a
/// release that was rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnAhead {
    /// Starts unless one of them is marked `breaking`.
    #[default]
    CompatibleOnly,
    /// Refuses to start.
    Refuse,
    /// Starts.
    Allow,
    /// Runs the downgrade scripts that the history keeps. Meant for single instances: it fights
    /// newer replicas.
    Downgrade,
}

/// How many transactions a plan takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Transactions {
    /// One for all steps, but where a step's properties split it.
    #[default]
    Single,
    /// One for each step.
    PerStep,
}
