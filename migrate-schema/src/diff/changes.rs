//! What came of a comparison: the operations, and what they mean.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::check_enums::{self, CheckValues};
use super::compare::Comparison;
use super::{Refusal, Renames, apply_renames};
use crate::hazards::{Hazard, HazardKind};
use crate::model::{Column, Schema, Table};
use crate::operation::OpaqueOperation;
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, IndexOperation, Operation,
    TableOperation, unfilled,
};
use crate::render::reviews;
use crate::render::stand_in::stand_in;

/// How one schema becomes another.
#[derive(Debug, Clone)]
pub struct Changes {
    /// What is renamed.
    pub renames: Renames,
    /// What is done, in order.
    pub operations: Vec<Change>,
    /// Hints that have done their work, each as a sentence that says so.
    pub spent: Vec<String>,
    /// The indexes that no model declares and that stay, each behind its table.
    pub(crate) kept: Vec<(String, String)>,
    /// SQLite: the tables that are made anew, with what asks for it.
    pub rebuilds: BTreeMap<String, Vec<String>>,
    /// The schema to start from, as it is.
    pub(crate) start: Schema,
    /// The schema to start from, once the renames have run.
    pub(crate) from: Schema,
    /// The schema to arrive at, with what is kept of the one to start from.
    pub(crate) to: Schema,
    /// Answers that said something.
    pub(crate) used: BTreeSet<String>,
    /// What rows are given, as answered.
    pub(super) fills: BTreeMap<String, String>,
    /// True where others work on the tables meanwhile: outside a transaction, without long locks.
    pub(crate) is_online: bool,
    /// True on the way back: values that are gone can't come back, and something has to stand in.
    pub(crate) is_back: bool,
}

impl Changes {
    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The schema to start from, before the renames.
    pub fn schema_before(&self) -> &Schema {
        &self.start
    }

    /// The schema to arrive at.
    pub fn schema_after(&self) -> &Schema {
        &self.to
    }

    /// The dialect of both schemas.
    pub fn dialect(&self) -> Dialect {
        self.from.dialect
    }

    /// The way back: not the operations in reverse, but the difference the other way around, with
    /// the renames inverted.
    ///
    /// # Errors
    ///
    /// SQLite tables that would have to be rebuilt but are not understood.
    pub fn back(&self) -> Result<Changes, Refusal> {
        let renames = self.renames.inverse();
        let between = Comparison {
            start: &self.to,
            from: &apply_renames::apply(&self.to, &renames),
            to: &self.start,
            renames: &renames,
            fills: &BTreeMap::new(),
            is_back: true,
        };
        let mut changes = between.changes();
        changes.is_online = self.is_online;
        changes.refuse()
    }

    /// What the operations mean for clients, rows and locks.
    pub fn hazards(&self) -> Vec<Hazard> {
        self.operations
            .iter()
            .flat_map(|change| change.hazards(self))
            .collect()
    }

