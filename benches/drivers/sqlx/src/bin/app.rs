//! A minimal app on sqlx: it opens its database and migrates it.

use migrate_runtime::{Migrations, embed_migrations};
use sqlx::Connection as _;
#[cfg(feature = "postgres")]
use sqlx::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection as Connection;

#[cfg(feature = "sqlite")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [sqlite]);
#[cfg(feature = "postgres")]
static MIGRATIONS: Migrations = embed_migrations!("migrations", dialects = [postgres]);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::connect(&url).await?;
        MIGRATIONS.run_async(&mut connection).await?;
        Ok(())
    })
}
