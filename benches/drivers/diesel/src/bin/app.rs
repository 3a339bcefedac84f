//! A minimal app on diesel: it opens its database and migrates it.

use diesel::Connection as _;
#[cfg(feature = "postgres")]
use diesel::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use diesel::SqliteConnection as Connection;
use migrate_runtime::{Migrations, embed_migrations};

#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    MIGRATIONS.run(&mut Connection::establish(&url)?)?;
    Ok(())
}
