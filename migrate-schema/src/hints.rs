//! What the models say of their own past: the `renamed_from` attributes.

use std::collections::{BTreeMap, BTreeSet};

use migrate_chain::Dialect;

use crate::model::Schema;
use crate::sql::qualified::{join, schema_of, split};

/// The hints of all models, by what is named so now; names are those of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hints {
    /// New table name to the old one.
    pub tables: BTreeMap<String, String>,
    /// (Table's new name, new column name) to the old column name.
    pub columns: BTreeMap<(String, String), String>,
    /// New name of an enum type to the old one.
    pub enums: BTreeMap<String, String>,
    /// (Enum's new name, new value) to the old value.
    pub values: BTreeMap<(String, String), String>,
    /// Tables whose old name may be another one, so that a hint which names nothing is no mistake.
    pub(crate) doubtful: BTreeSet<String>,
    /// What holds on SQLite, where names have no schemas.
    pub(crate) sqlite: Option<Box<Hints>>,
    /// What PostgreSQL calls a table in a schema, to what SQLite does.
    pub(crate) sqlite_names: BTreeMap<String, String>,
}

impl Hints {
    /// What holds on that database.
    pub(crate) fn on(&self, dialect: Dialect) -> &Hints {
        match &self.sqlite {
            Some(sqlite) if dialect == Dialect::Sqlite => sqlite,
            _ => self,
        }
    }

    /// What a flag names, by the name that it has on a database of the dialect: one flag answers for both. `is_table`: what
    /// is a table there is meant as it is written.
    pub(crate) fn path_on(
        &self,
        dialect: Dialect,
        path: &str,
        is_table: &dyn Fn(&str) -> bool,
    ) -> String {
        for (postgres, sqlite) in &self.sqlite_names {
            let (theirs, ours) = match dialect {
                Dialect::Sqlite => (postgres, sqlite),
                _ => (sqlite, postgres),
            };
            if let Some(inner) = path.strip_prefix(theirs.as_str())
                && (inner.is_empty() || inner.starts_with('.'))
                && !is_table(theirs)
            {
                return format!("{ours}{inner}");
            }
        }
        path.to_owned()
    }

    /// The hints by the names that a schema has: without the default schema, and where an old name has none, that of what
    /// has the new one, if there is something of the name.
    pub(crate) fn named_as_in(&self, from: &Schema) -> Hints {
        let mut hints = self.on(from.dialect).clone();
        if from.dialect == Dialect::Sqlite {
            return hints;
        }
        let plain = |name: &str| match split(name) {
            (Some(schema), name) if schema == from.default_schema => join(None, &name),
            _ => name.to_owned(),
        };
        let old_of = |new: &str, old: &str, is_there: &dyn Fn(&str) -> bool| {
            let old = plain(old);
            let own = schema_of(new).filter(|_| schema_of(&old).is_none());
            let beside = own.map(|schema| join(Some(&schema), &old));
            beside.filter(|beside| is_there(beside)).unwrap_or(old)
        };
        let is_table = |name: &str| from.tables.contains_key(name);
        for (new, old) in &mut hints.tables {
            *old = old_of(new, old, &is_table);
        }
        let is_enum = |name: &str| from.enums.contains_key(name);
        for (new, old) in &mut hints.enums {
            *old = old_of(new, old, &is_enum);
        }
        hints
    }
}
