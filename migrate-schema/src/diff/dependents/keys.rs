//! Foreign keys that stand on a key that changes.

use super::{Room, sorted};
use crate::model::ForeignKey;
use crate::operation::{Change, Constraint, ConstraintOperation, IndexOperation, Operation, is_on};

impl Room<'_> {
    /// A key that foreign keys refer to goes only after them.
    pub(super) fn keys(&mut self) {
        let is_drop = |change: &&Change| {
            matches!(
                change.operation,
                Operation::Constraint(ConstraintOperation::Drop { .. })
                    | Operation::Index(IndexOperation::Drop { .. })
            )
        };
        let dropped: Vec<Change> = self.operations.iter().filter(is_drop).cloned().collect();
        for drop in dropped {
            let because = match drop.table() {
                Some(table) => format!("it stands on a key of {table} that changes"),
                None => continue,
            };
            self.constraints(&because, |_, constraint| match constraint {
                Constraint::ForeignKey(key) => is_what_it_stands_on(&drop, key),
                _ => false,
            });
            // A table that goes still has its foreign keys until then.
            for gone in self.from.tables.values() {
                let stays = self.to.tables.contains_key(&gone.name);
                for key in gone.foreign_keys.values().filter(|_| !stays) {
                    let constraint = Constraint::ForeignKey(key.clone());
                    if is_what_it_stands_on(&drop, key) && !self.is_dropped(&gone.name, &constraint)
                    {
                        let drop = ConstraintOperation::Drop {
                            table: gone.name.clone(),
                            constraint,
                        };
                        self.operations
                            .push(Change::taken_down(drop, because.as_str()));
                    }
                }
            }
        }
    }
}

/// Whether the operation makes or takes away a key of exactly the columns that a foreign key refers to.
pub(super) fn is_what_it_stands_on(change: &Change, key: &ForeignKey) -> bool {
    let same = |columns: &[String]| sorted(columns) == sorted(&key.referenced);
    change.table() == Some(key.references.as_str())
        && match &change.operation {
            Operation::Constraint(
                ConstraintOperation::Add { constraint, .. }
                | ConstraintOperation::Drop { constraint, .. },
            ) => match constraint {
                Constraint::PrimaryKey(own) => same(&own.columns),
                Constraint::Unique(own) => same(&own.columns),
                Constraint::ForeignKey(_) | Constraint::Check(_) => false,
            },
            Operation::Index(
                IndexOperation::Create { index, .. } | IndexOperation::Drop { index, .. },
            ) => {
                index.unique
                    && index.keys.len() == key.referenced.len()
                    && key.referenced.iter().all(|column| is_on(index, column))
            }
            _ => false,
        }
}
