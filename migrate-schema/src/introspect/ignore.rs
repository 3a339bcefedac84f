use std::collections::BTreeSet;

use migrate_runtime::schema::Schema as Models;

use crate::sql::qualified;

/// What is left out of a schema: the tables that the migrator keeps, and what somebody else manages.
///
/// ```
/// use migrate_schema::introspect::Ignore;
///
/// let ignore = Ignore::default().name("spatial_ref_sys").name("auth.*");
/// assert!(ignore.contains("migrate_log"));
/// assert!(ignore.contains("spatial_ref_sys"));
/// assert!(!ignore.contains("migrate_birds"));
/// assert!(ignore.contains("auth.users"));
/// assert!(!ignore.contains("users"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    prefix: String,
    names: BTreeSet<String>,
    schemas: BTreeSet<String>,
}

impl Default for Ignore {
    fn default() -> Ignore {
        Ignore {
            prefix: "migrate".to_owned(),
            names: BTreeSet::new(),
            schemas: BTreeSet::new(),
        }
    }
}

impl Ignore {
    /// What the names of the migrator's tables start with, where that isn't `migrate`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Ignore {
        self.prefix = prefix.into();
        self
    }

    /// Leaves out what has this name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Ignore {
        self.names.insert(name.into());
        self
    }

    /// Leaves out what has one of these names.
    #[must_use]
    pub fn names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Ignore {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Leaves out what models call unmanaged, and takes none of the schemas that they name for the default one.
    #[must_use]
    pub fn of_models(self, models: &Models) -> Ignore {
        let mut ignore = self.names(models.unmanaged.iter().copied());
        let named = models.tables.iter().filter_map(|table| table.schema);
        ignore.schemas.extend(named.map(str::to_owned));
        ignore
    }

    /// Whether models name the schema, so that it isn't the default one wherever a `search_path` begins.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_named_schema(&self, name: &str) -> bool {
        self.schemas.contains(name)
    }

    /// What the names of the migrator's tables start with.
    pub fn tables_prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether everything of a schema is left out: `unmanaged = ["auth.*"]`.
    pub fn contains_schema(&self, schema: &str) -> bool {
        let all = qualified::join(Some(schema), "*");
        self.names.contains(&all) || self.names.contains(&format!("{schema}.*"))
    }

    /// Whether what has this name is left out, such as `users`, or `auth.users` in another schema than the default one.
    pub fn contains(&self, name: &str) -> bool {
        let (schema, bare) = qualified::split(name);
        let in_schema = schema.is_some_and(|schema| self.contains_schema(&schema));
        let own = bare
            .strip_prefix(self.prefix.as_str())
            .and_then(|rest| rest.strip_prefix('_'));
        in_schema
            || self.names.contains(name)
            || own.is_some_and(|own| ["revision", "log", "in_progress", "setting"].contains(&own))
    }
}
