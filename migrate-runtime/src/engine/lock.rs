use std::time::{Duration, Instant};

use migrate_chain::Segment;

use super::database::Database;
use super::locked::Locked;
use super::run::Run;
use super::{Engine, recorded_state};
use crate::driver::{Class, DbError};
use crate::in_progress::StepInProgress;
use crate::log::LastAct;
use crate::state::Recorded;
use crate::{Error, ErrorKind, Event, Report, Result};

/// How the next part of a plan is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// With BEGIN.
    Transaction {
        /// SQLite: foreign keys are switched off before, because later it has no effect.
        foreign_keys_off: bool,
    },
    /// Without: statement by statement.
    Outside,
}

impl Default for Mode {
    fn default() -> Mode {
        Mode::Transaction {
            foreign_keys_off: false,
        }
    }
}

impl Mode {
    /// How a segment is begun; where there is none, what is recorded may change all the same.
    pub(super) fn of(segment: Option<&Segment>) -> Mode {
        let segment = segment.unwrap_or(&Segment::EMPTY);
        if segment.in_transaction {
            Mode::Transaction {
                foreign_keys_off: segment.foreign_keys_off,
            }
        } else {
            Mode::Outside
        }
    }
}

/// A wait with a limit: pauses grow from a few milliseconds to a fifth of a second.
#[derive(Debug)]
pub(crate) struct Backoff {
    since: Instant,
    limit: Duration,
    tries: u32,
    awaited: Awaited,
    /// When an observer last heard of it.
    heard: Option<Instant>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// The migration lock, before anything was done.
    Lock,
    /// The lock that a step outside a transaction needs between two of its statements.
    LockOfStep,
    /// A table of the record.
    Table,
}

impl Backoff {
    pub(super) fn new(limit: Duration) -> Backoff {
        Backoff {
            since: Instant::now(),
            limit,
            tries: 0,
            awaited: Awaited::Lock,
            heard: None,
        }
    }

    /// For a read of the record.
    pub(super) fn of_read(limit: Duration) -> Backoff {
        Backoff {
            awaited: Awaited::Table,
            ..Backoff::new(limit)
        }
    }

    /// Between two statements of a step outside a transaction.
    pub(super) fn of_step(limit: Duration) -> Backoff {
        Backoff {
            awaited: Awaited::LockOfStep,
            ..Backoff::new(limit)
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.since.elapsed() >= self.limit
    }

    /// How long to pause before the next try; with jitter, so that many waiters don't come at once.
    pub(super) fn pause(&mut self) -> Duration {
        self.tries += 1;
        let step = Duration::from_millis(5 << self.tries.min(5));
        crate::random::jitter(step).min(self.limit.saturating_sub(self.since.elapsed()))
    }

    /// True for the first try and then about once a second: how often an observer hears of it.
    fn is_worth_an_event(&mut self) -> bool {
        const QUIET: Duration = Duration::from_secs(1);
        let is_due = self.heard.is_none_or(|heard| heard.elapsed() >= QUIET);
        if is_due {
            self.heard = Some(Instant::now());
        }
        is_due
    }

    /// How long a read may take that a lock may hold up: half a second, so that somebody is soon told of it, and then longer.
    pub(super) fn slice(&self) -> Duration {
        let slice = Duration::from_millis(if self.tries == 0 { 500 } else { 2_000 });
        let left = self.limit.saturating_sub(self.waited());
        slice.min(left).max(Duration::from_millis(1))
    }

    /// Adds the wait to a report, if there was one.
    pub(super) fn report(&self, report: &mut Report) {
        if self.tries > 0 {
            report.waited = Some(report.waited.unwrap_or_default() + self.waited());
        }
    }

    fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// The error of a read once the time is over.
    pub(super) fn in_vain(&self, error: &DbError, holder: Option<&str>) -> DbError {
        let mut message = format!(
            "{error}, and was waited for for {:.1} s",
            crate::times::seconds(self.limit)
        );
        if let Some(holder) = holder {
            message.push_str(&format!("\nheld by {holder}"));
        }
        let mut busy = DbError::new(Class::Busy, message);
        busy.code.clone_from(&error.code);
        busy
    }
}

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Begins a transaction that holds the lock, waiting for it up to `lock_wait`.
    pub(super) async fn begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        let mut wait = Backoff::new(self.engine.migrator.settings.lock_wait);
        let mut check_interval = true;
        self.engine.driver.wait_itself().await;
        loop {
            let present = self.is_present;
            let tried = match D::begin(self, present, check_interval).await {
                Ok(Some(reply)) => {
                    self.engine.driver.let_it_wait();
                    wait.report(&mut run.report);
                    return self.hold(reply);
                }
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if matches!(&tried, Err(error) if error.class == Class::InFailedTransaction) {
                // Not ours, and its owner's to end.
                self.is_open = false;
            }
            // Not held: what was begun is ended, whatever the reason.
            self.close();
            match tried {
                Ok(()) => {}
                Err(error) if error.class == Class::Busy => {}
                // A server that can't watch its client says so; the rest works without.
                Err(error) if check_interval && error.code.as_deref() == Some("22023") => {
                    check_interval = false;
                    continue;
                }
                // The table went away since the first look.
                Err(error) if error.class == Class::Missing && present => {
                    self.is_present = false;
                    continue;
                }
                Err(error) if error.class == Class::InFailedTransaction => {
                    return Err(recorded_state::in_transaction().with_source(error));
                }
                Err(error) if error.class == Class::Missing => {
                    return Err(match self.engine.outdated().await? {
                        Some(outdated) => outdated.with_source(error),
                        None => not_begun(error),
                    });
                }
                Err(error) => return Err(not_begun(error)),
            }
            self.engine.wait(&mut wait).await?;
        }
    }
}

