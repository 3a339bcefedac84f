//! What differs between two tables of one name.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use crate::model::{Check, Column, ForeignKey, Index, Numbering, Table};
use crate::operation::{
    Change, ColumnOperation, Constraint, ConstraintOperation, IndexOperation, Operation,
    TableOperation, constraints,
};
use crate::sql::settled;

/// The comparison of two schemas, table by table.
pub(super) struct TableComparison<'a> {
    pub(super) dialect: Dialect,
    /// `TABLE.COLUMN` to what its rows are given.
    pub(super) fills: &'a BTreeMap<String, String>,
    pub(super) operations: Vec<Change>,
    /// Constraints and indexes that stay, as they were and as they will be: perhaps by another name.
    pub(super) kept: Vec<Kept>,
    pub(super) used: BTreeSet<String>,
}

/// Something that stays.
pub(super) enum Kept {
    Constraint {
        table: String,
        from: Constraint,
        to: Constraint,
    },
    Index {
        table: String,
        from: Index,
        to: Index,
    },
}

impl TableComparison<'_> {
    /// Compares two tables, whose columns have been renamed.
    pub(super) fn tables(&mut self, from: &Table, to: &Table) {
        let table = &to.name;
        if (from.strict, from.without_rowid) != (to.strict, to.without_rowid) {
            self.push(TableOperation::ChangeKind {
                from: Box::new(from.clone()),
                to: Box::new(to.clone()),
            });
        }
        if from.comment != to.comment {
            self.push(TableOperation::Comment {
                table: table.clone(),
                from: from.comment.clone(),
                to: to.comment.clone(),
            });
        }
        self.columns(from, to);
        self.constraints(table, constraints(from), constraints(to));
        self.indexes(from, to);
    }

    fn push(&mut self, operation: impl Into<Operation>) {
        self.operations.push(Change::asked(operation));
    }

    fn columns(&mut self, from: &Table, to: &Table) {
        let table = &to.name;
        for column in &to.columns {
            match from.columns.iter().find(|from| from.name == column.name) {
                None => {
                    let fill = self.fill(table, column);
                    self.push(ColumnOperation::Add {
                        table: table.clone(),
                        column: Box::new(column.clone()),
                        fill,
                    });
                }
                Some(from) if !same_column(from, column) => {
                    let fill = self.fill(table, column);
                    self.push(ColumnOperation::Change {
                        table: table.clone(),
                        from: Box::new(from.clone()),
                        to: Box::new(column.clone()),
                        fill,
                    });
                }
                Some(_) => {}
            }
        }
        for column in &from.columns {
            if !to.columns.iter().any(|to| to.name == column.name) {
                self.push(ColumnOperation::Drop {
                    table: table.clone(),
                    column: column.clone(),
                });
            }
        }
    }

    fn fill(&mut self, table: &str, column: &Column) -> Option<String> {
        let path = format!("{table}.{}", column.name);
        let fill = self.fills.get(&path)?;
        self.used.insert(format!("--fill {path}={fill}"));
        Some(fill.clone())
    }

    /// By name first, then by what they say: one that says the same has only another name.
    fn constraints(&mut self, table: &str, mut from: Vec<Constraint>, mut to: Vec<Constraint>) {
        let named = |one: &Constraint, other: &Constraint| {
            one.name() == other.name() && self.means_the_same(one, other)
        };
        let mut same = pairs(&mut from, &mut to, named);
        same.extend(pairs(&mut from, &mut to, |one, other| {
            self.means_the_same(one, other)
        }));
        for (from, to) in same {
            if let (Some(old), Some(new)) = (from.name(), to.name())
                && old != new
                && self.dialect == Dialect::Postgres
            {
                self.push(ConstraintOperation::Rename {
                    table: table.to_owned(),
                    from: old.to_owned(),
                    to: new.to_owned(),
                });
            }
            if !is_validated(&from) && is_validated(&to) {
                self.push(ConstraintOperation::Validate {
                    table: table.to_owned(),
                    constraint: to.clone(),
                });
            }
            self.kept.push(Kept::Constraint {
                table: table.to_owned(),
                from,
                to,
            });
        }
        for constraint in from {
            self.push(ConstraintOperation::Drop {
                table: table.to_owned(),
                constraint,
            });
        }
        for constraint in to {
            self.push(ConstraintOperation::Add {
                table: table.to_owned(),
                constraint,
            });
        }
    }

    fn means_the_same(&self, from: &Constraint, to: &Constraint) -> bool {
        // NOT VALID is lifted in place, and only made by dropping and adding.
        (is_validated(to) || !is_validated(from)) && anonymous(from) == anonymous(to)
    }

    fn indexes(&mut self, from: &Table, to: &Table) {
        let table = &to.name;
        let mut old: Vec<Index> = from.indexes.values().cloned().collect();
        let mut new: Vec<Index> = to.indexes.values().cloned().collect();
        let spelled = |index: &Index| Index {
            predicate: (index.predicate.as_deref()).map(|text| settled(text).into_owned()),
            keys: index
                .keys
                .iter()
                .map(|key| settled(key).into_owned())
                .collect(),
            ..index.clone()
        };
        for (from, to) in pairs(&mut old, &mut new, |old, new| spelled(old) == spelled(new)) {
            self.kept.push(Kept::Index {
                table: table.clone(),
                from,
                to,
            });
        }
        let same = |old: &Index, new: &Index| {
            Index {
                name: new.name.clone(),
                ..spelled(old)
            } == spelled(new)
        };
        for (from, to) in pairs(&mut old, &mut new, same) {
            self.push(IndexOperation::Rename {
                table: table.clone(),
                from: from.clone(),
                to: to.clone(),
            });
            self.kept.push(Kept::Index {
                table: table.clone(),
                from,
                to,
            });
        }
        for index in old {
            self.push(IndexOperation::Drop {
                table: table.clone(),
                index,
            });
        }
        for index in new {
            self.push(IndexOperation::Create {
                table: table.clone(),
                index,
            });
        }
    }
}

