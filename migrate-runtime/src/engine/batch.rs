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
    /// Which piece is whose.
    pub(super) owners: Vec<Owner>,
    /// Rows of the audit log that are bound; they follow the pieces.
    pub(crate) rows: Vec<Values<'p>>,
    pub(super) waiting: Vec<PlannedStep>,
    /// Which of the run's transactions it is.
    pub(super) transaction: usize,
}

/// Whose a piece is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) piece: usize,
    pub(super) step: usize,
    /// Where in the step's script the piece begins, in bytes.
    pub(super) offset: usize,
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

    /// Adds a step's script, or the part of it that begins at `offset`.
    pub(crate) fn push_script(&mut self, step: usize, text: &'p str, offset: usize) {
        self.push(step, offset, Piece::Script(text));
    }

    /// Adds what tells another tool of a step.
    pub(super) fn push_record(&mut self, step: usize, sql: String) {
        self.push(step, 0, Piece::Record(sql));
    }

    /// Adds what puts the session back after a step.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "tokio-postgres")),
        allow(dead_code)
    )]
    pub(crate) fn push_restore(&mut self, step: usize, sql: String) {
        self.push(step, 0, Piece::Restore(sql));
    }

    fn push(&mut self, step: usize, offset: usize, piece: Piece<'p>) {
        self.owners.push(Owner {
            piece: self.pieces.len(),
            step,
            offset,
        });
        self.pieces.push(piece);
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
