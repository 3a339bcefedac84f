//! A minimal app: it opens its database and migrates it.

use migrate_runtime::{Migrations, embed_migrations};

#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    #[cfg(feature = "sqlite")]
    let mut connection = rusqlite::Connection::open(url)?;
    #[cfg(feature = "postgres")]
    let mut connection = postgres::Client::connect(&url, postgres::NoTls)?;
    MIGRATIONS.run(&mut connection)?;
    Ok(())
}
