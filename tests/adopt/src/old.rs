//! The old programs that are written in Rust: each starts the way its tool's manual shows, from a folder of its own.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use diesel::Connection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use rusqlite_migration::M;
use sea_orm_migration::sea_orm::Database;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sqlx::Connection as _;

use crate::{Result, runtime};

#[path = "../histories/sea-orm/src/lib.rs"]
mod sea_orm;

/// Starts the program that knows the migrations of the folder, which are so many.
pub(crate) fn start(tool: &str, url: &str, folder: &Path, steps: usize) -> Result {
    let postgres = url.starts_with("postgres");
    let file = url.trim_start_matches("sqlite://");
    match (tool, postgres) {
        ("sqlx", true) => runtime()?.block_on(async {
            let migrator = sqlx::migrate::Migrator::new(folder).await?;
            Ok(migrator
                .run(&mut sqlx::PgConnection::connect(url).await?)
                .await?)
        }),
        ("sqlx", false) => runtime()?.block_on(async {
            let migrator = sqlx::migrate::Migrator::new(folder).await?;
            Ok(migrator
                .run(&mut sqlx::SqliteConnection::connect(url).await?)
                .await?)
        }),
        ("diesel", true) => {
            let migrations = FileBasedMigrations::from_path(folder)?;
            diesel::PgConnection::establish(url)?.run_pending_migrations(migrations)?;
            Ok(())
        }
        ("diesel", false) => {
            let migrations = FileBasedMigrations::from_path(folder)?;
            diesel::SqliteConnection::establish(file)?.run_pending_migrations(migrations)?;
            Ok(())
        }
        ("refinery", _) => {
            let migrations = refinery::load_sql_migrations(folder)?;
            let runner = refinery::Runner::new(&migrations);
            if postgres {
                runner.run(&mut postgres::Client::connect(url, postgres::NoTls)?)?;
            } else {
                runner.run(&mut rusqlite::Connection::open(file)?)?;
            }
            Ok(())
        }
        ("rusqlite_migration", false) => rusqlite_migration(file, folder),
        ("sea-orm", _) => runtime()?.block_on(async {
            // A set of static functions can be given nothing else to count by.
            STEPS.set(steps).map_err(|_| "one start a process")?;
            Ok(SeaOrm::up(&Database::connect(url).await?, None).await?)
        }),
        _ => Err(format!("no old program of {tool} for {url}").into()),
    }
}

/// The folder's list, as `from_directory` makes it of one that is embedded.
fn rusqlite_migration(file: &str, folder: &Path) -> Result {
    let mut folders: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    folders.sort_by_key(fs::DirEntry::path);
    let mut scripts = Vec::new();
    for folder in folders {
        let read = |name| fs::read_to_string(folder.path().join(name));
        scripts.push((read("up.sql")?, read("down.sql")?));
    }
    let list = scripts
        .iter()
        .map(|(up, down)| M::up(up).down(down))
        .collect();
    let migrations = rusqlite_migration::Migrations::new(list);
    Ok(migrations.to_latest(&mut rusqlite::Connection::open(file)?)?)
}

static STEPS: OnceLock<usize> = OnceLock::new();

/// The release of the sea-orm program that has the first [`STEPS`] migrations.
struct SeaOrm;

impl MigratorTrait for SeaOrm {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let steps = STEPS.get().copied().unwrap_or(usize::MAX);
        sea_orm::Migrator::migrations()
            .into_iter()
            .take(steps)
            .collect()
    }
}
