//! What the tables and enums of models are called in a database.

use migrate_chain::Dialect;
use migrate_runtime::schema::{EnumDef, Schema, TableDef};

use crate::introspect::Ignore;
use crate::sql::qualified::{bare, join, schema_of, split};

/// The schema of what is made without one, in a scratch database.
pub(crate) const DEFAULT: &str = "public";

/// The schema, where it isn't the default one.
fn schema(given: Option<&'static str>) -> Option<&'static str> {
    given.filter(|schema| *schema != DEFAULT)
}

/// The name of a model's table.
pub(crate) fn table(of: &TableDef, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => join(None, of.sqlite_name.unwrap_or(of.name)),
        _ => join(schema(of.schema), of.name),
    }
}

/// The name of an enum's type (PostgreSQL).
pub(crate) fn enumeration(of: &EnumDef) -> String {
    join(schema(of.schema), of.name)
}

/// The schemas that models name, the default one apart.
pub(super) fn schemas(models: &Schema) -> impl Iterator<Item = &'static str> {
    let tables = models
        .tables
        .iter()
        .filter_map(|table| schema(table.schema));
    let enums = super::enums(models).into_iter();
    tables.chain(enums.filter_map(|of| schema(of.schema)))
}

/// The model that a foreign key of a table refers to. A name without a schema means the table's own first.
pub(super) fn model(
    models: &Schema,
    from: &TableDef,
    references: &str,
) -> Option<&'static TableDef> {
    let by = |wanted: Option<&str>, name: &str| {
        let mut tables = models.tables.iter();
        tables.find(|table| schema(table.schema) == wanted && table.name == name)
    };
    match split(references) {
        (None, name) => by(schema(from.schema), &name).or_else(|| by(None, &name)),
        (Some(schema), name) => {
            let schema = Some(schema.as_str()).filter(|schema| *schema != DEFAULT);
            // Or its name has a dot in it.
            by(schema, &name).or_else(|| by(None, references))
        }
    }
}

/// The table that a foreign key of another refers to.
pub(super) fn referenced(
    models: &Schema,
    from: &TableDef,
    references: &str,
    dialect: Dialect,
) -> String {
    match model(models, from, references) {
        Some(model) => table(model, dialect),
        None => unmanaged(references, dialect),
    }
}

/// A table that no model is about.
fn unmanaged(name: &str, dialect: Dialect) -> String {
    let in_default = schema_of(name).is_none_or(|schema| schema == DEFAULT);
    if dialect == Dialect::Sqlite || in_default {
        join(None, &bare(name))
    } else {
        name.to_owned()
    }
}

/// Whether somebody else manages a table.
pub(super) fn is_unmanaged(models: &Schema, name: &str) -> bool {
    let ignore = Ignore::default().names(models.unmanaged.iter().copied());
    let in_default = schema_of(name).is_none();
    ignore.contains(name) || in_default && ignore.contains(&join(Some(DEFAULT), &bare(name)))
}
