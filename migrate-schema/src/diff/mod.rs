//! Two schemas compared: what has to be done to make one of the other, in an order that works.
//!
//! ```
//! use migrate_chain::Dialect;
//! use migrate_schema::diff::{Answers, diff};
//! use migrate_schema::hints::Hints;
//! use migrate_schema::model::{Column, Schema, Table};
//!
//! let mut base = Schema::new(Dialect::Postgres);
//! base.add(Table::new("users").with(Column::new("mail", "text")));
//! let mut wanted = Schema::new(Dialect::Postgres);
//! wanted.add(Table::new("users").with(Column::new("email", "text")));
//!
//! // Is it the same column? Its values depend on the answer, so nothing is guessed.
//! let refusal = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap_err();
//! assert_eq!(refusal.questions[0].rename_flag("email"), "--rename users.mail=email");
//!
//! let answers = Answers::new().rename("users.mail=email")?;
//! let changes = diff(&base, &wanted, &Hints::default(), &answers)?;
//! assert_eq!(changes.operations.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The phases: [`renames`](Renames) are settled from hints and answers; they are applied to the base
//! (`apply`); what no model can say is carried over (`carry`); `tables` and `enums` compare; what
//! stands in the way of a change is taken down and put back (`dependents`).

mod answers;
mod apply;
mod before;
mod carry;
mod dependents;
mod early;
mod effect;
mod enums;
mod online;
mod operation;
mod question;
mod rebuild;
mod renames;
mod tables;
mod told;
mod touched;
mod verbatim;

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

pub use answers::Answers;
pub use effect::{Effect, Harm};
pub use operation::{Constraint, Operation};
pub use question::{Kind, Question, Refusal};
pub use renames::Renames;
pub use verbatim::verbatim;

pub(crate) use effect::widens;
pub(crate) use enums::old_name;
pub(crate) use rebuild::inlined;
pub(crate) use tables::constraints;

use crate::hints::Hints;
use crate::model::{Column, Schema, Table};
use crate::sql::{holds, mentions};
use tables::Comparison;

/// How one schema becomes another.
#[derive(Debug, Clone)]
pub struct Changes {
    /// What is renamed.
    pub renames: Renames,
    /// What is done, in order.
    pub operations: Vec<Operation>,
    /// Hints that have done their work, each as a sentence that says so.
    pub spent: Vec<String>,
    /// SQLite: the tables that are made anew, with what asks for it.
    pub rebuilds: BTreeMap<String, Vec<String>>,
    /// The schema to start from, as it is.
    start: Schema,
    /// The same once the renames have run.
    pub(crate) base: Schema,
    /// The schema to arrive at, with what is kept of the base.
    pub(crate) wanted: Schema,
    /// Answers that said something.
    pub(crate) used: BTreeSet<String>,
    /// What rows are given, as answered.
    fills: BTreeMap<String, String>,
    /// True where others work on the tables meanwhile: outside a transaction, without long locks.
    pub(crate) is_online: bool,
    /// True on the way back: values that are gone can't come back, and something has to stand in.
    pub(crate) is_back: bool,
}

/// Compares what the migrations make with what the models want.
///
/// What models have no attribute for (conflict clauses, triggers, policies, views) is kept as the
/// base has it.
///
/// # Errors
///
/// Questions that a person has to answer, hints that can't be right, and SQLite tables that would
/// have to be rebuilt but are not understood: all of them at once.
pub fn diff(
    base: &Schema,
    wanted: &Schema,
    hints: &Hints,
    answers: &Answers,
) -> Result<Changes, Refusal> {
    let resolved = renames::resolve(base, wanted, hints, answers);
    if !resolved.refusal.is_empty() {
        return Err(resolved.refusal);
    }
    let renamed = apply::apply(base, &resolved.renames);
    let wanted = carry::carry(&renamed, wanted);
    let between = Between {
        start: base,
        base: &renamed,
        wanted: &wanted,
        renames: &resolved.renames,
        fills: &answers.fills,
        is_back: false,
    };
    let mut changes = between.changes();
    changes.spent = resolved.spent;
    changes.used.extend(resolved.used);
    changes.refuse()
}

/// What makes two schemas differ, without hints and with nothing carried over: for a database that
/// is held against what it should be.
pub fn compare(base: &Schema, wanted: &Schema) -> Vec<Operation> {
    plain(base, wanted).operations
}

