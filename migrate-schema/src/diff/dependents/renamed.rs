//! What writes names in a text that the database doesn't follow: made anew by the new names, or shown for review.

use migrate_chain::Dialect;

use super::Room;
use crate::diff::apply_renames::tables_of_trigger;
use crate::model::Opaque;
use crate::operation::{
    Change, ColumnOperation, OpaqueOperation, Operation, TableOperation, unread,
};
use crate::sql::qualified::bare;
use crate::sql::{mentions, mentions_relation};

impl Room<'_> {
    pub(super) fn renamed(&mut self) {
        match self.from.dialect {
            Dialect::Sqlite => self.full_text(),
            _ => self.functions(),
        }
    }

    fn is_shown(&self, opaque: &Opaque) -> bool {
        self.operations.iter().any(|change| {
            matches!(&change.operation, Operation::Opaque(OpaqueOperation::Create { opaque: other, .. })
                if other.name == opaque.name && other.kind == opaque.kind)
        })
    }

    /// Functions whose text names what is renamed.
    fn functions(&mut self) {
        let dialect = self.from.dialect;
        let mut shown = Vec::new();
        for function in &self.from.opaque {
            let Some(body) = unread(function).filter(|_| !self.is_shown(function)) else {
                continue;
            };
            let triggers = tables_of_trigger(self.from, function);
            let is_about = |table: &String| {
                function.tables.contains(table) || triggers.contains(&table.as_str())
            };
            let columns = self.renames.columns.iter();
            let columns = columns.filter(|((table, old), _)| {
                // In a swap the name is another column's now.
                let is_taken = self
                    .renames
                    .columns
                    .contains_key(&(table.clone(), old.clone()))
                    && self
                        .to
                        .tables
                        .get(table)
                        .is_some_and(|table| table.column(old).is_some());
                is_about(table) && !is_taken && mentions(body, dialect, old)
            });
            let mut gone: Vec<String> = columns
                .map(|((table, old), new)| format!("{table}.{old} (now {new})"))
                .collect();
            let tables = self.renames.tables.iter();
            let tables = tables.filter(|(old, _)| {
                mentions_relation(body, dialect, old) && !self.to.tables.contains_key(*old)
            });
            gone.extend(tables.map(|(old, new)| format!("{old} (now {new})")));
            let was = self
                .start
                .opaque
                .iter()
                .find(|one| one.name == function.name);
            let is_rewritten = was.is_some_and(|was| unread(was) != Some(body));
            if is_rewritten || !gone.is_empty() || self.is_put_back(body, &is_about) {
                shown.push(Change::put_back(OpaqueOperation::Create {
                    table: None,
                    opaque: function.clone(),
                    gone,
                }));
            }
        }
        self.operations.extend(shown);
    }

    /// On the way back, whether a function names what gets its old name or comes back: whoever upgraded has rewritten it.
    fn is_put_back(&self, body: &str, is_about: &dyn Fn(&String) -> bool) -> bool {
        let names = |name: &str| mentions(body, self.from.dialect, name);
        let columns = self.renames.columns.iter();
        let mut columns = columns.filter(|((table, _), _)| is_about(table));
        let comes_back = |change: &Change| match &change.operation {
            Operation::Column(ColumnOperation::Add { table, column, .. }) => {
                is_about(table) && names(&column.name)
            }
            Operation::Table(TableOperation::Create(table)) => names(&bare(&table.name)),
            _ => false,
        };
        self.is_back
            && (columns.any(|(_, new)| names(new))
                || self.renames.tables.values().any(|new| names(&bare(new)))
                || self.operations.iter().any(comes_back))
    }

    /// Full-text tables over a table of ours, and the triggers that keep them.
    fn full_text(&mut self) {
        let was = |one: &Opaque| {
            let mut all = self.start.opaque.iter();
            all.find(|other| other.name == one.name)
                .map(|other| other.create.clone())
        };
        let tables = self
            .from
            .opaque
            .iter()
            .filter(|one| one.kind == "virtual table");
        let anew: Vec<&Opaque> = tables
            .filter(|one| was(one).is_some_and(|was| was != one.create))
            .collect();
        let mut changes = Vec::new();
        for table in anew {
            let because = "it names what is renamed";
            let name = crate::sql::relation(&table.name);
            let mut filled = table.clone();
            filled.create = format!(
                "{};\nINSERT INTO {name} ({name}) VALUES ('rebuild')",
                table.create
            );
            changes.push(Change::taken_down(
                OpaqueOperation::Drop {
                    table: None,
                    opaque: table.clone(),
                },
                because,
            ));
            changes.push(Change::put_back(OpaqueOperation::Create {
                table: None,
                opaque: filled,
                gone: Vec::new(),
            }));
            let triggers = self
                .from
                .tables
                .values()
                .flat_map(|own| own.opaque.iter().map(move |one| (&own.name, one)));
            let triggers = triggers.filter(|(_, one)| {
                one.kind == "trigger"
                    && mentions_relation(&one.create, Dialect::Sqlite, &table.name)
                    && !self.is_shown(one)
            });
            for (own, trigger) in triggers {
                changes.push(Change::taken_down(
                    OpaqueOperation::Drop {
                        table: Some(own.clone()),
                        opaque: trigger.clone(),
                    },
                    because,
                ));
                changes.push(Change::put_back(OpaqueOperation::Create {
                    table: Some(own.clone()),
                    opaque: trigger.clone(),
                    gone: Vec::new(),
                }));
            }
        }
        self.operations.extend(changes);
    }
}