impl<D: Database> Engine<'_, '_, D> {
    /// Pauses before the next try and emits an event; an error once the time is over.
    pub(super) async fn wait(&mut self, wait: &mut Backoff) -> Result<()> {
        if wait.is_over() {
            let holder = self.holder(wait).await;
            return Err(not_obtained(wait, holder.as_deref()));
        }
        self.pause(wait).await;
        Ok(())
    }

    /// Who is waited for.
    pub(super) async fn holder(&mut self, wait: &Backoff) -> Option<String> {
        if wait.awaited == Awaited::Table {
            D::blockers_of_record(self).await
        } else {
            D::holder(self).await
        }
    }

    /// Pauses before the next try and emits an event, at the first one and about once a second.
    pub(super) async fn pause(&mut self, wait: &mut Backoff) {
        let pause = wait.pause();
        if wait.is_worth_an_event() {
            let holder = self.holder(wait).await;
            let waited = wait.waited();
            self.emit(&Event::Waiting {
                waited,
                holder: holder.as_deref(),
            });
        }
        self.driver.sleep(pause).await;
    }
}

/// The transaction could not be begun.
pub(super) fn not_begun(mut error: DbError) -> Error {
    // What a standby of PostgreSQL says to READ WRITE.
    if error.code.as_deref() == Some("0A000") {
        error.class = Class::ReadOnly;
    }
    let hint = error.hint_of_begin();
    let story = Error::database("begin", error);
    match hint {
        Some(hint) => story.with_help(hint),
        None => story,
    }
}

fn not_obtained(wait: &Backoff, holder: Option<&str>) -> Error {
    let seconds = crate::times::seconds(wait.limit);
    let error = Error::new(
        ErrorKind::Locked,
        format!("the migration lock was not obtained in {seconds:.1} s"),
    );
    let error = match holder {
        Some(holder) => error.with_note(format!("it is held by {holder}")),
        None => error.with_note("another connection is writing, or holds the lock"),
    };
    error
        .with_note(match wait.awaited {
            Awaited::LockOfStep => {
                "a step outside a transaction was under way: the statements before it are recorded, and the next start goes on from there"
            }
            Awaited::Lock | Awaited::Table => "nothing was changed",
        })
        .with_help("wait for it to finish, or allow more time with `lock_wait`")
}

/// What the transaction's first message answered.
#[derive(Debug, Default)]
pub(crate) struct LockReply<S> {
    pub(super) session: S,
    /// `None`: the table isn't there.
    pub(super) recorded: Option<Vec<Recorded>>,
    pub(super) in_progress: Option<StepInProgress>,
    /// What the log says, where it was asked with that.
    pub(super) acts: Option<Vec<LastAct>>,
    /// The tables in which other tools keep their histories, where they were looked for with that.
    pub(super) histories: Option<String>,
    /// Why what was found must not be used: it is another schema's, or another role's.
    #[cfg_attr(not(feature = "_postgres"), allow(dead_code))]
    pub(crate) refused: Option<Error>,
}
