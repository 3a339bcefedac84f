//! The lock, held in a transaction of ours, by the session or by a second connection.

use migrate_chain::{Chain, Segment};

use super::Engine;
use super::database::Database;
use super::lock::{LockReply, Mode};
use super::plan::Plan;
use super::planner::Request;
use super::run::Run;
use super::step_error::StepError;
use crate::driver::{DbError, Driver};
use crate::in_progress::StepInProgress;
use crate::log::LastAct;
use crate::state::{Recorded, State};
use crate::{Error, ErrorKind, Result};

/// The lock, and what is recorded as long as it is held. Dropped on the way of an error, a panic or a cancelled future,
/// it rolls back what is open, puts the session's settings back and gives the lock back.
pub(crate) struct Locked<'l, 'e, 'm, D: Database> {
    pub(super) engine: &'l mut Engine<'e, 'm, D>,
    /// True while the transaction is open that holds the lock.
    pub(super) is_open: bool,
    /// True when our tables are there.
    pub(super) is_present: bool,
    /// The session as the app gave it.
    pub(super) session: D::Session,
    pub(super) recorded: Vec<Recorded>,
    pub(super) in_progress: Option<StepInProgress>,
    /// The tables in which other tools keep their histories, where they were looked for.
    pub(super) histories: Option<String>,
    /// What the log says of each revision, where it was read with the heads.
    pub(super) acts: Option<Vec<LastAct>>,
    /// Outside a transaction: makes the engine's own statements run as the app, whoever a script has become.
    pub(super) as_the_app: String,
    /// SQLite: what puts the connection's settings back, the last first.
    pub(super) restore: Vec<String>,
    /// Holds the lock until it is dropped, where the lock is not in our own transaction.
    pub(super) second: Option<D::Driver>,
    /// Looks whether the session still has the lock, and takes it again if a script has let go of it; empty where the lock
    /// isn't the session's.
    pub(super) hold_again: String,
    /// Sent where the lock is the session's, once it is to be released; empty once it has been.
    pub(super) release: String,
}

