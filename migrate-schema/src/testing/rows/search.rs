//! Tries candidates until the database takes the row, led by what it says.

use std::collections::BTreeSet;

use super::super::{Result, TestDb, indented};
use super::cause;
use super::slots::{Slot, slots, statement};
use crate::Error;
use crate::model::{Schema, Table};
use crate::sql::mentions;

/// Each costs a round trip on PostgreSQL.
const MOST_TRIES: usize = 4000;

/// Inserts a made-up row.
pub(super) fn insert(db: &mut TestDb<'_>, schema: &Schema, table: &Table, number: usize) -> Result {
    let slots = slots(schema, table, number);
    let mut search = Search {
        chosen: vec![0; slots.len()],
        slots,
        db,
        schema,
        table,
        tries: 0,
        seen: BTreeSet::new(),
    };
    let Err(refusal) = search.run() else {
        return Ok(());
    };
    Err(Error::new(format!(
        "no row could be made up for `{}`: {}\n  after {} tries, with: {}",
        table.name,
        indented(&refusal.said),
        search.tries,
        refusal.sql
    ))
    .with_help(format!(
        "give one: `migration_tests!(.., rows = {{ \"{0}\": [\"INSERT INTO {0} ..\"] }})`; an empty list, `\"{0}\": []`, leaves the table empty",
        table.name
    )))
}

struct Search<'s, 'm> {
    db: &'s mut TestDb<'m>,
    schema: &'s Schema,
    table: &'s Table,
    slots: Vec<Slot<'s>>,
    /// For each slot, which of its candidates.
    chosen: Vec<usize>,
    tries: usize,
    /// Why rows were refused: none is a way on from another twice.
    seen: BTreeSet<String>,
}

/// What the database says of a row.
struct Refusal {
    said: String,
    sql: String,
}

/// What became of a search for another answer.
enum Found {
    /// The row is in.
    Accepted,
    /// The row is refused for another reason, which is how far it gets.
    Other(Refusal),
    Nothing,
}

impl Search<'_, '_> {
    /// The refusal is the one that nothing helped against.
    fn run(&mut self) -> Result<(), Refusal> {
        let mut refusal = match self.attempt() {
            Ok(()) => return Ok(()),
            Err(refusal) => refusal,
        };
        while self.tries < MOST_TRIES {
            self.seen.insert(reason(&refusal.said).to_owned());
            let mut found = self.turn(&refusal);
            if let Found::Nothing = found {
                found = self.change_one();
            }
            match found {
                Found::Accepted => return Ok(()),
                Found::Other(other) => refusal = other,
                Found::Nothing => break,
            }
        }
        Err(refusal)
    }

    /// Goes through all that can be chosen for the slots that a refusal is about.
    fn turn(&mut self, refusal: &Refusal) -> Found {
        let blamed = self.blamed(&refusal.said);
        while self.tries < MOST_TRIES && self.advance(&blamed) {
            match self.attempt() {
                Ok(()) => return Found::Accepted,
                Err(other) if self.blamed(&other.said) != blamed => return Found::Other(other),
                Err(_) => {}
            }
        }
        Found::Nothing
    }

    /// Changes one slot after the other, where a refusal doesn't say what it is about.
    fn change_one(&mut self) -> Found {
        for at in 0..self.slots.len() {
            let before = self.chosen[at];
            for candidate in 0..self.slots[at].candidates.len() {
                if candidate == before || self.tries >= MOST_TRIES {
                    continue;
                }
                self.chosen[at] = candidate;
                match self.attempt() {
                    Ok(()) => return Found::Accepted,
                    Err(other) if !self.seen.contains(reason(&other.said)) => {
                        return Found::Other(other);
                    }
                    Err(_) => {}
                }
            }
            self.chosen[at] = before;
        }
        Found::Nothing
    }

    fn attempt(&mut self) -> Result<(), Refusal> {
        self.tries += 1;
        let sql = statement(self.table, &self.slots, &self.chosen);
        self.db.execute(&sql).map_err(|error| Refusal {
            said: cause(&error),
            sql,
        })
    }

    /// The next choice of some slots, as an odometer turns; false when it is back at the beginning.
    fn advance(&mut self, of: &[usize]) -> bool {
        for &at in of {
            self.chosen[at] += 1;
            if self.chosen[at] < self.slots[at].candidates.len() {
                return true;
            }
            self.chosen[at] = 0;
        }
        false
    }

    /// The slots that a message is about, by the CHECK or the columns that it names; with each those that
    /// can't be chosen without it.
    fn blamed(&self, said: &str) -> Vec<usize> {
        let named = |name: &str| said.contains(&format!("\"{name}\"")) || said.ends_with(name);
        let check = (self.table.checks.values())
            .filter(|check| named(&check.name))
            .max_by_key(|check| check.name.len());
        let about = check.map_or(said, |check| check.expression.as_str());
        let is_named = |slot: &&Slot<'_>| {
            (slot.columns.iter()).any(|column| mentions(about, self.schema.dialect, &column.name))
        };
        let about: Vec<&Slot<'_>> = self.slots.iter().filter(is_named).collect();
        let is_blamed = |at: &usize| {
            let slot = &self.slots[*at];
            (about.iter())
                .any(|one| std::ptr::eq(*one, slot) || !one.checks.is_disjoint(&slot.checks))
        };
        (0..self.slots.len()).filter(is_blamed).collect()
    }
}

/// A message without the value that it is about.
fn reason(said: &str) -> &str {
    let line = said.lines().next().unwrap_or_default();
    line.split_once(": ").map_or(line, |(reason, _)| reason)
}
