//! Rows made up for a schema, so that a revision meets tables that are not empty.
//!
//! `kinds` has a value of each type; `values` has what a column could hold, by its type and by the
//! literals of its CHECKs; `slots` puts the candidates of a table's columns side by side, foreign keys
//! as one; `search` tries them on the database, which alone knows what it accepts.

mod kinds;
mod search;
mod slots;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::suite::Given;
use super::{Result, TestDb, indented};
use crate::Error;
use crate::model::{Schema, Table};
use crate::sql::relation;

/// How many rows a table is given each time: a rule on equal rows needs two to be broken, and the
/// first of a circle has nothing to refer to.
const ROUNDS: i64 = 2;

/// Fills the tables of one database, again and again.
#[derive(Default)]
pub(crate) struct Seeder {
    /// Of the last row.
    number: usize,
    /// The tables as they were when they were filled.
    filled: BTreeMap<String, Table>,
}

impl Seeder {
    /// Puts rows into every table that is new, has changed or has lost its rows, parents first. A table
    /// that takes no further row is left as it is; one that stays empty is an error, unless that is what
    /// was asked for.
    pub(super) fn seed(
        &mut self,
        db: &mut TestDb<'_>,
        schema: &Schema,
        given: &[Given<'_>],
    ) -> Result<Vec<Error>> {
        let mut tables = Vec::new();
        for table in parents_first(schema) {
            let is_as_before = self.filled.get(&table.name) == Some(table);
            if !is_as_before || count(db, &table.name)? < ROUNDS {
                tables.push(table);
            }
        }
        let mut errors = Vec::new();
        let mut empty = BTreeSet::new();
        for round in 1..=ROUNDS {
            self.number += 1;
            for table in &tables {
                let put = put(db, schema, given, table, self.number);
                if let Err(error) = put
                    && round == ROUNDS
                    && count(db, &table.name)? == 0
                {
                    let mut keys = table.foreign_keys.values();
                    // A child of what is told already is no news.
                    if !keys.any(|key| empty.contains(&key.references)) {
                        errors.push(error);
                    }
                    empty.insert(table.name.clone());
                }
            }
        }
        let filled = tables
            .into_iter()
            .map(|table| (table.name.clone(), table.clone()));
        self.filled.extend(filled);
        Ok(errors)
    }
}

impl Seeder {
    /// Puts another row into every table that takes one, parents first.
    pub(crate) fn add(&mut self, db: &mut TestDb<'_>, schema: &Schema) {
        for table in parents_first(schema) {
            self.number += 1;
            let _ = put(db, schema, &[], table, self.number);
        }
    }
}

fn put(
    db: &mut TestDb<'_>,
    schema: &Schema,
    given: &[Given<'_>],
    table: &Table,
    number: usize,
) -> Result {
    let mut own = (given.iter())
        .filter(|one| one.is_for(schema.dialect) && one.name == table.name)
        .peekable();
    match own.peek() {
        Some(_) => {
            let statements: Vec<&str> = own.flat_map(|one| one.sql.clone()).collect();
            first_that_works(db, &table.name, &statements)
        }
        None => search::insert(db, schema, table, number),
    }
}

/// How many rows a table holds.
pub(super) fn count(db: &mut TestDb<'_>, table: &str) -> Result<i64> {
    db.value(&format!("SELECT count(*) FROM {}", relation(table)))
}

fn first_that_works(db: &mut TestDb<'_>, table: &str, statements: &[&str]) -> Result {
    let mut said = Vec::new();
    for statement in statements {
        // A constraint that is checked at COMMIT sees all of it.
        match db.execute(&format!("BEGIN;\n{statement}\n;\nCOMMIT")) {
            Ok(()) => return Ok(()),
            Err(error) => {
                // A statement that failed may have ended it.
                let _ = db.execute("ROLLBACK");
                said.push(indented(&format!("{statement}: {}", cause(&error))));
            }
        }
    }
    if said.is_empty() {
        Ok(())
    } else {
        Err(Error::new(format!(
            "none of the rows given for `{table}` can be inserted:\n  {}",
            said.join("\n  ")
        ))
        .with_help("`rows` has to hold one that fits the table as it is before this revision; those of other revisions may stand beside it"))
    }
}

/// What the database said.
fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn parents_first(schema: &Schema) -> Vec<&Table> {
    let mut left: Vec<&Table> = schema.tables.values().collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waits = |table: &Table, for_null: bool| {
            table.foreign_keys.values().any(|key| {
                let may_be_null = (table.columns.iter())
                    .any(|column| column.nullable && key.columns.contains(&column.name));
                key.references != table.name
                    && left.iter().any(|one| one.name == key.references)
                    && (for_null || !may_be_null)
            })
        };
        let ready = (left.iter().position(|table| !waits(table, true)))
            // In a circle one begins whose keys may be NULL.
            .or_else(|| left.iter().position(|table| !waits(table, false)));
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}
