//! A minimal app: it opens its database and migrates it.

use sqlx::migrate::Migrator;
use tokio::runtime::Builder;

static MIGRATOR: Migrator = sqlx::migrate!();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        #[cfg(feature = "sqlite")]
        let mut connection = {
            use sqlx::ConnectOptions;
            let options = sqlx::sqlite::SqliteConnectOptions::new();
            options.filename(url).create_if_missing(true).connect().await?
        };
        #[cfg(feature = "postgres")]
        let mut connection = {
            use sqlx::Connection;
            sqlx::PgConnection::connect(&url).await?
        };
        MIGRATOR.run(&mut connection).await?;
        Ok(())
    })
}
