//! The plan that accepts edited content, after a person has looked: it records the fingerprints of this chain.

use migrate_chain::{Chain, Dialect};

use super::database::Database;
use super::plan::{Plan, PlanStep};
use super::{Engine, Request, preflight};
use crate::log::{Act, Latest};
use crate::state::State;
use crate::verify::{self, Changed};
use crate::{Difference, Error, ErrorKind, Result};

impl<D: Database> Engine<'_, '_, D> {
    /// Accepts edited content; what was edited.
    pub(crate) async fn repair(self) -> Result<Vec<Difference>> {
        let report = self.command(Request::Repair).await?;
        Ok(report.repaired)
    }
}

/// One row in the audit log for every revision whose fingerprint changes: the edited ones and all that stand on them.
///
/// # Errors
///
/// Changed ancestry, a step in progress, or revisions that this program doesn't have.
pub(super) fn plan<'p, D: Database>(chain: &'p Chain<'p>, state: &'p State) -> Result<Plan<'p>> {
    let is_unknown = |id: &str| chain.index_of(id).is_none();
    let unknown = state.recorded.iter().find(|row| is_unknown(&row.revision));
    if unknown.is_some() || state.in_progress.is_some() {
        // Tells what stands in the way.
        crate::state::known(chain, &state.recorded, &state.log)?;
    }
    if let Some(in_progress) = &state.in_progress {
        return Err(preflight::interrupted(in_progress));
    }
    if let Some(row) = unknown {
        return Err(Error::new(
            ErrorKind::Ahead,
            format!(
                "the database has `{}`, which this program doesn't, so that it can't repair the record",
                row.revision
            ),
        )
        .with_help("repair it with the release that brought it, or a later one"));
    }
    let mut found = differences::<D>(chain, state);
    found.retain(|difference| difference.what != Changed::Content);
    if !found.is_empty() {
        return Err(verify::error(chain, &found));
    }
    let stale = stale(chain, state, D::DIALECT).into_iter();
    Ok(Plan {
        steps: stale
            .map(|at| PlanStep::logged(chain, at, Act::Repair))
            .collect(),
        heads: state.heads(chain, D::DIALECT),
        ends_in_progress: false,
        notes: Vec::new(),
    })
}

/// What is applied and not as it was.
pub(super) fn differences<D: Database>(chain: &Chain<'_>, state: &State) -> Vec<Difference> {
    verify::differences(chain, D::DIALECT, &state.applied, &state.log)
}

/// Applied revisions whose recorded fingerprint is another than the chain's.
fn stale(chain: &Chain<'_>, state: &State, dialect: Dialect) -> Vec<usize> {
    let last = Latest::of(&state.log);
    let differs = |at: &usize| {
        let revision = chain.get(*at);
        let recorded = last.get(revision.id).and_then(|entry| entry.fingerprint);
        recorded.is_some() && recorded != revision.fingerprint(dialect)
    };
    state.applied.iter().filter(differs).collect()
}
