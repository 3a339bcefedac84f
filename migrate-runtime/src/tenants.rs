use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::{Outcome, Report, Result};

/// Applies one chain for many tenants, each in a schema or a database of its own, several at a time.
///
/// One tenant's failure does not stop the others, and the [`Summary`] tells every tenant's outcome.
/// Tenants that are up to date cost one round trip, so to resume is to run again.
///
/// ```
/// use std::num::NonZeroUsize;
/// use migrate_runtime::{Migrations, Tenants, embed_migrations};
///
/// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///
/// # #[cfg(feature = "rusqlite")] {
/// let summary = Tenants::new(["acme", "globex"])
///     .concurrency(NonZeroUsize::MIN)
///     .run(|tenant| {
///         // On PostgreSQL: connect, `SET search_path TO` the tenant's schema, and run.
///         let mut conn = rusqlite::Connection::open_in_memory()?;
///         MIGRATIONS.run(&mut conn)
///     });
/// assert!(summary.is_complete(), "{summary}");
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Tenants {
    names: Vec<String>,
    concurrency: NonZeroUsize,
    stop_on_error: bool,
}

impl Tenants {
    /// Tenants by name, to be run in this order, four at a time.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Tenants {
        Tenants {
            names: names.into_iter().map(Into::into).collect(),
            concurrency: NonZeroUsize::MIN.saturating_add(3),
            stop_on_error: false,
        }
    }

    /// How many at a time.
    #[must_use]
    pub fn concurrency(mut self, concurrency: NonZeroUsize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Begins no other tenant after a failure; those under way are finished.
    #[must_use]
    pub fn stop_on_error(mut self) -> Self {
        self.stop_on_error = true;
        self
    }

    /// Runs each tenant on a thread of a small pool: `run` connects and migrates. A panic in it
    /// counts as that tenant's failure.
    pub fn run(self, run: impl Fn(&str) -> Result<Report> + Sync) -> Summary {
        let outcomes: Vec<Mutex<Option<Result<Report>>>> =
            self.names.iter().map(|_| Mutex::new(None)).collect();
        let queue: Mutex<VecDeque<usize>> = Mutex::new((0..self.names.len()).collect());
        let next = || {
            queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
        };
        let work = || {
            while let Some(at) = next() {
                let (Some(name), Some(slot)) = (self.names.get(at), outcomes.get(at)) else {
                    break;
                };
                let outcome = crate::panics::caught(|| run(name));
                if outcome.is_err() && self.stop_on_error {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                }
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.concurrency.get().min(self.names.len()) {
                scope.spawn(work);
            }
            work();
        });
        let outcomes = outcomes
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        Summary {
            tenants: self.names.into_iter().zip(outcomes).collect(),
        }
    }
}

/// What became of every tenant.
#[derive(Debug)]
pub struct Summary {
    /// Names with outcomes, in the order given; `None` for those not begun after a failure.
    pub tenants: Vec<(String, Option<Result<Report>>)>,
}

impl Summary {
    /// True when every tenant succeeded.
    pub fn is_complete(&self) -> bool {
        self.remaining().next().is_none()
    }

    /// Tenants that failed or were not begun: what to run again.
    pub fn remaining(&self) -> impl Iterator<Item = &str> {
        (self.tenants.iter())
            .filter(|(_, outcome)| !matches!(outcome, Some(Ok(_))))
            .map(|(name, _)| name.as_str())
    }
}

/// A line a tenant, and a count at the end.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut applied, mut current, mut failed, mut not_begun) = (0, 0, 0, 0);
        for (name, outcome) in &self.tenants {
            match outcome {
                Some(Ok(report)) => {
                    match report.outcome {
                        Outcome::Applied => applied += 1,
                        _ => current += 1,
                    }
                    let line = report.to_string();
                    writeln!(f, "{name}: {}", line.lines().next().unwrap_or(""))?;
                }
                Some(Err(error)) => {
                    failed += 1;
                    write!(f, "{name}: failed: {error}")?;
                    // What the database said is the reason.
                    match std::error::Error::source(error) {
                        Some(source) => writeln!(f, ": {source}")?,
                        None => writeln!(f)?,
                    }
                }
                None => {
                    not_begun += 1;
                    writeln!(f, "{name}: not begun")?;
                }
            }
        }
        write!(
            f,
            "{applied} migrated, {current} up to date, {failed} failed, {not_begun} not begun"
        )
    }
}
