//! A minimal app: it opens its database and migrates it.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

static MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

const STEPS: &[M<'_>] = include!("../../steps.rs");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    MIGRATIONS.to_latest(&mut Connection::open(url)?)?;
    Ok(())
}
