//! Models as the statements that create them, and what is wrong among models.

mod build;
mod check;
mod hints;
pub(crate) mod names;
mod problem;
mod types;

pub use hints::renames;
use migrate_chain::Dialect;
use migrate_runtime::schema::{EnumDef, Schema};
pub use problem::Problem;
pub(crate) use types::{affinity, postgres_family};

use crate::diff::creation;
use crate::render::render;

/// The script that creates what the models declare, in a database that has nothing else than the unmanaged tables they
/// refer to.
///
/// ```
/// use migrate_runtime::{Dialect, Schema, Table, schema};
///
/// #[derive(Table)]
/// #[table(name = "orgs")]
/// struct Org {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// static SCHEMA: Schema = schema![Org];
///
/// let script = migrate_schema::ddl::create(&SCHEMA, Dialect::Sqlite).unwrap();
/// assert_eq!(script, "\
/// CREATE TABLE orgs (
///     id INTEGER CONSTRAINT pk_orgs PRIMARY KEY
/// );
/// ");
/// ```
///
/// # Errors
///
/// Everything that is wrong among the models: a reference to what isn't there, two things of one
/// name, a type that its reference doesn't have.
pub fn create(schema: &Schema, dialect: Dialect) -> Result<String, Vec<Problem>> {
    let problems = check::check(schema, dialect);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(render(&creation(&build::schema(schema, dialect))).text)
}

/// The schema that the models declare, in their own words.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) fn schema(schema: &Schema, dialect: Dialect) -> crate::model::Schema {
    build::schema(schema, dialect)
}

/// The script that creates stand-ins for the unmanaged tables that models refer to.
#[cfg(any(feature = "rusqlite", feature = "postgres"))]
pub(crate) fn stand_ins(schema: &Schema, dialect: Dialect) -> String {
    render(&creation(&build::unmanaged(schema, dialect))).text
}

/// The enums that columns have, each once, by name.
fn enums(schema: &Schema) -> Vec<&'static EnumDef> {
    let mut enums: Vec<&'static EnumDef> = (schema.tables.iter())
        .flat_map(|table| table.columns)
        .filter_map(|column| column.sql_type.enumeration)
        .collect();
    enums.sort_by_key(|of| (of.schema, of.name, of.model));
    enums.dedup();
    enums
}
