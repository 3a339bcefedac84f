//! What the models say of their own past: the `renamed_from` attributes.

use std::collections::BTreeMap;

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
}
