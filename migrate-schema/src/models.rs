//! Models and chain side by side: both made in scratch databases, both read by the same code.

mod refused;

use migrate_chain::{Chain, Dialect};
use migrate_runtime::Migrations;
use migrate_runtime::schema::Schema as Models;

use crate::diff::SchemaPair;
use crate::introspect::Ignore;
use crate::model::Schema;
use crate::operation::creation_of_enum;
use crate::scratch::{Live, Scratch, replay_all};
use crate::sql::qualified::of_type;
use crate::sql::{ident, mentions_relation};
use crate::{Error, Result, ddl};

/// Reads what a chain makes of an empty database, and what models make of one.
///
/// ```
/// # #[cfg(feature = "rusqlite")] {
/// use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
/// use migrate_schema::diff::Answers;
/// use migrate_schema::introspect::Ignore;
/// use migrate_schema::{ddl, models, revision, scratch::Scratch};
///
/// #[derive(Table)]
/// #[table(name = "notes")]
/// struct Note {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// static SCHEMA: Schema = schema![Note];
/// static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
///
/// let schemas = models::read(&MIGRATIONS, &SCHEMA, &Scratch::Sqlite, &Ignore::default())?;
/// let found = revision::work_out(&[schemas], &ddl::renames(&SCHEMA), &Answers::new())?;
/// assert!(found.is_empty());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The models contradict each other, a step of the chain failed, or a scratch database can't be
/// made.
pub fn read(
    migrations: &Migrations,
    models: &Models,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<SchemaPair> {
    let ignore = ignore.clone().of_models(models);
    let from = replay_all(migrations, scratch, &ignore)?;
    let to = modelled(models, &from, scratch, &ignore)?;
    Ok(SchemaPair::new(from, to))
}

/// What models make, beside what the chain has made that no model can say and models may use: extensions, domains,
/// functions; and the unmanaged tables they refer to.
///
/// # Errors
///
/// They contradict each other, the database refuses what they say, or the scratch database can't be
/// made.
fn modelled(
    models: &Models,
    chain: &Schema,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    let dialect = scratch.dialect();
    let script = ddl::create(models, dialect).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::new(format!("the models are not right\n{}", problems.join("\n")))
    })?;
    let declared = ddl::schema(models, dialect);
    let prepared = || -> Result<Live> {
        let mut live = Live::new(scratch)?;
        for statements in beside(chain, &declared).chain([ddl::stand_ins(models, dialect)]) {
            // What needs a table can't be made here. If a model needs it, that fails below.
            let _ = live.run(&statements);
        }
        Ok(live)
    };
    let mut live = prepared()?;
    let Err(error) = live.run(&script) else {
        let mut made = live.read(ignore)?;
        let unused: Vec<String> = (made.enums.keys())
            .filter(|name| !declared.enums.contains_key(*name) && !is_used(&made, name))
            .cloned()
            .collect();
        made.enums.retain(|name, _| !unused.contains(name));
        made.schemas.clone_from(&declared.schemas);
        return Ok(made);
    };
    let parts = refused::parts(models, &mut prepared()?, dialect);
    let problems: Vec<String> = if parts.is_empty() {
        refused::statement(&script, &mut prepared()?, dialect)
            .into_iter()
            .collect()
    } else {
        parts.iter().map(ToString::to_string).collect()
    };
    let message = format!("the models' tables can't be made on {}", name(dialect));
    Err(if problems.is_empty() {
        Error::new(message).with_source(error)
    } else {
        Error::new(format!("{message}\n{}", problems.join("\n")))
    })
}

/// What may be used by a table without being one.
fn beside<'s>(chain: &'s Schema, declared: &'s Schema) -> impl Iterator<Item = String> + 's {
    let schemas = chain.schemas.difference(&declared.schemas);
    let schemas = schemas.map(|one| format!("CREATE SCHEMA {}", ident(one)));
    let extensions = chain.extensions.iter();
    let extensions = extensions.map(|one| format!("CREATE EXTENSION {}", ident(one)));
    let opaque = (chain.opaque.iter()).filter(|opaque| opaque.is_beside_tables());
    let enums = chain.enums.values();
    let enums = enums.filter(|one| !declared.enums.contains_key(&one.name));
    let before = schemas.chain(extensions).chain(enums.map(creation_of_enum));
    before.chain(opaque.map(|opaque| opaque.create.clone()))
}

/// Whether a column or a function of what was made has the type, so that it stays although no model declares it.
fn is_used(made: &Schema, name: &str) -> bool {
    let mut columns = made.tables.values().flat_map(|table| &table.columns);
    columns.any(|column| of_type(&column.kind) == name)
        || (made.opaque.iter()).any(|one| mentions_relation(&one.create, made.dialect, name))
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SQLite",
        _ => "PostgreSQL",
    }
}

/// Whether two chains hold the same revisions, to the last byte that runs.
pub fn same(one: &Chain<'_>, other: &Chain<'_>) -> bool {
    one.len() == other.len()
        && (one.revisions().iter().zip(other.revisions())).all(|(one, other)| {
            one.id == other.id
                && Dialect::ALL
                    .iter()
                    .all(|&dialect| one.fingerprint(dialect) == other.fingerprint(dialect))
        })
}
