use std::collections::BTreeSet;

/// What is left out of a schema: the tables that the migrator keeps, and what somebody else manages.
///
/// ```
/// use migrate_schema::introspect::Ignore;
///
/// let ignore = Ignore::default().name("spatial_ref_sys");
/// assert!(ignore.contains("migrate_log"));
/// assert!(ignore.contains("spatial_ref_sys"));
/// assert!(!ignore.contains("migrate_birds"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    prefix: String,
    names: BTreeSet<String>,
}

impl Default for Ignore {
    fn default() -> Ignore {
        Ignore {
            prefix: "migrate".to_owned(),
            names: BTreeSet::new(),
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

    /// What the names of the migrator's tables start with.
    pub fn tables_prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether what has this name is left out.
    pub fn contains(&self, name: &str) -> bool {
        let own = name
            .strip_prefix(self.prefix.as_str())
            .and_then(|rest| rest.strip_prefix('_'));
        self.names.contains(name)
            || own.is_some_and(|own| ["revision", "log", "in_progress", "setting"].contains(&own))
    }
}