/// What makes a schema of nothing.
pub(crate) fn creation(wanted: &Schema) -> Changes {
    plain(&Schema::new(wanted.dialect), wanted)
}

fn plain(base: &Schema, wanted: &Schema) -> Changes {
    let between = Between {
        start: base,
        base,
        wanted,
        renames: &Renames::default(),
        fills: &BTreeMap::new(),
        is_back: false,
    };
    between.changes()
}

impl Changes {
    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The dialect of both schemas.
    pub fn dialect(&self) -> Dialect {
        self.base.dialect
    }

    /// The way back: not the operations in reverse, but the difference the other way around, with
    /// the renames inverted.
    ///
    /// # Errors
    ///
    /// SQLite tables that would have to be rebuilt but are not understood.
    pub fn back(&self) -> Result<Changes, Refusal> {
        let renames = self.renames.inverse();
        let between = Between {
            start: &self.wanted,
            base: &apply::apply(&self.wanted, &renames),
            wanted: &self.start,
            renames: &renames,
            fills: &BTreeMap::new(),
            is_back: true,
        };
        let mut changes = between.changes();
        changes.is_online = self.is_online;
        changes.refuse()
    }

    /// What the operations mean for clients, rows and locks.
    pub fn effects(&self) -> Vec<Effect> {
        self.operations
            .iter()
            .flat_map(|operation| effect::effects(operation, self))
            .collect()
    }

    /// The same of one operation.
    pub(crate) fn effects_of(&self, operation: &Operation) -> Vec<Effect> {
        effect::effects(operation, self)
    }

    /// The columns that take no NULL, and whose rows that exist nobody has given a value: each with
    /// its table. `--fill` says what they get.
    pub fn unfilled(&self) -> Vec<(&str, &Column)> {
        self.operations
            .iter()
            .filter_map(effect::unfilled)
            .collect()
    }

    /// Why older clients can't go on working, in words for the header; `None` if they can.
    pub fn breaking(&self) -> Option<String> {
        let mut said: Vec<String> = Vec::new();
        for effect in self.effects() {
            if effect.harm == Harm::Breaks && !said.contains(&effect.what) {
                said.push(effect.what);
            }
        }
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Refuses to rebuild what isn't understood.
    fn refuse(self) -> Result<Changes, Refusal> {
        let mut refusal = Refusal::default();
        for (name, reasons) in &self.rebuilds {
            let table = self.base.tables.get(name);
            if let Some(why) = table.and_then(|table| table.not_understood.as_ref()) {
                refusal.problems.push(format!(
                    "the table `{name}` would have to be made anew ({}), but its definition is not understood: {why}. \
                     Write this change by hand, in a revision of its own",
                    reasons.join(", ")
                ));
            }
        }
        for operation in &self.operations {
            if let Operation::CreateTable(table) = operation
                && let Some(why) = &table.not_understood
            {
                refusal.problems.push(format!(
                    "the table `{}` can't be made as it was, because its definition is not understood: {why}",
                    table.name
                ));
            }
        }
        match refusal.is_empty() {
            true => Ok(self),
            false => Err(refusal),
        }
    }

    /// SQLite: the values of a column that are renamed, old and new, as the table's CHECKs tell.
    pub(crate) fn renamed_values(&self, table: &str, column: &str) -> Vec<(&String, &String)> {
        let lists = |constraint: &Constraint, value: &str| match constraint {
            Constraint::Check(check) => {
                mentions(&check.expression, Dialect::Sqlite, column)
                    && holds(&check.expression, Dialect::Sqlite, value)
            }
            _ => false,
        };
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for operation in &self.operations {
            match operation {
                Operation::DropConstraint {
                    table: of,
                    constraint,
                    ..
                } if of == table => gone.push(constraint),
                Operation::AddConstraint {
                    table: of,
                    constraint,
                    ..
                } if of == table => new.push(constraint),
                _ => {}
            }
        }
        let listed = |list: &[&Constraint], value: &str| list.iter().any(|one| lists(one, value));
        let pairs = self.renames.values.iter().map(|((_, from), to)| (from, to));
        pairs
            .filter(|(from, to)| listed(&gone, from) && !listed(&gone, to))
            .filter(|(from, to)| listed(&new, to) && !listed(&new, from))
            .collect()
    }

    pub(crate) fn wanted_table(&self, name: &str) -> Option<&Table> {
        self.wanted.tables.get(name)
    }

    pub(crate) fn base_table(&self, name: &str) -> Option<&Table> {
        self.base.tables.get(name)
    }
}

/// What a comparison is made of.
struct Between<'a> {
    /// The base as it is.
    start: &'a Schema,
    /// The base with the renames applied.
    base: &'a Schema,
    wanted: &'a Schema,
    renames: &'a Renames,
    fills: &'a BTreeMap<String, String>,
    is_back: bool,
}

