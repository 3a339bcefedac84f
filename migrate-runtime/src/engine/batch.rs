//! What a transaction of a plan sends, and what it leaves recorded.

use std::time::Duration;

use migrate_chain::{Action, Chain, Dialect, Direction, Fingerprint, Plan, Step, sort_positions};

use crate::Report;
use crate::driver::Values;
use crate::engine::database::Piece;
use crate::log::Act;
use crate::plan::PlannedStep;
use crate::report::StepReport;
use crate::state::{State, ids};
use crate::tables::Record;

/// Pieces on their way, and the steps they belong to.
pub(super) struct Batch<'p> {
    pub(super) chain: &'p Chain<'p>,
    pub(super) plan: &'p Plan,
    pub(super) pieces: Vec<Piece<'p>>,
    /// Which piece is the script of which step.
    pub(super) owners: Vec<(usize, usize)>,
    /// Rows of the audit log that are bound; they follow the pieces.
    pub(super) rows: Vec<Values<'p>>,
    pub(super) waiting: Vec<PlannedStep>,
    /// Which of the plan's transactions it is, if it is one.
    pub(super) transaction: Option<usize>,
}

impl<'p> Batch<'p> {
    pub(super) fn new(chain: &'p Chain<'p>, plan: &'p Plan) -> Batch<'p> {
        Batch {
            chain,
            plan,
            pieces: Vec::new(),
            owners: Vec::new(),
            rows: Vec::new(),
            waiting: Vec::new(),
            transaction: None,
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

/// A step's row of the audit log.
pub(crate) fn record<'r>(
    chain: &'r Chain<'_>,
    step: &Step,
    stamp: bool,
    dialect: Dialect,
) -> Record<'r> {
    let revision = chain.get(step.revision);
    let act = match (step.direction, stamp) {
        (Direction::Upgrade, false) => Act::Upgrade,
        (Direction::Downgrade, false) => Act::Downgrade,
        (Direction::Upgrade, true) => Act::Stamp,
        (Direction::Downgrade, true) => Act::Unstamp,
    };
    let downgrade = match revision.action(Direction::Downgrade, dialect) {
        Action::Script(script) => Some((script.text, script.properties.to_words())),
        Action::Nothing => Some(("", String::new())),
        Action::Absent | Action::Code(_) | Action::Irreversible(_) => None,
    };
    // Every dialect that the engine runs on has one.
    let fingerprint = revision.fingerprint(dialect);
    Record {
        revision: revision.id,
        down_revision: ids(chain, chain.parents(step.revision)).join(", "),
        depends_on: ids(chain, chain.dependencies(step.revision)).join(", "),
        direction: act.name(),
        fingerprint: fingerprint.unwrap_or(Fingerprint::from_bytes([0; 32])),
        message: revision.message,
        breaking: revision.breaking,
        downgrade,
    }
}

/// Recorded heads once the steps are done.
pub(super) fn after(state: &State, steps: &[Step]) -> Vec<usize> {
    let mut heads = state.rows.clone();
    for step in steps {
        heads.retain(|at| !step.removes.contains(at));
        heads.extend(&step.adds);
    }
    sort_positions(&mut heads, &|one, other| one.cmp(&other));
    heads.dedup();
    heads
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
