//! What stands in the way of a change although nobody changes it: taken down before, put back after.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use super::enums::is_of;
use super::operation::{Constraint, Operation};
use super::tables::Kept;
use crate::model::{Column, Index, Opaque, Schema};
use crate::sql::mentions;

/// Adds the operations that make room for others.
pub(super) fn dependents(
    operations: &mut Vec<Operation>,
    kept: &[Kept],
    base: &Schema,
    wanted: &Schema,
    rebuilds: &BTreeMap<String, Vec<String>>,
) {
    let mut room = Room {
        operations,
        kept,
        base,
        wanted,
    };
    if base.dialect == Dialect::Postgres {
        room.computed();
        room.retyped();
        room.keys();
    }
    room.verbatim(rebuilds);
    if base.dialect == Dialect::Postgres {
        room.late_foreign_keys();
    }
}

struct Room<'a> {
    operations: &'a mut Vec<Operation>,
    kept: &'a [Kept],
    base: &'a Schema,
    wanted: &'a Schema,
}

/// A column that changes so that whatever depends on it is in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Touched {
    table: String,
    column: String,
    /// Replaced enum types are in the way of constants of the type too.
    is_enum: bool,
}

impl Room<'_> {
    /// A generated column can't be given another expression: it is dropped and added again, and so
    /// is one that is computed from a column whose type changes.
    fn computed(&mut self) {
        let mut again: Vec<(String, Column, Column, String)> = Vec::new();
        self.operations.retain(|operation| match operation {
            Operation::ChangeColumn {
                table, from, to, ..
            } if to.generated.is_some()
                && (from.generated != to.generated || from.kind != to.kind) =>
            {
                let because = match from.generated {
                    Some(_) => "its expression can't be changed in place",
                    None => "a column that holds values can't become a generated one",
                };
                again.push((table.clone(), from.clone(), to.clone(), because.to_owned()));
                false
            }
            _ => true,
        });
        for touched in self.touched() {
            let Some(table) = self.wanted.tables.get(&touched.table) else {
                continue;
            };
            for to in &table.columns {
                let Some(generated) = &to.generated else {
                    continue;
                };
                let from = self
                    .base
                    .tables
                    .get(&table.name)
                    .and_then(|base| base.column(&to.name));
                let Some(from) = from.filter(|from| from.generated.as_ref() == Some(generated))
                else {
                    continue;
                };
                let known = again
                    .iter()
                    .any(|(of, _, known, _)| (of, &known.name) == (&table.name, &to.name));
                if !known && mentions(&generated.expression, Dialect::Postgres, &touched.column) {
                    let because =
                        format!("it is computed from {}, whose type changes", touched.column);
                    self.operations.retain(|operation| {
                        !matches!(operation, Operation::ChangeColumn { table: of, to: other, .. }
                            if of == &table.name && other.name == to.name)
                    });
                    again.push((table.name.clone(), from.clone(), to.clone(), because));
                }
            }
        }
        for (table, from, to, because) in again {
            let about = format!("{}.{} is made anew", table, to.name);
            self.constraints(&about, |of, constraint| {
                of == table && constraint.is_about(&to.name, Dialect::Postgres)
                    || refers(constraint, &table, std::slice::from_ref(&to.name))
            });
            self.indexes(&about, |of, index| of == table && is_on(index, &to.name));
            self.operations.push(Operation::DropColumn {
                table: table.clone(),
                column: from,
                because: Some(because.clone()),
            });
            self.operations.push(Operation::AddColumn {
                table,
                column: to,
                fill: None,
                because: Some(because),
            });
        }
    }

    /// Columns whose type changes, or is replaced.
    fn touched(&self) -> BTreeSet<Touched> {
        let mut touched = BTreeSet::new();
        for operation in self.operations.iter() {
            match operation {
                Operation::ChangeColumn {
                    table, from, to, ..
                } if (&from.kind, &from.collation) != (&to.kind, &to.collation) => {
                    touched.insert(Touched {
                        table: table.clone(),
                        column: to.name.clone(),
                        is_enum: false,
                    });
                }
                Operation::ReplaceEnum { columns, to, .. } => {
                    for (table, column) in columns {
                        debug_assert!(is_of(column, &to.name));
                        touched.insert(Touched {
                            table: table.clone(),
                            column: column.name.clone(),
                            is_enum: true,
                        });
                    }
                }
                _ => {}
            }
        }
        touched
    }

    fn retyped(&mut self) {
        for Touched {
            table,
            column,
            is_enum,
        } in self.touched()
        {
            let because = format!("the type of {table}.{column} changes");
            let one = std::slice::from_ref(&column);
            self.constraints(&because, |of, constraint| {
                let own = of == table && constraint.is_about(&column, Dialect::Postgres);
                match constraint {
                    Constraint::ForeignKey(_) => own || refers(constraint, &table, one),
                    Constraint::Check(_) => own && is_enum,
                    Constraint::PrimaryKey(_) | Constraint::Unique(_) => false,
                }
            });
            // A key that is the column alone follows by itself.
            self.indexes(&because, |of, index| {
                let computed =
                    index.keys.iter().any(|key| key.contains('(')) || index.predicate.is_some();
                is_enum && of == table && computed && is_on(index, &column)
            });
        }
        self.settled_defaults();
    }

    /// What a replaced enum type does to a default is done by the replacement.
    fn settled_defaults(&mut self) {
        let replaced: Vec<(String, String)> = self
            .touched()
            .into_iter()
            .filter(|touched| touched.is_enum)
            .map(|touched| (touched.table, touched.column))
            .collect();
        for operation in self.operations.iter_mut() {
            if let Operation::ChangeColumn {
                table, from, to, ..
            } = operation
                && replaced.contains(&(table.clone(), to.name.clone()))
            {
                from.default.clone_from(&to.default);
            }
        }
        self.operations.retain(|operation| match operation {
            Operation::ChangeColumn { from, to, .. } => from != to,
            _ => true,
        });
    }

    /// A key that foreign keys refer to goes only after them.
    fn keys(&mut self) {
        let dropped: Vec<(String, Vec<String>)> = self
            .operations
            .iter()
            .filter_map(|operation| match operation {
                Operation::DropConstraint {
                    table,
                    constraint: Constraint::PrimaryKey(key),
                    ..
                } => Some((table.clone(), key.columns.clone())),
                Operation::DropConstraint {
                    table,
                    constraint: Constraint::Unique(key),
                    ..
                } => Some((table.clone(), key.columns.clone())),
                Operation::DropIndex { table, index, .. } if index.unique => {
                    Some((table.clone(), index.keys.clone()))
                }
                _ => None,
            })
            .collect();
        for (table, columns) in dropped {
            let because = format!("it stands on a key of {table} that changes");
            self.constraints(&because, |_, constraint| match constraint {
                Constraint::ForeignKey(key) => {
                    key.references == table && sorted(&key.referenced) == sorted(&columns)
                }
                _ => false,
            });
            // A table that goes still has its foreign keys until then.
            for gone in self.base.tables.values() {
                let stays = self.wanted.tables.contains_key(&gone.name);
                for key in gone.foreign_keys.values().filter(|_| !stays) {
                    let constraint = Constraint::ForeignKey(key.clone());
                    if key.references == table && !self.is_dropped(&gone.name, &constraint) {
                        self.operations.push(Operation::DropConstraint {
                            table: gone.name.clone(),
                            constraint,
                            because: Some(because.clone()),
                        });
                    }
                }
            }
        }
    }

    /// Drops and adds what stays and is in the way.
    fn constraints(&mut self, because: &str, in_the_way: impl Fn(&str, &Constraint) -> bool) {
        for kept in self.kept {
            let Kept::Constraint { table, from, to } = kept else {
                continue;
            };
            if !in_the_way(table, to) || self.is_dropped(table, from) {
                continue;
            }
            self.operations.retain(|operation| match operation {
                Operation::RenameConstraint {
                    table: of,
                    from: name,
                    ..
                } => of != table || Some(name.as_str()) != from.name(),
                Operation::ValidateConstraint {
                    table: of,
                    constraint,
                } => of != table || constraint != to,
                _ => true,
            });
            self.operations.push(Operation::DropConstraint {
                table: table.clone(),
                constraint: from.clone(),
                because: Some(because.to_owned()),
            });
            self.operations.push(Operation::AddConstraint {
                table: table.clone(),
                constraint: to.clone(),
                again: true,
            });
        }
    }

    fn is_dropped(&self, table: &str, constraint: &Constraint) -> bool {
        self.operations.iter().any(|operation| {
            matches!(operation, Operation::DropConstraint { table: of, constraint: other, .. }
                if of == table && other.name() == constraint.name())
        })
    }

    fn indexes(&mut self, because: &str, in_the_way: impl Fn(&str, &Index) -> bool) {
        for kept in self.kept {
            let Kept::Index { table, from, to } = kept else {
                continue;
            };
            let dropped = self.operations.iter().any(|operation| {
                matches!(operation, Operation::DropIndex { index, .. } if index.name == from.name)
            });
            if dropped || !in_the_way(table, to) {
                continue;
            }
            self.operations.retain(|operation| {
                !matches!(operation, Operation::RenameIndex { from: old, .. } if old.name == from.name)
            });
            self.operations.push(Operation::DropIndex {
                table: table.clone(),
                index: from.clone(),
                because: Some(because.to_owned()),
            });
            self.operations.push(Operation::CreateIndex {
                table: table.clone(),
                index: to.clone(),
                again: true,
            });
        }
    }

    /// Views, triggers and policies over what changes. Those whose text holds a name that is gone
    /// come back as they were, so that the script fails before anything is lost, and are shown.
    fn verbatim(&mut self, rebuilds: &BTreeMap<String, Vec<String>>) {
        let mut columns: Vec<(String, String, bool)> = Vec::new();
        let mut tables: Vec<String> = Vec::new();
        for operation in self.operations.iter() {
            match operation {
                Operation::DropColumn {
                    table,
                    column,
                    because,
                } => {
                    columns.push((table.clone(), column.name.clone(), because.is_none()));
                }
                Operation::DropTable(table) => tables.push(table.name.clone()),
                _ => {}
            }
        }
        if self.base.dialect == Dialect::Postgres {
            columns.extend(
                self.touched()
                    .into_iter()
                    .map(|touched| (touched.table, touched.column, false)),
            );
        }
        let dialect = self.base.dialect;
        // What of the change it is about: nothing, or what is gone.
        let about = |own: Option<&str>, opaque: &Opaque| -> Option<Vec<String>> {
            let on =
                |table: &str| own == Some(table) || opaque.tables.iter().any(|one| one == table);
            let mut gone = Vec::new();
            let mut hit = own.is_none() && rebuilds.keys().any(|table| on(table));
            for (table, column, is_gone) in &columns {
                if on(table) && mentions(&opaque.create, dialect, column) {
                    hit = true;
                    gone.extend(is_gone.then(|| format!("{table}.{column}")));
                }
            }
            for table in &tables {
                if own != Some(table) && opaque.tables.contains(table) && !opaque.before_tables {
                    hit = true;
                    gone.push(table.clone());
                }
            }
            hit.then_some(gone)
        };
        let mut found: Vec<(Option<String>, Opaque, Vec<String>)> = Vec::new();
        for table in self
            .base
            .tables
            .values()
            .filter(|table| self.wanted.tables.contains_key(&table.name))
        {
            for opaque in &table.opaque {
                if let Some(gone) = about(Some(&table.name), opaque) {
                    found.push((Some(table.name.clone()), opaque.clone(), gone));
                }
            }
        }
        for opaque in self
            .base
            .opaque
            .iter()
            .filter(|opaque| !opaque.before_tables && opaque.kind != "virtual table")
        {
            let stands_on =
                |(_, other, _): &(_, Opaque, _)| mentions(&opaque.create, dialect, &other.name);
            let gone = about(None, opaque);
            if gone.is_some()
                || found
                    .iter()
                    .filter(|(own, ..)| own.is_none())
                    .any(stands_on)
            {
                found.push((None, opaque.clone(), gone.unwrap_or_default()));
            }
        }
        for (table, opaque, _) in found.iter().rev() {
            self.operations.push(Operation::DropOpaque {
                table: table.clone(),
                opaque: opaque.clone(),
                because: "it depends on what changes below".to_owned(),
            });
        }
        // Views first: a trigger or a policy may read one.
        found.sort_by_key(|(own, ..)| own.is_some());
        for (table, opaque, gone) in found {
            self.operations.push(Operation::CreateOpaque {
                table,
                opaque,
                gone,
            });
        }
    }

    /// A new table's foreign keys are part of it if what they refer to is there by then.
    fn late_foreign_keys(&mut self) {
        let mut made: BTreeSet<String> = BTreeSet::new();
        let changed: BTreeSet<String> = self
            .operations
            .iter()
            .filter(|operation| {
                matches!(
                    operation,
                    Operation::AddColumn { .. }
                        | Operation::ChangeColumn { .. }
                        | Operation::ReplaceEnum { .. }
                        | Operation::AddConstraint {
                            constraint: Constraint::PrimaryKey(_) | Constraint::Unique(_),
                            ..
                        }
                        | Operation::CreateIndex { .. }
                )
            })
            .filter_map(|operation| operation.table().map(str::to_owned))
            .filter(|table| self.base.tables.contains_key(table))
            .collect();
        let mut late = Vec::new();
        for operation in self.operations.iter_mut() {
            let Operation::CreateTable(table) = operation else {
                continue;
            };
            made.insert(table.name.clone());
            let is_late = |references: &String| {
                !made.contains(references)
                    && (changed.contains(references) || !self.base.tables.contains_key(references))
            };
            let names: Vec<String> = (table.foreign_keys.values())
                .filter(|key| is_late(&key.references))
                .map(|key| key.name.clone())
                .collect();
            for name in names {
                if let Some(key) = table.foreign_keys.remove(&name) {
                    late.push(Operation::AddConstraint {
                        table: table.name.clone(),
                        constraint: Constraint::ForeignKey(key),
                        again: true,
                    });
                }
            }
        }
        self.operations.extend(late);
        // Of tables that go and refer to each other, the first would not go.
        let mut going: Vec<String> = Vec::new();
        let mut first = Vec::new();
        for operation in self.operations.iter() {
            let Operation::DropTable(table) = operation else {
                continue;
            };
            going.push(table.name.clone());
        }
        for (at, name) in going.iter().enumerate() {
            for other in going.iter().skip(at + 1) {
                let table = self.base.tables.get(other);
                let keys = table
                    .into_iter()
                    .flat_map(|table| table.foreign_keys.values());
                first.extend(keys.filter(|key| key.references == *name).map(|key| {
                    Operation::DropConstraint {
                        table: other.clone(),
                        constraint: Constraint::ForeignKey(key.clone()),
                        because: Some(format!("{name} and {other} refer to each other")),
                    }
                }));
            }
        }
        first.retain(|operation| !self.operations.contains(operation));
        self.operations.extend(first);
    }
}

/// Whether a foreign key refers to one of the columns.
fn refers(constraint: &Constraint, table: &str, columns: &[String]) -> bool {
    match constraint {
        Constraint::ForeignKey(key) => {
            key.references == table && key.referenced.iter().any(|column| columns.contains(column))
        }
        _ => false,
    }
}

pub(super) fn is_on(index: &Index, column: &str) -> bool {
    let texts = index.keys.iter().chain(&index.predicate);
    texts
        .into_iter()
        .any(|text| mentions(text, Dialect::Postgres, column))
        || index.include.iter().any(|one| one == column)
}

fn sorted(columns: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = columns.iter().collect();
    sorted.sort();
    sorted
}
