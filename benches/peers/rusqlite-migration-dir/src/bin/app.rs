//! A minimal app: it opens its database and migrates it.

use include_dir::{Dir, include_dir};
use rusqlite::Connection;
use rusqlite_migration::Migrations;

static DIR: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("URL?")?;
    Migrations::from_directory(&DIR)?.to_latest(&mut Connection::open(url)?)?;
    Ok(())
}
