//! Two schemas compared: what has to be done to make one of the other, in an order that works.
//!
//! ```
//! use migrate_chain::Dialect;
//! use migrate_schema::diff::{Answers, diff};
//! use migrate_schema::hints::Hints;
//! use migrate_schema::model::{Column, Schema, Table};
//!
//! let mut from = Schema::new(Dialect::Postgres);
//! from.add(Table::new("users").with(Column::new("mail", "text")));
//! let mut to = Schema::new(Dialect::Postgres);
//! to.add(Table::new("users").with(Column::new("email", "text")));
//!
//! // Is it the same column? Its values depend on the answer, so nothing is guessed.
//! let refusal = diff(&from, &to, &Hints::default(), &Answers::new()).unwrap_err();
//! assert_eq!(refusal.questions[0].rename_flag("email"), "--rename users.mail=email");
//!
//! let answers = Answers::new().rename("users.mail=email")?;
//! let changes = diff(&from, &to, &Hints::default(), &answers)?;
//! assert_eq!(changes.operations.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The phases: [`renames`](Renames) are settled from hints and answers; they are applied to the schema to start from
//! (`apply_renames`); what no model can say is carried over (`carry_unmodelled`); `tables` and `enums` compare; what
//! stands in the way of a change is taken down and put back (`dependents`).

mod answers;
mod apply_renames;
mod carry_unmodelled;
mod changes;
mod check_enums;
mod compare;
mod dependencies;
mod dependents;
mod enum_commit;
mod enums;
mod free_names;
mod full_text;
mod hand_made;
mod online;
mod opaque;
mod question;
mod rebuild;
mod rename_order;
mod renames;
mod server_names;
mod tables;

use std::collections::BTreeMap;

pub use answers::Answers;
pub use changes::Changes;
pub(crate) use check_enums::CheckValues;
pub(crate) use free_names::{free_constraint_name, free_name};
pub use opaque::opaque;
pub use question::{Kind, Question, Refusal};
pub use renames::Renames;

pub(crate) use hand_made::column_of;
pub(crate) use rebuild::inlined;

use crate::hints::Hints;
use crate::introspect::Ignore;
use crate::model::{Opaque, Schema};
use crate::operation::Change;
use crate::sql::qualified::{beside, schema_of};
use compare::Comparison;

/// What a database has, and what it should have: on one database of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaPair {
    /// What the migrations make.
    pub from: Schema,
    /// What the models make.
    pub to: Schema,
}

impl SchemaPair {
    /// What the migrations make, and what the models make.
    pub fn new(from: Schema, to: Schema) -> SchemaPair {
        SchemaPair { from, to }
    }
}

/// Compares what the migrations make with what the models want.
///
/// What models have no attribute for (conflict clauses, triggers, policies, views) is kept as the
/// schema to start from has it.
///
/// # Errors
///
/// Questions that a person has to answer, hints that can't be right, and SQLite tables that would
/// have to be rebuilt but are not understood: all of them at once.
pub fn diff(
    from: &Schema,
    to: &Schema,
    hints: &Hints,
    answers: &Answers,
) -> Result<Changes, Refusal> {
    let answers = &answers.named_as_in(hints, from, to);
    let hints = &hints.named_as_in(from);
    let to = &beside_models(from, to, hints, answers);
    let resolved = renames::resolve(from, to, hints, answers);
    if !resolved.refusal.is_empty() {
        return Err(resolved.refusal);
    }
    let renamed = apply_renames::apply(from, &resolved.renames);
    let mut to = to.clone();
    server_names::keep(&renamed, &mut to);
    let hand_made = hand_made::keep(&renamed, &mut to, &resolved.renames, answers);
    let to = carry_unmodelled::carry(&renamed, &to);
    let between = Comparison {
        start: from,
        from: &renamed,
        to: &to,
        renames: &resolved.renames,
        fills: &answers.fills,
        is_back: false,
    };
    let mut changes = between.changes();
    changes.spent = resolved.spent;
    changes.used.extend(resolved.used);
    changes.used.extend(hand_made.used);
    changes.kept = hand_made.kept;
    changes.refuse()
}

/// The schema of the models, with the tables and types of those schemas that no model names: they are somebody else's, and
/// stay unless a person says otherwise.
fn beside_models(from: &Schema, to: &Schema, hints: &Hints, answers: &Answers) -> Schema {
    let mut all = to.clone();
    let stays = |name: &str| {
        let is_beside = schema_of(name).is_some_and(|schema| !to.schemas.contains(&schema));
        let mut hinted = hints.tables.values().chain(hints.enums.values());
        is_beside && !answers.is_about(name) && !hinted.any(|old| old == name)
    };
    for (name, table) in from.tables.iter().filter(|(name, _)| stays(name)) {
        all.tables
            .entry(name.clone())
            .or_insert_with(|| table.clone());
    }
    for (name, one) in from.enums.iter().filter(|(name, _)| stays(name)) {
        all.enums.entry(name.clone()).or_insert_with(|| one.clone());
    }
    all
}

/// What makes two schemas differ, without hints and with nothing carried over: for a database that
/// is held against what it should be.
pub fn compare(from: &Schema, to: &Schema) -> Vec<Change> {
    plain(from, to).operations
}

/// What makes two schemas differ, once some renames are taken for granted.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) fn compared(from: &Schema, to: &Schema, renames: &Renames) -> Changes {
    let between = Comparison {
        start: from,
        from: &apply_renames::apply(from, renames),
        to,
        renames,
        fills: &BTreeMap::new(),
        is_back: false,
    };
    between.changes()
}

/// What a database has and its migrations don't make, or the other way around, in words. What is left out by name, an index
/// or a trigger on a table that is compared included, is nobody's business.
pub fn drift(made: &Schema, found: &Schema, ignore: &Ignore) -> Vec<String> {
    let is_ignored = |table: &str, name: &str| ignore.contains(&beside(table, name));
    let strip = |schema: &Schema| {
        let mut schema = schema.clone();
        for table in schema.tables.values_mut() {
            let of = table.name.clone();
            table.indexes.retain(|name, _| !is_ignored(&of, name));
            let is_told = |one: &Opaque| {
                one.is_of_table() || one.is_of_column() || !is_ignored(&of, &one.name)
            };
            table.opaque.retain(is_told);
        }
        schema
    };
    let (made, found) = (strip(made), strip(found));
    let operations = compare(&made, &found);
    let mut lines: Vec<String> = operations.iter().filter_map(Change::describe).collect();
    lines.extend(opaque(&made, &found));
    lines
}

/// What makes a schema of nothing.
pub(crate) fn creation(to: &Schema) -> Changes {
    plain(&Schema::new(to.dialect), to)
}

fn plain(from: &Schema, to: &Schema) -> Changes {
    let between = Comparison {
        start: from,
        from,
        to,
        renames: &Renames::default(),
        fills: &BTreeMap::new(),
        is_back: false,
    };
    between.changes()
}
