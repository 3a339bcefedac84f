//! Tries candidates until the database takes the row.

use super::super::{Result, TestDb};
use super::cause;
use super::slots::{Slot, slots, statement};
use crate::Error;
use crate::model::{Schema, Table};
use crate::text::mentions;

/// Each costs a round trip on PostgreSQL.
const MOST_TRIES: usize = 4000;

/// Inserts a made-up row.
pub(super) fn insert(db: &mut TestDb<'_>, schema: &Schema, table: &Table, number: usize) -> Result {
    let slots = slots(schema, table, number);
    let mut chosen = vec![0; slots.len()];
    let everything: Vec<usize> = (0..slots.len()).collect();
    let mut is_last_resort = false;
    let mut first = None;
    let mut tries = 0;
    for _ in 0..MOST_TRIES {
        let sql = statement(table, &slots, &chosen);
        tries += 1;
        let Err(error) = db.execute(&sql) else {
            return Ok(());
        };
        let said = cause(&error);
        let blamed = match is_last_resort {
            true => everything.clone(),
            false => blamed(schema, table, &slots, &said),
        };
        first.get_or_insert((sql, said));
        if !advance(&mut chosen, &slots, &blamed) {
            // Nothing that the message points at helps.
            if is_last_resort {
                break;
            }
            is_last_resort = true;
            if !advance(&mut chosen, &slots, &everything) {
                break;
            }
        }
    }
    let (sql, said) = first.unwrap_or_default();
    Err(Error::new(format!(
        "no row could be made up for `{}`: {said}\n  {tries} were tried, the first: {sql}",
        table.name
    ))
    .with_help(format!(
        "give one: `migration_tests!(.., rows = {{ \"{0}\": [\"INSERT INTO {0} ..\"] }})`; an empty list, `\"{0}\": []`, leaves the table empty",
        table.name
    )))
}

fn is_in(slot: &Slot<'_>, schema: &Schema, expression: &str) -> bool {
    (slot.columns.iter()).any(|column| mentions(expression, schema.dialect, &column.name))
}

/// The slots that a message is about, by the CHECK or the columns that it names, else all.
fn blamed(schema: &Schema, table: &Table, slots: &[Slot<'_>], said: &str) -> Vec<usize> {
    let named = |name: &str| said.contains(&format!("\"{name}\"")) || said.ends_with(name);
    let check = (table.checks.values())
        .filter(|check| named(&check.name))
        .max_by_key(|check| check.name.len());
    let about = check.map_or(said, |check| check.expression.as_str());
    let about: Vec<&Slot<'_>> = slots
        .iter()
        .filter(|slot| is_in(slot, schema, about))
        .collect();
    let is_blamed = |at: &usize| {
        let slot = &slots[*at];
        let shares =
            |one: &&Slot<'_>| std::ptr::eq(*one, slot) || !one.checks.is_disjoint(&slot.checks);
        about.is_empty() || about.iter().any(shares)
    };
    (0..slots.len()).filter(is_blamed).collect()
}

/// The next choice of some slots, as an odometer turns; false when it is back at the beginning.
fn advance(chosen: &mut [usize], slots: &[Slot<'_>], of: &[usize]) -> bool {
    for &at in of {
        chosen[at] += 1;
        if chosen[at] < slots[at].candidates.len() {
            return true;
        }
        chosen[at] = 0;
    }
    false
}
