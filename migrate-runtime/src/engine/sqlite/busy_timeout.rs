//! Who waits for a locked file: SQLite, as long as the connection's `busy_timeout` says, or the engine, as long as
//! `lock_wait` says, telling that it does.
//!
//! The engine waits while it reads, begins and commits; whatever else runs finds the connection's own time. Where that is
//! 0 there is nothing to put back, and a busy handler of the app's has a say of its own.

use std::time::Duration;

use crate::driver::Driver;
use crate::engine::sqlite::Sqlite;

/// The connection's `busy_timeout`, once it was read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BusyTimeout {
    own: Option<Duration>,
    /// True while SQLite doesn't wait.
    is_off: bool,
}

impl<C: Driver> Sqlite<'_, C> {
    /// From now on the engine waits.
    pub(super) async fn wait_itself(&mut self) {
        let own = match self.busy_timeout.own {
            Some(own) => own,
            None => {
                // A statement that asks nothing of the file. What can't be read is left as it is.
                let rows = self.connection.rows("PRAGMA busy_timeout").await;
                let cell = rows.ok().and_then(|rows| rows.cell()?.parse().ok());
                *self
                    .busy_timeout
                    .own
                    .insert(Duration::from_millis(cell.unwrap_or(0)))
            }
        };
        if !own.is_zero() && !self.busy_timeout.is_off {
            self.busy_timeout.is_off = true;
            self.connection.set_busy_timeout(Duration::ZERO);
        }
    }

    /// From now on SQLite waits again, as the app said.
    pub(super) fn let_it_wait(&mut self) {
        if std::mem::take(&mut self.busy_timeout.is_off)
            && let Some(own) = self.busy_timeout.own
        {
            self.connection.set_busy_timeout(own);
        }
    }
}

impl<C: Driver> Drop for Sqlite<'_, C> {
    fn drop(&mut self) {
        self.let_it_wait();
    }
}
