//! Whose work a change stands on, where a chain has several branches.

use std::collections::BTreeSet;

use super::Changes;
use crate::model::Schema;
use crate::sql::mentions_relation;

impl Changes {
    /// True if the script needs what another branch has made, so that it can't run before it:
    /// something that it touches is not as its `own` branch makes it, and the `other` makes it
    /// otherwise.
    pub fn stands_on(&self, own: &Schema, other: &Schema) -> bool {
        self.touched()
            .iter()
            .any(|name| !is_same(own, &self.start, name) && !is_same(own, other, name))
    }

    /// The tables, types and views that it changes or refers to, by the names they had before.
    fn touched(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for change in &self.operations {
            names.extend(change.needs());
        }
        for name in names.clone() {
            let Some(table) = self.to.tables.get(name) else {
                continue;
            };
            names.extend((table.foreign_keys.values()).map(|key| key.references.as_str()));
            let kinds = || table.columns.iter().map(|column| &column.kind);
            let used =
                |name: &&String| kinds().any(|kind| mentions_relation(kind, self.dialect(), name));
            names.extend((self.to.enums.keys()).filter(used).map(String::as_str));
        }
        names.into_iter().map(|name| self.before(name)).collect()
    }

    /// What is called so now, as it was called.
    fn before<'n>(&'n self, name: &'n str) -> &'n str {
        let mut renames = self.renames.tables.iter().chain(&self.renames.enums);
        renames
            .find(|(_, new)| *new == name)
            .map_or(name, |(old, _)| old)
    }
}

fn is_same(one: &Schema, other: &Schema, name: &str) -> bool {
    let opaque = |schema: &Schema| schema.opaque.iter().find(|one| one.name == name).cloned();
    one.tables.get(name) == other.tables.get(name)
        && one.enums.get(name) == other.enums.get(name)
        && opaque(one) == opaque(other)
}
