//! Columns whose type changes, and what is computed from them or holds values of the type.

use std::collections::BTreeSet;

use migrate_chain::Dialect;

use super::{Room, refers};
use crate::diff::enums::is_of;
use crate::model::Column;
use crate::operation::{
    Change, ColumnOperation, Constraint, EnumOperation, Operation, is_made_anew, is_on,
};
use crate::sql::mentions;

/// A column that changes so that whatever depends on it is in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touched {
    pub(super) table: String,
    pub(super) column: String,
    /// Replaced enum types are in the way of constants of the type too.
    pub(super) is_enum: bool,
}

impl Room<'_> {
    /// A generated column can't be given another expression: it is dropped and added again, and so
    /// is one that is computed from a column whose type changes.
    pub(super) fn computed(&mut self) {
        let mut again: Vec<(String, Column, Column, String)> = Vec::new();
        // What is asked for stays among the operations, so that it is described, and what it does to clients and rows.
        for change in self.operations.iter() {
            if let Operation::Column(ColumnOperation::Change {
                table, from, to, ..
            }) = &change.operation
                && is_made_anew(from, to)
            {
                let because = match from.generated {
                    Some(_) => "its expression can't be changed in place",
                    None => "a column that holds values can't become a generated one",
                };
                again.push((
                    table.clone(),
                    *from.clone(),
                    *to.clone(),
                    because.to_owned(),
                ));
            }
        }
        for touched in self.touched() {
            let Some(table) = self.to.tables.get(&touched.table) else {
                continue;
            };
            for to in &table.columns {
                let Some(generated) = &to.generated else {
                    continue;
                };
                let from = self
                    .from
                    .tables
                    .get(&table.name)
                    .and_then(|from| from.column(&to.name));
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
                    self.operations.retain(|change| {
                        !matches!(&change.operation, Operation::Column(ColumnOperation::Change { table: of, to: other, .. })
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
            let drop = ColumnOperation::Drop {
                table: table.clone(),
                column: from,
            };
            let add = ColumnOperation::Add {
                table,
                column: Box::new(to),
                fill: None,
            };
            self.operations.push(Change::taken_down(drop, because));
            self.operations.push(Change::put_back(add));
        }
    }

    /// Columns whose type changes, or is replaced.
    pub(super) fn touched(&self) -> BTreeSet<Touched> {
        let mut touched = BTreeSet::new();
        for change in self.operations.iter() {
            match &change.operation {
                Operation::Column(ColumnOperation::Change {
                    table, from, to, ..
                }) if (&from.kind, &from.collation) != (&to.kind, &to.collation)
                    && !is_made_anew(from, to) =>
                {
                    touched.insert(Touched {
                        table: table.clone(),
                        column: to.name.clone(),
                        is_enum: false,
                    });
                }
                Operation::Enum(EnumOperation::Replace { columns, to, .. }) => {
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

    pub(super) fn retyped(&mut self) {
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
                // The server rewrites a cast of it, so that it doesn't fit the type that comes.
                let mut texts = index.keys.iter().chain(&index.predicate);
                let is_cast = texts.any(|text| text.contains("::") || text.contains(" COLLATE "));
                (is_enum || is_cast) && of == table && computed && is_on(index, &column)
            });
        }
        self.drop_replaced_defaults();
    }

    /// What a replaced enum type does to a default is done by the replacement.
    fn drop_replaced_defaults(&mut self) {
        let replaced: Vec<(String, String)> = self
            .touched()
            .into_iter()
            .filter(|touched| touched.is_enum)
            .map(|touched| (touched.table, touched.column))
            .collect();
        for change in self.operations.iter_mut() {
            if let Operation::Column(ColumnOperation::Change {
                table, from, to, ..
            }) = &mut change.operation
                && replaced.contains(&(table.clone(), to.name.clone()))
            {
                from.default.clone_from(&to.default);
            }
        }
        self.operations.retain(|change| match &change.operation {
            Operation::Column(ColumnOperation::Change { from, to, .. }) => from != to,
            _ => true,
        });
    }
}
