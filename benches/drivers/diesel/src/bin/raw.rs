//! A minimal app on diesel without migrations: it opens its database and asks for what is there.

use diesel::Connection as _;
use diesel::{RunQueryDsl, sql_query};
#[cfg(feature = "postgres")]
use diesel::PgConnection as Connection;
#[cfg(feature = "sqlite")]
use diesel::SqliteConnection as Connection;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    let count = sql_query("SELECT count(*) FROM t1").execute(&mut Connection::establish(&url)?);
    // The table may be missing: there is nobody to make it.
    drop(count);
    Ok(())
}
