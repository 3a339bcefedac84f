//! A minimal app: it opens its database and migrates it.

refinery::embed_migrations!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    #[cfg(feature = "sqlite")]
    let mut connection = rusqlite::Connection::open(url)?;
    #[cfg(feature = "postgres")]
    let mut connection = postgres::Client::connect(&url, postgres::NoTls)?;
    migrations::runner().run(&mut connection)?;
    Ok(())
}