impl Between<'_> {
    fn changes(&self) -> Changes {
        // A value that is added in place and used by another statement of the script: the type is
        // replaced instead.
        let changes = self.replacing(&BTreeSet::new());
        let used_early = early::used_early(&changes.operations);
        match used_early.is_empty() {
            true => changes,
            false => self.replacing(&used_early),
        }
    }

    /// The changes, with new types in the place of those enum types that are named.
    fn replacing(&self, replaced: &BTreeSet<String>) -> Changes {
        let Between { base, wanted, .. } = *self;
        let mut comparison = Comparison {
            dialect: base.dialect,
            fills: self.fills,
            operations: renamed(base.dialect, self.renames),
            kept: Vec::new(),
            used: BTreeSet::new(),
        };
        (comparison.operations).extend(enums::enums(base, wanted, replaced));
        for table in created_in_order(base, wanted) {
            (comparison.operations).push(Operation::CreateTable(table.clone()));
            comparison.operations.extend(parts(table));
        }
        for (name, wanted) in &wanted.tables {
            if let Some(base) = base.tables.get(name) {
                comparison.tables(base, wanted);
            }
        }
        let mut dropped = created_in_order(wanted, base);
        dropped.reverse();
        let dropped = dropped.into_iter().cloned().map(Operation::DropTable);
        comparison.operations.extend(dropped);
        let Comparison {
            mut operations,
            kept,
            used,
            ..
        } = comparison;
        let rebuilds = match base.dialect {
            Dialect::Sqlite => rebuild::rebuilds(&operations, base),
            _ => BTreeMap::new(),
        };
        dependents::dependents(&mut operations, &kept, base, wanted, &rebuilds);
        operations.sort_by_key(Operation::rank);
        Changes {
            renames: self.renames.clone(),
            operations,
            spent: Vec::new(),
            rebuilds,
            start: self.start.clone(),
            base: base.clone(),
            wanted: wanted.clone(),
            used,
            fills: self.fills.clone(),
            is_online: false,
            is_back: self.is_back,
        }
    }
}

/// The renames as operations.
fn renamed(dialect: Dialect, renames: &Renames) -> Vec<Operation> {
    let enums = renames
        .enums
        .iter()
        .map(|(from, to)| Operation::RenameEnum {
            from: from.clone(),
            to: to.clone(),
        });
    let values = renames
        .values
        .iter()
        .filter(|_| dialect == Dialect::Postgres)
        .map(|((of, from), to)| Operation::RenameValue {
            of: of.clone(),
            from: from.clone(),
            to: to.clone(),
        });
    let tables = renames
        .tables
        .iter()
        .map(|(from, to)| Operation::RenameTable {
            from: from.clone(),
            to: to.clone(),
        });
    let columns = renames
        .columns
        .iter()
        .map(|((table, from), to)| Operation::RenameColumn {
            table: table.clone(),
            from: from.clone(),
            to: to.clone(),
        });
    enums.chain(values).chain(tables).chain(columns).collect()
}

/// What belongs to a new table and is not part of its CREATE TABLE.
fn parts(table: &Table) -> Vec<Operation> {
    let indexes = table.indexes.values().map(|index| Operation::CreateIndex {
        table: table.name.clone(),
        index: index.clone(),
        again: false,
    });
    let opaque = table.opaque.iter().map(|opaque| Operation::CreateOpaque {
        table: Some(table.name.clone()),
        opaque: opaque.clone(),
        gone: Vec::new(),
    });
    indexes.chain(opaque).collect()
}

/// The tables of `to` that `from` lacks, each behind those it refers to, as far as that goes.
fn created_in_order<'s>(from: &Schema, to: &'s Schema) -> Vec<&'s Table> {
    let mut left: Vec<&Table> = to
        .tables
        .values()
        .filter(|table| !from.tables.contains_key(&table.name))
        .collect();
    let mut ordered: Vec<&Table> = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|table| {
            let mut keys = table.foreign_keys.values();
            keys.all(|key| {
                key.references == table.name
                    || !left.iter().any(|other| other.name == key.references)
            })
        });
        // In a circle the first by name begins.
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    ordered
}
