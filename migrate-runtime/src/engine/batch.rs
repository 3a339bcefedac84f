//! What a transaction of a plan sends.

use std::time::Duration;

use migrate_chain::Chain;

use super::database::Piece;
use super::plan::Plan;
use crate::Report;
use crate::driver::Values;
use crate::plan::PlannedStep;
use crate::report::StepReport;

/// Pieces on their way, and the steps they belong to.
pub(crate) struct Batch<'p> {
    pub(super) chain: &'p Chain<'p>,
    pub(super) plan: &'p Plan<'p>,
    pub(crate) pieces: Vec<Piece<'p>>,
    /// Which piece is the script of which step.
    pub(super) owners: Vec<(usize, usize)>,
    /// Rows of the audit log that are bound; they follow the pieces.
    pub(crate) rows: Vec<Values<'p>>,
    pub(super) waiting: Vec<PlannedStep>,
    /// Which of the run's transactions it is.
    pub(super) transaction: usize,
}

impl<'p> Batch<'p> {
    pub(super) fn new(chain: &'p Chain<'p>, plan: &'p Plan<'p>, transaction: usize) -> Batch<'p> {
        Batch {
            chain,
            plan,
            pieces: Vec::new(),
            owners: Vec::new(),
            rows: Vec::new(),
            waiting: Vec::new(),
            transaction,
        }
    }

    pub(super) fn push_script(&mut self, step: usize, text: &'p str) {
        self.owners.push((self.pieces.len(), step));
        self.pieces.push(Piece::Script(text));
    }

    /// Steps that travelled together share the time they took.
    pub(super) fn took(&mut self, report: &mut Report, time: Duration) {
        let count = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX).max(1);
        let steps = self.waiting.drain(..);
        report.steps.extend(steps.map(|step| StepReport {
            step,
            duration: time / count,
        }));
    }
}

/// True when a script may leave the session otherwise than it found it. A word too many costs a
/// statement, so strings and comments count.
pub(crate) fn may_change_session(script: &str) -> bool {
    [
        "search_path",
        "role",
        "authorization",
        "set_config",
        "reset",
        // Whatever is called may do the same.
        "select",
        "perform",
        "call",
        "execute",
    ]
    .iter()
    .any(|word| migrate_chain::sql::mentions(script, word))
}
