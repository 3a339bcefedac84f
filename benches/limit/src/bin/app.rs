//! A minimal app without migrations: it opens its database and asks for what is there.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let sql = "SELECT count(*) FROM t1";
    #[cfg(feature = "sqlite")]
    let connection = rusqlite::Connection::open(url)?;
    #[cfg(feature = "sqlite")]
    let count = connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    #[cfg(feature = "postgres")]
    let mut connection = postgres::Client::connect(&url, postgres::NoTls)?;
    #[cfg(feature = "postgres")]
    let count = connection.simple_query(sql);
    // The table may be missing: there is nobody to make it.
    drop(count);
    Ok(())
}
