//! Views, triggers, policies: what no model says and a change would be refused with.

use std::collections::BTreeMap;

use migrate_chain::Dialect;

use super::Room;
use crate::diff::operation::Operation;
use crate::model::Opaque;
use crate::sql::mentions;

impl Room<'_> {
    /// Views, triggers and policies over what changes. Those whose text holds a name that is gone
    /// come back as they were, so that the script fails before anything is lost, and are shown.
    pub(super) fn verbatim(&mut self, rebuilds: &BTreeMap<String, Vec<String>>) {
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
}