/// Takes out of both lists what belongs together.
fn pairs<T>(from: &mut Vec<T>, to: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<(T, T)> {
    let mut pairs = Vec::new();
    let mut at = 0;
    while at < from.len() {
        match from
            .get(at)
            .and_then(|one| to.iter().position(|other| same(one, other)))
        {
            Some(other) => pairs.push((from.remove(at), to.remove(other))),
            None => at += 1,
        }
    }
    pairs
}

/// What it says, its name and whether it was checked apart.
fn anonymous(constraint: &Constraint) -> Constraint {
    let mut constraint = constraint.clone();
    match &mut constraint {
        Constraint::PrimaryKey(key) => key.name = None,
        Constraint::Unique(unique) => {
            unique.name.clear();
            unique.is_named = true;
        }
        Constraint::ForeignKey(ForeignKey {
            name,
            validated,
            is_named,
            ..
        })
        | Constraint::Check(Check {
            name,
            validated,
            is_named,
            ..
        }) => {
            name.clear();
            *validated = true;
            *is_named = true;
        }
    }
    if let Constraint::Check(check) = &mut constraint {
        check.expression = settled(&check.expression).into_owned();
    }
    constraint
}

fn is_validated(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::ForeignKey(key) => key.validated,
        Constraint::Check(check) => check.validated,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) => true,
    }
}

/// A serial's default is its numbering.
fn same_column(from: &Column, to: &Column) -> bool {
    let serial = Some(Numbering::Serial);
    if from.numbering == serial && to.numbering == serial {
        return Column {
            default: to.default.clone(),
            sequence: to.sequence.clone(),
            ..from.clone()
        } == *to;
    }
    // What a sequence starts with changes nothing for a sequence that has started.
    if from.numbering == to.numbering {
        Column {
            sequence: to.sequence.clone(),
            ..from.clone()
        } == *to
    } else {
        false
    }
}
