use super::Engine;
use super::lock::LockReply;
use super::nontransactional::lock::Outside;
use super::run::Run;
use super::transaction::Transaction;
use crate::driver::{DbError, Driver, Row, Rows};
use crate::tables::{Tables, Told};
use crate::{Report, Result};

/// What each database does in its own way.
///
/// A trait, and not a branch on the dialect: an async function may be resumed after each of its
/// awaits, so what stands behind them is compiled even where the branch is never taken.
#[allow(async_fn_in_trait)]
pub(crate) trait Database: Driver + Sized {
    /// The report of a start that needs no statement about our tables to be found up to date.
    async fn marked(_: &mut Engine<'_, '_, Self>) -> Option<Report> {
        None
    }

    /// Reads the recorded heads, waiting while the database is locked.
    async fn heads(engine: &mut Engine<'_, '_, Self>) -> Result<Rows, DbError> {
        engine.read_patiently(&engine.tables.select_heads()).await
    }

    /// What a row of theirs says beside the head.
    fn told(_: &Tables, _: Row<'_>) -> Told {
        Told::Head
    }

    /// Makes sure that there is something to lock.
    async fn prepare(_: &mut Engine<'_, '_, Self>, _present: &mut bool) -> Result<()> {
        Ok(())
    }

    /// One try to begin a transaction that holds the lock; `None` when another process has it.
    async fn begin(
        transaction: &mut Transaction<'_, '_, '_, Self>,
        present: bool,
        check_interval: bool,
    ) -> Result<Option<LockReply>, DbError>;

    /// Keeps what the answer tells of the session, if that is somewhere to work in.
    fn accept(_: &mut Engine<'_, '_, Self>, _: &LockReply) -> Result<()> {
        Ok(())
    }

    /// Makes the open transaction last; `sql` are the engine's last statements in it.
    async fn commit(engine: &mut Engine<'_, '_, Self>, sql: &str) -> Result<(), DbError>;

    /// Asks whether this run has recorded a revision, after the answer to COMMIT was lost; `None`
    /// where nobody can be asked.
    async fn was_committed(_: &mut Engine<'_, '_, Self>, _revision: &str) -> Option<Result<bool>> {
        None
    }

    /// Takes the lock for a step outside a transaction, where something can hold it meanwhile.
    async fn hold_outside(_: &mut Outside<'_, '_, '_, Self>, _: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Who holds the lock, where the database can tell.
    async fn holder(_: &mut Engine<'_, '_, Self>) -> Option<String> {
        None
    }

    /// Fails if there is a record that this role may not read.
    async fn nothing_hidden(_: &mut Engine<'_, '_, Self>) -> Result<()> {
        Ok(())
    }
}
