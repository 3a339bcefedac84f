//! The suite on the lowest versions of the drivers that migrate-runtime allows.

use migrate_driver_suite::{Result, Server, smoke, smoke_async};

fn main() -> Result {
    smoke(&mut rusqlite::Connection::open_in_memory()?)?;
    let mut server = Server::start()?;
    smoke(&mut postgres::Client::connect(&server.database()?, postgres::NoTls)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(asynchronous(&mut server))?;
    println!("the lowest versions of the drivers work");
    Ok(())
}

async fn asynchronous(server: &mut Server) -> Result {
    let url = server.database()?;
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    smoke_async(&mut client).await
}
