use std::time::Duration;

use migrate_runtime::{Migrator, Transactions};

use super::file::Limit;
use super::{Environment, File, NAME, PerTransaction};
use crate::App;
use crate::cli::Global;
use crate::error::{Error, Result};

/// How long a run may wait and take, and what commits together: a flag, then the environment's, then
/// what migrate.toml says for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    lock_wait: Option<Duration>,
    lock_timeout: Option<Duration>,
    statement_timeout: Option<Duration>,
    transactions: Option<PerTransaction>,
}

impl Limits {
    pub(super) fn new(
        app: &App<'_>,
        global: &Global,
        file: &File,
        environment: Option<&Environment>,
    ) -> Result<Limits> {
        let of = |key: &str, flag: Option<f64>, own: Option<f64>, all: Option<f64>| {
            let seconds = flag.or(own).or(all);
            seconds.map(|seconds| duration(key, seconds)).transpose()
        };
        let environment = environment.cloned().unwrap_or_default();
        let lock_wait = of(
            "lock_wait",
            global.lock_wait,
            environment.lock_wait,
            file.lock_wait,
        )?;
        Ok(Limits {
            lock_wait: lock_wait.or(app.lock_wait),
            lock_timeout: of(
                "lock_timeout",
                global.lock_timeout,
                environment.lock_timeout.map(Limit::seconds),
                file.lock_timeout.map(Limit::seconds),
            )?,
            statement_timeout: of(
                "statement_timeout",
                global.statement_timeout,
                environment.statement_timeout.map(Limit::seconds),
                file.statement_timeout.map(Limit::seconds),
            )?,
            transactions: global
                .transactions
                .or(environment.transactions)
                .or(file.transactions),
        })
    }

    /// Tells the engine.
    pub(crate) fn apply<'m>(&self, mut migrator: Migrator<'m>) -> Migrator<'m> {
        if let Some(wait) = self.lock_wait {
            migrator = migrator.lock_wait(wait);
        }
        if let Some(timeout) = self.lock_timeout {
            migrator = migrator.lock_timeout(timeout);
        }
        if let Some(timeout) = self.statement_timeout {
            migrator = migrator.statement_timeout(timeout);
        }
        match self.transactions {
            Some(PerTransaction::PerStep) => migrator.transactions(Transactions::PerStep),
            Some(PerTransaction::Single) => migrator.transactions(Transactions::Single),
            None => migrator,
        }
    }
}

fn duration(key: &str, seconds: f64) -> Result<Duration> {
    if (0.0..1e9).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(Error::failed(format!(
            "`{key}` in {NAME} is a number of seconds, such as 5 or 0.5"
        )))
    }
}
