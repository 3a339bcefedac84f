//! The recipes of docs/drivers.md, each on an empty database.

use diesel::r2d2::ConnectionManager;
use migrate_driver_suite::{Result, Server, smoke, smoke_async};
use tokio_postgres::NoTls;

fn main() -> Result {
    let mut server = Server::start()?;
    blocking(&mut server)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(asynchronous(&mut server))?;
    println!("the recipes work");
    Ok(())
}

fn blocking(server: &mut Server) -> Result {
    let manager = ConnectionManager::<diesel::PgConnection>::new(server.database()?);
    let pool = diesel::r2d2::Pool::builder().max_size(1).build(manager)?;
    smoke(&mut *pool.get()?)?;

    let manager = ConnectionManager::<diesel::SqliteConnection>::new(":memory:");
    let pool = diesel::r2d2::Pool::builder().max_size(1).build(manager)?;
    smoke(&mut *pool.get()?)?;

    let config = server.database()?.parse()?;
    let manager = r2d2_postgres::PostgresConnectionManager::new(config, NoTls);
    let pool = r2d2::Pool::builder().max_size(1).build(manager)?;
    smoke(&mut *pool.get()?)?;

    let manager = r2d2_sqlite::SqliteConnectionManager::memory();
    let pool = r2d2::Pool::builder().max_size(1).build(manager)?;
    smoke(&mut *pool.get()?)
}

async fn asynchronous(server: &mut Server) -> Result {
    let mut config = deadpool_postgres::Config::new();
    config.url = Some(server.database()?);
    let pool = config.create_pool(Some(deadpool_postgres::Runtime::Tokio1), NoTls)?;
    smoke_async(&mut **pool.get().await?).await?;

    let manager = bb8_postgres::PostgresConnectionManager::new_from_stringlike(server.database()?, NoTls)?;
    let pool = bb8::Pool::builder().max_size(1).build(manager).await?;
    smoke_async(&mut *pool.get().await?).await?;

    let (mut client, connection) = tokio_postgres::connect(&server.database()?, NoTls).await?;
    tokio::spawn(connection);
    smoke_async(&mut client).await?;
    let mut connection = diesel_async::AsyncPgConnection::try_from(client).await?;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, "SELECT 1").await?;

    let pool = deadpool_sqlite::Config::new(":memory:").create_pool(deadpool_sqlite::Runtime::Tokio1)?;
    let done = pool.get().await?.interact(|connection| smoke(connection).map_err(|error| error.to_string())).await;
    done.map_err(|error| error.to_string())??;

    let connection = tokio_rusqlite::Connection::open_in_memory().await?;
    let done: std::result::Result<(), tokio_rusqlite::Error<String>> =
        connection.call(|connection| smoke(connection).map_err(|error| error.to_string())).await;
    done.map_err(|error| error.to_string())?;

    let database = sea_orm::Database::connect(server.database()?).await?;
    smoke_async(&mut *database.get_postgres_connection_pool().acquire().await?).await?;
    let database = sea_orm::Database::connect("sqlite::memory:").await?;
    smoke_async(&mut *database.get_sqlite_connection_pool().acquire().await?).await
}
