//! sea-orm 1, whose pools are those of sqlx 0.8.

use migrate_driver_suite::{Result, Server, smoke_async};

fn main() -> Result {
    let mut server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(asynchronous(&mut server))?;
    println!("the recipe for sea-orm 1 works");
    Ok(())
}

async fn asynchronous(server: &mut Server) -> Result {
    let database = sea_orm::Database::connect(server.database()?).await?;
    smoke_async(&mut *database.get_postgres_connection_pool().acquire().await?).await?;
    let database = sea_orm::Database::connect("sqlite::memory:").await?;
    smoke_async(&mut *database.get_sqlite_connection_pool().acquire().await?).await
}
