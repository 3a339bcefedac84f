//! Tests for free: [`migration_tests!`](crate::migration_tests) makes one of each function here.
//!
//! ```
//! # #[cfg(feature = "rusqlite")] {
//! use migrate_runtime::{Dialect, Migrations, embed_migrations};
//! use migrate_schema::testing::TestDb;
//!
//! static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
//!
//! // A test of one's own: rows that were there before a revision ran.
//! let mut db = TestDb::at(&MIGRATIONS, Dialect::Sqlite, "5b1e8f0c7d21")?;
//! db.execute("INSERT INTO notes VALUES (7)")?;
//! db.upgrade("head")?;
//! assert_eq!(db.value("SELECT id FROM notes")?.as_deref(), Some("7"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! SQLite databases are in memory. PostgreSQL ones are made on the server that the variable
//! `MIGRATE_SCRATCH_URL` names, or else on a private one that is started from the programs installed
//! on the machine, once a process.

mod database;
mod rows;
mod walk;

pub use database::TestDb;
pub use walk::{downgrade_leaves_no_trace, stairway, upgrade_from_base, upgrade_with_data};

use std::path::Path;

use migrate_chain::{Chain, Folder, Options, load};
use migrate_runtime::Migrations;
use migrate_runtime::schema::Schema as Models;

use crate::diff::{Answers, Operation};
use crate::introspect::Ignore;
use crate::revision::work_out;
use crate::{Error, ddl, models};

/// What a test returns.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Makes a test of each promise that a chain should keep.
///
/// ```
/// use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
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
/// migrate_schema::migration_tests!(MIGRATIONS, SCHEMA);
/// ```
///
/// | test | fails when |
/// |---|---|
/// | `single_head` | two branches were merged and their revisions were not |
/// | `upgrade_from_base` | an empty database doesn't get to the head |
/// | `models_match` | models and chain differ |
/// | `stairway` | a revision can't go up, down and up again |
/// | `downgrade_leaves_no_trace` | what a downgrade leaves differs from what was before the upgrade |
/// | `upgrade_with_data` | a revision fails on tables with rows, or loses rows of a table that stays |
/// | `embedded_matches_disk` | the program was built from other files than those on disk |
///
/// Each runs on every database of the chain; migrate-schema's feature for it has to be on. A
/// downgrade that is declared irreversible is left out.
#[macro_export]
macro_rules! migration_tests {
    ($migrations:expr, $schema:expr $(,)?) => {
        #[test]
        fn single_head() -> $crate::testing::Result {
            $crate::testing::single_head(&$migrations)
        }

        #[test]
        fn upgrade_from_base() -> $crate::testing::Result {
            $crate::testing::upgrade_from_base(&$migrations)
        }

        #[test]
        fn models_match() -> $crate::testing::Result {
            $crate::testing::models_match(&$migrations, &$schema)
        }

        #[test]
        fn stairway() -> $crate::testing::Result {
            $crate::testing::stairway(&$migrations)
        }

        #[test]
        fn downgrade_leaves_no_trace() -> $crate::testing::Result {
            $crate::testing::downgrade_leaves_no_trace(&$migrations)
        }

        #[test]
        fn upgrade_with_data() -> $crate::testing::Result {
            $crate::testing::upgrade_with_data(&$migrations)
        }

        #[test]
        fn embedded_matches_disk() -> $crate::testing::Result {
            $crate::testing::embedded_matches_disk(&$migrations, ::core::env!("CARGO_MANIFEST_DIR"))
        }
    };
}

/// The chain has one head.
///
/// # Errors
///
/// It has several.
pub fn single_head(migrations: &Migrations) -> Result {
    let chain = migrations.chain()?;
    let heads: Vec<&str> = chain.heads().iter().map(|&at| chain.get(at).id).collect();
    match heads.len() {
        0 | 1 => Ok(()),
        _ => Err(Error::new(format!("several heads: {}", heads.join(", ")))
            .with_help("join them: `merge` or `rebase`")),
    }
}

/// The chain makes what the models say, on every database of it.
///
/// # Errors
///
/// What differs.
pub fn models_match(migrations: &Migrations, schema: &Models) -> Result {
    let mut sides = Vec::new();
    for dialect in migrations.chain()?.dialects {
        let scratch = database::scratch(dialect)?;
        sides.push(models::read(
            migrations,
            schema,
            &scratch,
            &Ignore::default(),
        )?);
    }
    let pairs: Vec<_> = sides.iter().map(models::Sides::pair).collect();
    let missing = work_out(&pairs, &ddl::renames(schema), &Answers::new())
        .map_err(|refusal| Error::new("models and chain differ").with_source(refusal))?;
    let mut told: Vec<String> = Vec::new();
    for changes in &missing.changes {
        let lines = changes.operations.iter().filter_map(Operation::told);
        told.extend(lines.map(|line| format!("{}: {line}", changes.dialect())));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!(
        "the models ask for what the chain doesn't make:\n  {}",
        told.join("\n  ")
    ))
    .with_help("`revision --autogenerate -m ..` writes it, and `check` prints it"))
}

/// What is compiled in is what the versions directory holds; `crate_dir` is the folder of the crate
/// that embeds it.
///
/// # Errors
///
/// They differ, or the directory is not right.
pub fn embedded_matches_disk(migrations: &Migrations, crate_dir: &str) -> Result {
    let embedded = migrations.chain()?;
    let mut options = Options::new(embedded.root);
    embedded.name.clone_into(&mut options.name);
    options.dialects.clone_from(&embedded.dialects);
    options.multiple_heads = embedded.multiple_heads;
    options.multiple_bases = embedded.bases().len() > 1;
    let folder = Folder::read(&Path::new(crate_dir).join(embedded.root), embedded.root);
    let loaded = load(folder, &options).map_err(|problems| {
        Error::new("the versions directory is not right").with_source(problems)
    })?;
    let disk = loaded.packed();
    let disk = disk
        .chain()
        .map_err(|mismatch| Error::new(mismatch.to_string()))?;
    match models::same(&embedded, &disk) {
        true => Ok(()),
        false => Err(Error::new(format!(
            "the program was built from {}, and the files say {}",
            ids(&embedded),
            ids(&disk)
        ))
        .with_help("build.rs has to say `cargo::rerun-if-changed=` of the versions directory")),
    }
}

fn ids(chain: &Chain<'_>) -> String {
    let ids: Vec<&str> = chain.revisions().iter().map(|one| one.id).collect();
    match ids.is_empty() {
        true => "no revision".to_owned(),
        false => ids.join(", "),
    }
}
