//! A minimal app on sqlx without migrations: it opens its database and asks for what is there.

use sqlx::Connection as _;
#[cfg(feature = "postgres")]
use sqlx::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use sqlx::SqliteConnection as Connection;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::connect(&url).await?;
        let count = sqlx::raw_sql("SELECT count(*) FROM t1").fetch_one(&mut connection).await;
        // The table may be missing: there is nobody to make it.
        drop(count);
        Ok(())
    })
}
