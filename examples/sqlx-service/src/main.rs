//! A visit counter on a pool of sqlx's.
//!
//! The migrations run on a connection of the app's own pool, in place of `sqlx::migrate!("./migrations").run(&pool)`.
//!
//! ```sh
//! cargo xtask postgres cargo run -p sqlx-service -- /about /imprint
//! ```

use std::error::Error;

use migrate_runtime::Migrations;
use sqlx::PgPool;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [postgres])]
struct Versions;

const HELP: &str = "\
A visit counter on a pool of sqlx's.

Usage: sqlx-service [PAGE]...

Counts a visit of each PAGE, by default /, in the database at $DATABASE_URL.
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut pages: Vec<String> = std::env::args().skip(1).collect();
    if pages.iter().any(|page| page.starts_with('-')) {
        print!("{HELP}");
        return Ok(());
    }
    if pages.is_empty() {
        pages.push("/".to_owned());
    }
    let url = std::env::var("DATABASE_URL").map_err(|error| format!("DATABASE_URL: {error}"))?;
    let pool = PgPool::connect(&url).await?;

    let report = Versions::migrations()
        .run_async(&mut *pool.acquire().await?)
        .await?;
    eprintln!("{report}");

    for page in &pages {
        println!("{page}: {}", count(&pool, page).await?);
    }
    Ok(())
}

/// Counts a visit; how many there are now.
async fn count(pool: &PgPool, page: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO visit (page, seen) VALUES ($1, 1) \
         ON CONFLICT (page) DO UPDATE SET seen = visit.seen + 1 RETURNING seen",
    )
    .bind(page)
    .fetch_one(pool)
    .await
}
