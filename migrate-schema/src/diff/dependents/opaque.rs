//! Views, triggers, policies: what no model says and a change would be refused with.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use super::Room;
use crate::model::Opaque;
use crate::operation::{
    Change, ColumnOperation, OpaqueOperation, Operation, TableOperation, unread,
};
use crate::sql::{mentions, mentions_relation};

impl Room<'_> {
    /// Views, triggers and policies over what changes. Those whose text holds a name that is gone
    /// come back as they were, so that the script fails before anything is lost, and are shown.
    pub(super) fn opaque(&mut self, rebuilds: &BTreeMap<String, Vec<String>>) {
        let mut columns: Vec<(String, String, bool)> = Vec::new();
        let mut tables: Vec<String> = Vec::new();
        for change in self.operations.iter() {
            match &change.operation {
                Operation::Column(ColumnOperation::Drop { table, column }) => {
                    columns.push((table.clone(), column.name.clone(), change.is_asked()));
                }
                Operation::Table(TableOperation::Drop(table)) => tables.push(table.name.clone()),
                _ => {}
            }
        }
        let returned = self.returned();
        if self.from.dialect == Dialect::Postgres {
            columns.extend(
                self.touched()
                    .into_iter()
                    .map(|touched| (touched.table, touched.column, false)),
            );
        }
        let dialect = self.from.dialect;
        // What it mentions of the change.
        let about = |own: Option<&str>, opaque: &Opaque| -> Option<Found> {
            let on =
                |table: &str| own == Some(table) || opaque.tables.iter().any(|one| one == table);
            let body = unread(opaque);
            let in_body = |name: &str| body.is_some_and(|body| mentions(body, dialect, name));
            let mut found = Found {
                table: own.map(str::to_owned),
                opaque: opaque.clone(),
                gone: Vec::new(),
                is_dropped: own.is_none() && rebuilds.keys().any(|table| on(table)),
            };
            for (table, column, is_gone) in columns.iter().filter(|(table, ..)| on(table)) {
                let is_read = mentions(&opaque.create, dialect, column);
                found.is_dropped |= is_read;
                if *is_gone && (is_read || in_body(column)) {
                    found.gone.push(format!("{table}.{column}"));
                }
            }
            // Whoever upgraded had to rewrite or to drop it.
            let returns = returned.iter().any(|(table, column)| match column {
                Some(column) => on(table) && mentions(&opaque.create, dialect, column),
                None => {
                    own != Some(table) && opaque.tables.contains(table) && !opaque.before_tables
                }
            });
            if returns && body.is_none() {
                found.is_dropped = true;
                found.opaque.drop = if_exists(opaque);
            }
            for table in &tables {
                if own != Some(table) && opaque.tables.contains(table) && !opaque.before_tables {
                    // What only reads something that refers to it stays as it is.
                    let is_read = mentions_relation(&opaque.create, dialect, table);
                    found.is_dropped |= is_read;
                    if is_read || body.is_some() {
                        found.gone.push(table.clone());
                    }
                }
            }
            (found.is_dropped || !found.gone.is_empty()).then_some(found)
        };
        let mut found: Vec<Found> = Vec::new();
        let tables = self.from.tables.values();
        for table in tables.filter(|table| self.to.tables.contains_key(&table.name)) {
            let own = table.opaque.iter();
            let own = own.filter(|one| !one.is_of_table() && !one.is_of_column());
            found.extend(own.filter_map(|opaque| about(Some(&table.name), opaque)));
        }
        let kept = self.from.opaque.iter();
        // What is said of schemas has no DROP, and nothing stands in its way.
        let is_an_object = |opaque: &&Opaque| {
            !opaque.before_tables && opaque.kind != "virtual table" && !opaque.drop.is_empty()
        };
        for opaque in kept.filter(is_an_object) {
            let stands_on = |other: &Found| {
                other.is_dropped
                    && other.table.is_none()
                    && mentions_relation(&opaque.create, dialect, &other.opaque.name)
            };
            let stands = found.iter().any(stands_on);
            let own = about(None, opaque).or_else(|| {
                stands.then(|| Found {
                    table: None,
                    opaque: opaque.clone(),
                    gone: Vec::new(),
                    is_dropped: true,
                })
            });
            found.extend(own.map(|own| Found {
                is_dropped: own.is_dropped || stands,
                ..own
            }));
        }
        let of_columns = self.of_columns();
        self.operations.extend(of_columns);
        let dropped = found.iter().rev().filter(|found| found.is_dropped);
        let dropped = dropped.map(|found| {
            let drop = OpaqueOperation::Drop {
                table: found.table.clone(),
                opaque: found.opaque.clone(),
            };
            Change::taken_down(drop, "it depends on what changes below")
        });
        self.operations.extend(dropped);
        // Views first: a trigger or a policy may read one.
        found.sort_by_key(|found| found.table.is_some());
        let created = found.into_iter().map(|found| {
            Change::put_back(OpaqueOperation::Create {
                table: found.table,
                opaque: found.opaque,
                gone: found.gone,
            })
        });
        self.operations.extend(created);
    }
}

impl Room<'_> {
    /// On the way back, the tables and columns that come back.
    fn returned(&self) -> Vec<(String, Option<String>)> {
        let returned = |change: &Change| match &change.operation {
            Operation::Column(ColumnOperation::Add { table, column, .. }) if change.is_asked() => {
                Some((table.clone(), Some(column.name.clone())))
            }
            Operation::Table(TableOperation::Create(table)) => Some((table.name.clone(), None)),
            _ => None,
        };
        let all = self.operations.iter().filter(|_| self.is_back);
        all.filter_map(returned).collect()
    }

    /// What is said of columns that are made anew, or whose sequence is.
    fn of_columns(&self) -> Vec<Change> {
        let is_anew = |table: &str, name: &str| {
            self.operations
                .iter()
                .any(|change| match &change.operation {
                    Operation::Column(ColumnOperation::Add {
                        table: of, column, ..
                    }) => of == table && column.name == name,
                    Operation::Column(ColumnOperation::Change {
                        table: of,
                        from,
                        to,
                        ..
                    }) => of == table && to.name == name && from.numbering != to.numbering,
                    _ => false,
                })
        };
        let tables =
            (self.to.tables.values()).filter(|table| self.from.tables.contains_key(&table.name));
        let all = tables.flat_map(|table| table.opaque.iter().map(|one| (&table.name, one)));
        let anew = all.filter(|(table, one)| one.is_of_column() && is_anew(table, &one.name));
        anew.map(|(table, one)| {
            Change::put_back(OpaqueOperation::Create {
                table: Some(table.clone()),
                opaque: one.clone(),
                gone: Vec::new(),
            })
        })
        .collect()
    }
}

/// The statement that drops it, if it is there.
fn if_exists(opaque: &Opaque) -> String {
    let head = format!("DROP {} ", opaque.kind.to_uppercase());
    match opaque.drop.strip_prefix(&head) {
        Some(rest) => format!("{head}IF EXISTS {rest}"),
        None => opaque.drop.clone(),
    }
}

/// Something that a change is about.
struct Found {
    /// The table it hangs on.
    table: Option<String>,
    opaque: Opaque,
    /// Names in it that are gone.
    gone: Vec<String>,
    /// False for what is only shown, because nothing stands in the way.
    is_dropped: bool,
}