    /// What a person would call them, in order: each operation, and what several amount to.
    pub fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for change in &self.operations {
            match (&change.operation, CheckValues::of(change, &self.operations)) {
                (Operation::Constraint(ConstraintOperation::Add { table, .. }), Some(values)) => {
                    let renamed = self.renamed_values(table, &values.column);
                    lines.extend(values.describe(table, &renamed));
                }
                (_, Some(_)) => {}
                (_, None) => lines.extend(self.with_first_name(change).describe()),
            }
        }
        lines
    }

    /// A rename that begins at a name of our own, from the name that a person knows.
    fn with_first_name(&self, change: &Change) -> Change {
        let mut known = change.clone();
        for one in self.operations.iter().filter(|one| !one.is_asked()) {
            match (&one.operation, &mut known.operation) {
                (
                    Operation::Constraint(ConstraintOperation::Rename {
                        from: first, to, ..
                    }),
                    Operation::Constraint(ConstraintOperation::Rename { from, .. }),
                ) if to == from => from.clone_from(first),
                (
                    Operation::Index(IndexOperation::Rename {
                        from: first, to, ..
                    }),
                    Operation::Index(IndexOperation::Rename { from, .. }),
                ) if to.name == from.name => from.clone_from(first),
                _ => {}
            }
        }
        known
    }

    /// The columns that take no NULL, and whose rows that exist nobody has given a value: each with
    /// its table. `--fill` says what they get.
    pub fn unfilled(&self) -> Vec<(&str, &Column)> {
        self.operations.iter().filter_map(unfilled).collect()
    }

    /// The new columns of [`unfilled`](Changes::unfilled), which no row that exists can take: each as a flag that would fill
    /// them, and the type. For the value there is an example where the type is a plain one.
    pub fn fills_missing(&self) -> Vec<(String, String)> {
        let new = self.operations.iter().filter(|change| {
            matches!(
                change.operation,
                Operation::Column(ColumnOperation::Add { .. })
            )
        });
        let flag = |(table, column): (&str, &Column)| {
            let after = self.table_after(table);
            let value = after.and_then(|after| stand_in(self, after, column));
            let value = value.unwrap_or_else(|| "VALUE".to_owned());
            let quote = if value.contains('\'') { "\"" } else { "" };
            (
                format!("--fill {quote}{table}.{}={value}{quote}", column.name),
                column.kind.clone(),
            )
        };
        new.filter_map(unfilled).map(flag).collect()
    }

    /// What a person has to look at in the file, because a name in a text could not be followed: each as a sentence.
    pub fn reviews(&self) -> Vec<String> {
        let created = self
            .operations
            .iter()
            .filter_map(|change| match &change.operation {
                Operation::Opaque(OpaqueOperation::Create {
                    table,
                    opaque,
                    gone,
                }) => Some((table, opaque, gone)),
                _ => None,
            });
        created
            .flat_map(|(table, opaque, gone)| reviews(self, table.as_deref(), opaque, gone))
            .collect()
    }

    /// Why older clients can't go on working, in words for the header; `None` if they can.
    pub fn breaking(&self) -> Option<String> {
        let mut reasons: Vec<String> = Vec::new();
        for hazard in self.hazards() {
            if hazard.kind == HazardKind::Breaks && !reasons.contains(&hazard.what) {
                reasons.push(hazard.what);
            }
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// Refuses to rebuild what isn't understood.
    pub(super) fn refuse(self) -> Result<Changes, Refusal> {
        let mut refusal = Refusal::default();
        for (name, reasons) in &self.rebuilds {
            let table = self.from.tables.get(name);
            if let Some(why) = table.and_then(|table| table.not_understood.as_ref()) {
                refusal.problems.push(format!(
                    "the table `{name}` would have to be made anew ({}), but its definition is not understood: {why}. \
                     Write this change by hand, in a revision of its own",
                    reasons.join(", ")
                ));
            }
        }
        for change in &self.operations {
            if let Operation::Table(TableOperation::Create(table)) = &change.operation
                && let Some(why) = &table.not_understood
            {
                refusal.problems.push(format!(
                    "the table `{}` can't be made as it was, because its definition is not understood: {why}",
                    table.name
                ));
            }
        }
        if refusal.is_empty() {
            Ok(self)
        } else {
            Err(refusal)
        }
    }

    /// SQLite: the values of a column that are renamed, old and new, as the table's CHECKs tell.
    pub(crate) fn renamed_values(&self, table: &str, column: &str) -> Vec<(&String, &String)> {
        // Only a CHECK that lists the values of this column is that of its enum: a value that another CHECK mentions is
        // somebody's text.
        let lists = |constraint: &Constraint, value: &str| match constraint {
            Constraint::Check(check) => check_enums::listed(check)
                .is_some_and(|(of, values)| of == column && values.iter().any(|one| one == value)),
            _ => false,
        };
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for change in &self.operations {
            let Operation::Constraint(operation) = &change.operation else {
                continue;
            };
            match operation {
                ConstraintOperation::Drop {
                    table: of,
                    constraint,
                } if of == table => gone.push(constraint),
                ConstraintOperation::Add {
                    table: of,
                    constraint,
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

    pub(crate) fn table_after(&self, name: &str) -> Option<&Table> {
        self.to.tables.get(name)
    }

    pub(crate) fn table_before(&self, name: &str) -> Option<&Table> {
        self.from.tables.get(name)
    }
}
