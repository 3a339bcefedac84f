//! The steps as the other tool runs them, for the proof.

use migrate_chain::{Adoption, Dialect, Direction};
use migrate_schema::scratch::beside::{Original, OriginalStep};

use super::adopt::AdoptSql;
use super::draft::Draft;
use super::history::{History, Side};

/// What the tool runs before its first step, as far as scripts can see it.
pub(crate) fn before<'a>(draft: &Draft, adopt: &'a AdoptSql) -> Option<&'a str> {
    draft.has_table.then_some(adopt.create)
}

/// The steps of the tool, each beside the revision that it became.
pub(crate) fn originals(
    history: &History,
    draft: &Draft,
    adoption: &Adoption<'_>,
    dialect: Dialect,
) -> Vec<OriginalStep> {
    let scripts = adoption.scripts(dialect);
    let steps = history.steps.iter().zip(&draft.revisions).enumerate();
    steps
        .map(|(at, (step, revision))| {
            let below = at.checked_sub(1).and_then(|below| history.steps.get(below));
            let values = [
                Some(step.key.as_str()),
                Some(step.name.as_deref().unwrap_or(&step.message)),
                step.sums.first().map(String::as_str),
                below.map(|below| below.key.as_str()),
            ];
            let noted = |direction: Direction| {
                let script = match direction {
                    Direction::Upgrade => scripts.record,
                    Direction::Downgrade => scripts.unrecord,
                };
                let script = script.filter(|_| draft.has_table)?;
                Some(script.filled(dialect, values))
            };
            let one = |side: &Side, direction| Original {
                text: side.text.clone(),
                sent: side.sent,
                noted: noted(direction),
            };
            OriginalStep {
                revision: revision.id.clone(),
                up: one(&step.up, Direction::Upgrade),
                down: step
                    .down
                    .as_ref()
                    .map(|down| one(down, Direction::Downgrade)),
            }
        })
        .collect()
}
