//! Foreign keys that stand on a key that changes.

use super::{Room, sorted};
use crate::diff::operation::{Constraint, Operation};

impl Room<'_> {
    /// A key that foreign keys refer to goes only after them.
    pub(super) fn keys(&mut self) {
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
}
