//! A visit counter on tokio-postgres.
//!
//! The same engine as on the blocking drivers, through `run_async`. One of its revisions is an `async fn`.
//!
//! ```sh
//! cargo xtask postgres cargo run -p async-service -- /about
//! ```

use std::error::Error;

use migrate_runtime::Migrations;
use tokio_postgres::NoTls;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [postgres])]
struct Versions;

const HELP: &str = "\
A visit counter on tokio-postgres.

Usage: async-service [PAGE]

Counts a visit of PAGE, by default /, in the database at $DATABASE_URL.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let page = std::env::args().nth(1).unwrap_or_else(|| "/".to_owned());
    if page.starts_with('-') {
        print!("{HELP}");
        return Ok(());
    }
    let url = std::env::var("DATABASE_URL").map_err(|error| format!("DATABASE_URL: {error}"))?;
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    let connection = tokio::spawn(connection);

    let report = Versions::migrations().run_async(&mut client).await?;
    eprintln!("{report}");

    let row = client
        .query_one(
            "INSERT INTO visit (page, seen) VALUES ($1, 1) \
             ON CONFLICT (page) DO UPDATE SET seen = visit.seen + 1 RETURNING seen",
            &[&page],
        )
        .await?;
    println!("{page}: {}", row.get::<_, i64>(0));
    drop(client);
    Ok(connection.await??)
}
