//! A shop that uses a library with tables of its own: two chains in one database.

use std::error::Error;
use std::process::ExitCode;

use migrate_runtime::{Migrations, embed_migrations};
use rusqlite::{Connection, params};

static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);

const HELP: &str = "\
A shop that uses a library with tables of its own.

Usage: ledger-app [WHAT CENTS]

Sells something, if it is told what, and prints the cash balance. The database is shop.db in the
current folder.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ledger-app: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let sale = match words.as_slice() {
        [] => None,
        [what, cents] => Some((what, cents.parse::<i64>()?)),
        _ => {
            print!("{HELP}");
            return Ok(());
        }
    };
    let mut connection = Connection::open("shop.db")?;
    eprintln!("ledger: {}", ledger::migrate(&mut connection)?);
    eprintln!("shop: {}", MIGRATIONS.run(&mut connection)?);

    if let Some((what, price)) = sale {
        connection.execute(
            "INSERT INTO sale (what, price) VALUES (?1, ?2)",
            params![what, price],
        )?;
        ledger::post(&mut connection, "cash", "sales", price)?;
    }
    println!("cash: {}", ledger::balance(&connection, "cash")?);
    Ok(())
}
