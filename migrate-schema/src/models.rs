//! Models and chain side by side: both made in scratch databases, both read by the same code.

use migrate_chain::{Chain, Dialect};
use migrate_runtime::Migrations;
use migrate_runtime::schema::Schema as Models;

use crate::introspect::Ignore;
use crate::model::Schema;
use crate::revision::Pair;
use crate::scratch::{Scratch, introspect, replay};
use crate::{Error, Result, ddl};

/// What a chain makes of an empty database, and what models want of it.
#[derive(Debug, Clone)]
pub struct Sides {
    /// What the chain makes.
    pub base: Schema,
    /// What the models make.
    pub wanted: Schema,
}

impl Sides {
    /// For a comparison.
    pub fn pair(&self) -> Pair<'_> {
        Pair {
            base: &self.base,
            wanted: &self.wanted,
        }
    }
}

/// Reads both.
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
/// let sides = models::read(&MIGRATIONS, &SCHEMA, &Scratch::Sqlite, &Ignore::default())?;
/// let found = revision::work_out(&[sides.pair()], &ddl::renames(&SCHEMA), &Answers::new())?;
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
) -> Result<Sides> {
    let ignore = ignore.clone().names(models.unmanaged.iter().copied());
    Ok(Sides {
        base: chain(migrations, scratch, &ignore)?,
        wanted: wanted(models, scratch, &ignore)?,
    })
}

/// What all revisions of a chain make, several heads included.
///
/// # Errors
///
/// A step failed, or the scratch database can't be made.
pub fn chain(migrations: &Migrations, scratch: &Scratch<'_>, ignore: &Ignore) -> Result<Schema> {
    let target = match migrations.chain()?.heads().len() {
        0 => return introspect("", scratch, ignore),
        1 => "head",
        _ => "heads",
    };
    replay(migrations, target, scratch, ignore)
}

/// What models make.
///
/// # Errors
///
/// They contradict each other, the database refuses what they say, or the scratch database can't be
/// made.
pub fn wanted(models: &Models, scratch: &Scratch<'_>, ignore: &Ignore) -> Result<Schema> {
    let dialect = scratch.dialect();
    let script = ddl::create(models, dialect).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Error::new(format!("the models are not right\n{}", told.join("\n")))
    })?;
    introspect(&script, scratch, ignore).map_err(|error| {
        Error::new(format!(
            "the models' tables can't be made on {}",
            name(dialect)
        ))
        .with_source(error)
    })
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
