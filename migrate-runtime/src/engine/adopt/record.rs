//! What tells the other tool of its own steps, where we run or undo them.

use migrate_chain::{AdoptedKey, Chain, Dialect, Direction};

use super::Other;

/// The statements that record a step of the other tool's there, or take that back; `None`: the step is none of its own, or
/// the tool is not to be told.
pub(crate) fn record(
    other: &Other<'_>,
    chain: &Chain<'_>,
    position: usize,
    direction: Direction,
    dialect: Dialect,
) -> Option<String> {
    let adoption = &other.adoption;
    let keys = adoption.keys(position);
    let scripts = adoption.scripts(dialect);
    let script = match direction {
        Direction::Upgrade => scripts.record?,
        Direction::Downgrade => scripts.unrecord?,
    };
    let filled = |nth: usize| {
        let AdoptedKey {
            key, sums, name, ..
        } = keys.get(nth)?;
        let before = match nth.checked_sub(1) {
            Some(before) => keys.get(before),
            None => before(other, chain, position),
        };
        let values = [
            Some(*key),
            Some(name.unwrap_or(chain.get(position).message)),
            sums.first().copied(),
            before.map(|one| one.key),
        ];
        Some(script.filled(dialect, values))
    };
    let statements: Vec<String> = match direction {
        Direction::Upgrade => (0..keys.len()).filter_map(filled).collect(),
        Direction::Downgrade => (0..keys.len()).rev().filter_map(filled).collect(),
    };
    let separated = |sql: &String| sql.trim_end().trim_end_matches(';').to_owned();
    let statements: Vec<String> = statements.iter().map(separated).collect();
    (!statements.is_empty()).then(|| statements.join("\n;\n"))
}

/// The last key of what comes before a revision.
fn before<'o>(
    other: &'o Other<'_>,
    chain: &Chain<'_>,
    position: usize,
) -> Option<&'o AdoptedKey<'o>> {
    let mut below = chain.closure(&[position]);
    below[position] = false;
    let mut positions = (0..position).rev().filter(|&at| below[at]);
    positions.find_map(|at| other.adoption.keys(at).last())
}
