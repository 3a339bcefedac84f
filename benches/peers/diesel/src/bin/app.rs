//! A minimal app: it opens its database and migrates it.

use diesel::Connection;
#[cfg(feature = "postgres")]
use diesel::PgConnection as Database;
#[cfg(feature = "sqlite")]
use diesel::SqliteConnection as Database;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    Database::establish(&url)?.run_pending_migrations(MIGRATIONS)?;
    Ok(())
}