impl<'e, 'm, D: Database> Engine<'e, 'm, D> {
    /// Takes the lock in the mode of the run, and reads what is recorded.
    pub(super) async fn lock<'l>(&'l mut self, run: &mut Run<'_>) -> Result<Locked<'l, 'e, 'm, D>> {
        D::prepare(self, &mut run.present).await?;
        let mut locked = Locked {
            engine: self,
            is_open: false,
            is_present: run.present,
            session: D::Session::default(),
            recorded: Vec::new(),
            in_progress: None,
            histories: None,
            acts: None,
            as_the_app: String::new(),
            restore: Vec::new(),
            second: None,
            hold_again: String::new(),
            release: String::new(),
        };
        match run.mode {
            Mode::Transaction { foreign_keys_off } => {
                if foreign_keys_off {
                    locked.foreign_keys_off().await?;
                }
                locked.begin(run).await?;
            }
            Mode::Outside => (locked.engine.outside()?.lock)(&mut locked, run).await?,
        }
        run.present = locked.is_present;
        Ok(locked)
    }
}

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Keeps what the transaction's first message answered.
    pub(super) fn hold(&mut self, mut reply: LockReply<D::Session>) -> Result<()> {
        D::accept(self.engine, &mut reply)?;
        self.is_present = reply.recorded.is_some();
        if self.is_present {
            self.engine.tables.trust();
        }
        self.recorded = reply.recorded.unwrap_or_default();
        self.in_progress = reply.in_progress;
        self.histories = reply.histories;
        self.acts = reply.acts;
        self.session = reply.session;
        Ok(())
    }

    /// Judges what is recorded.
    pub(super) async fn state(
        &mut self,
        chain: &Chain<'_>,
        request: &Request<'_>,
    ) -> Result<State> {
        let recorded = self.is_present.then_some(&*self.recorded);
        let in_progress = self.in_progress.clone();
        let acts = self.acts.take();
        let state = (self.engine)
            .state(chain, request, recorded, in_progress)
            .await?;
        self.engine.agree(chain, request, &state, acts).await?;
        Ok(state)
    }

    /// What is recorded was refused. Where nothing holds the lock, the log was read after the heads, when another process may
    /// have gone on: then all is decided anew.
    pub(super) async fn refused(&mut self, error: Error, run: &mut Run<'_>) -> StepError {
        if !D::HOLDS_NO_LOCK_OUTSIDE || run.mode != Mode::Outside {
            return error.into();
        }
        let (recorded, in_progress) = (self.recorded.clone(), self.in_progress.clone());
        let lock = match self.engine.outside() {
            Ok(outside) => outside.lock,
            Err(error) => return error.into(),
        };
        match lock(self, run).await {
            Ok(()) if recorded == self.recorded && in_progress == self.in_progress => error.into(),
            Ok(()) => StepError::moved(),
            Err(failed) => failed.into(),
        }
    }

    /// Executes the plan's first part. How the next one is begun; `None`: the plan is through.
    pub(super) async fn execute(
        self,
        chain: &Chain<'_>,
        plan: &Plan<'_>,
        run: &mut Run<'_>,
    ) -> std::result::Result<Option<Mode>, StepError> {
        let segments = plan.segments(D::DIALECT, self.engine.migrator.settings.per_step());
        // What is recorded may change though no step is taken.
        let segment = segments.first().unwrap_or(&Segment::EMPTY);
        let next = segments.get(1).map(|segment| Mode::of(Some(segment)));
        match run.mode {
            Mode::Transaction { .. } => {
                self.execute_transaction(chain, plan, segment, next, run)
                    .await?;
            }
            Mode::Outside => {
                (self.engine.outside()?.execute)(self, chain, plan, segment, run).await?;
            }
        }
        Ok(next)
    }

    /// Whatever happens to a step outside a transaction, what it sets for the session is put back with the lock.
    pub(super) fn restore_on_release(&mut self) {
        if let Some(restore) = D::restore_at_the_end(&self.session)
            && !self.release.is_empty()
        {
            self.release.push_str("; ");
            self.release.push_str(&restore);
        }
    }

    /// Makes everything in the transaction last; `sql` are the engine's last statements.
    pub(super) async fn commit(&mut self, sql: &str) -> std::result::Result<(), DbError> {
        D::commit(self.engine, sql).await?;
        self.is_open = false;
        Ok(())
    }

    /// Rolls back what is open, without waiting where the driver allows that.
    pub(super) fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.engine.driver.rollback_now();
        }
    }

    /// Gives the lock back without an effect, and the session's settings.
    pub(super) async fn release(mut self) -> Result<()> {
        if std::mem::take(&mut self.is_open) {
            let rolled_back = self.engine.driver.rollback().await;
            return rolled_back.map_err(|error| Error::database("roll back", error));
        }
        let release = std::mem::take(&mut self.release);
        let has_second = self.second.is_some();
        // Closing the connection frees the lock all the same.
        if let Some(mut second) = self.second.take()
            && second.end("ROLLBACK").await.is_ok()
        {
            self.engine.second = Some(second);
        }
        if release.is_empty() {
            return Ok(());
        }
        // A bare ROLLBACK outside a transaction would be a warning in the server's log.
        let quiet = release.strip_prefix("ROLLBACK; ").unwrap_or(&release);
        let released = self.engine.driver.rows(quiet).await;
        let failed = |error| Error::database("release the migration lock", error);
        match (released.map_err(failed)?, has_second) {
            (rows, false) if rows.cell() != Some("t") && release.contains("unlock") => {
                Err(Error::new(ErrorKind::Database, "the session lost the migration lock while it worked")
                    .with_note("what it did is recorded")
                    .with_help("behind a pooler in transaction mode each statement may go to another server connection: give the migrator a `connector`, or a direct connection"))
            }
            _ => Ok(()),
        }
    }
}

impl<D: Database> Drop for Locked<'_, '_, '_, D> {
    fn drop(&mut self) {
        let release = std::mem::take(&mut self.release);
        if !release.is_empty() {
            self.engine.driver.send_now(&release);
        } else if self.is_open || self.engine.driver.in_transaction() == Some(true) {
            self.engine.driver.rollback_now();
        }
        self.engine.driver.restore_dropped(&self.session);
        for restore in self.restore.iter().rev() {
            self.engine.driver.send_now(restore);
        }
        // `second` is dropped after this, and its lock with it.
    }
}
