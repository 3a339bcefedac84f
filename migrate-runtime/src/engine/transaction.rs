use migrate_chain::Chain;

use super::Engine;
use super::database::Database;
use super::lock::LockReply;
use super::planner::Request;
use super::postgres::session::Session;
use crate::driver::DbError;
use crate::in_progress::StepInProgress;

use crate::state::{Recorded, State};
use crate::{Error, Result};

/// An open transaction of the engine's, with the lock in it. Dropped on the way of an error, a
/// panic or a cancelled future, it rolls back and puts the session's settings back.
pub(crate) struct Transaction<'l, 'e, 'm, D: Database> {
    pub(super) engine: &'l mut Engine<'e, 'm, D>,
    pub(super) is_open: bool,
    /// True when our tables are there.
    pub(super) is_present: bool,
    pub(super) session: Session,
    pub(super) recorded: Vec<Recorded>,
    pub(super) in_progress: Option<StepInProgress>,
    /// SQLite: what puts the connection's settings back, the last first.
    pub(super) restore: Vec<String>,
}

impl<'l, 'e, 'm, D: Database> Transaction<'l, 'e, 'm, D> {
    /// Not begun yet.
    pub(super) fn new(engine: &'l mut Engine<'e, 'm, D>) -> Self {
        Transaction {
            engine,
            is_open: false,
            is_present: false,
            session: Session::default(),
            recorded: Vec::new(),
            in_progress: None,
            restore: Vec::new(),
        }
    }

    /// Keeps what its first message answered.
    pub(super) fn hold(&mut self, reply: LockReply) -> Result<()> {
        D::accept(self.engine, &reply)?;
        self.is_present = reply.recorded.is_some();
        self.recorded = reply.recorded.unwrap_or_default();
        self.in_progress = reply.in_progress;
        self.session = reply.session;
        Ok(())
    }

    /// Judges what is recorded.
    pub(super) async fn state(
        &mut self,
        chain: &Chain<'_>,
        request: &Request<'_>,
    ) -> Result<State> {
        let in_progress = self.in_progress.clone();
        if request.forgets() {
            return Ok(State::unjudged(
                chain,
                D::DIALECT,
                &self.recorded,
                in_progress,
            ));
        }
        self.engine.state(chain, &self.recorded, in_progress).await
    }

    /// Ends it without an effect.
    pub(super) async fn rollback(mut self) -> Result<()> {
        self.is_open = false;
        let rolled_back = self.engine.driver.rollback().await;
        rolled_back.map_err(|error| Error::database("roll back", error))
    }

    /// Makes everything in it last; `sql` are the engine's last statements.
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
}

impl<D: Database> Drop for Transaction<'_, '_, '_, D> {
    fn drop(&mut self) {
        self.close();
        for restore in self.restore.iter().rev() {
            self.engine.driver.send_now(restore);
        }
    }
}
