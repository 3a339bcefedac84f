//! A guest book on SQLite or PostgreSQL, with one chain for both: the URL decides.
//!
//! In `versions/`, a section for one database says so: `-- upgrade (sqlite)`. A plain one serves both, and the macro's
//! `dialects = [sqlite, postgres]` makes the compiler check that every revision does.
//!
//! ```sh
//! cargo run -p two-databases -- Ada hello                           # guestbook.db in the current folder
//! cargo xtask postgres cargo run -p two-databases -- Ada hello      # a scratch PostgreSQL server
//! ```

use std::error::Error;
use std::process::ExitCode;

use migrate_runtime::{Migrations, embed_migrations};

static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite, postgres]);

const HELP: &str = "\
A guest book on SQLite or PostgreSQL.

Usage: two-databases [GUEST TEXT]

Writes an entry, if one is given, and prints all of them.

Environment:
  DATABASE_URL    sqlite:FILE or postgres://...; by default sqlite:guestbook.db
";

/// The two kinds of connection. What the app asks of them is its own affair.
#[expect(clippy::large_enum_variant, reason = "there is only one")]
enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(postgres::Client),
}

impl Database {
    fn open(url: &str) -> Result<Database, Box<dyn Error>> {
        if let Some(file) = url.strip_prefix("sqlite:") {
            return Ok(Database::Sqlite(rusqlite::Connection::open(file)?));
        }
        let client = postgres::Client::connect(url, postgres::NoTls)?;
        Ok(Database::Postgres(client))
    }

    fn migrate(&mut self) -> migrate_runtime::Result<migrate_runtime::Report> {
        match self {
            Database::Sqlite(connection) => MIGRATIONS.run(connection),
            Database::Postgres(client) => MIGRATIONS.run(client),
        }
    }

    fn write(&mut self, guest: &str, text: &str) -> Result<(), Box<dyn Error>> {
        const INSERT: &str = "INSERT INTO entry (guest, text) VALUES ($1, $2)";
        match self {
            Database::Sqlite(connection) => connection.execute(INSERT, [guest, text]).map(drop)?,
            Database::Postgres(client) => client.execute(INSERT, &[&guest, &text]).map(drop)?,
        }
        Ok(())
    }

    fn entries(&mut self) -> Result<Vec<(String, String)>, Box<dyn Error>> {
        const SELECT: &str = "SELECT guest, text FROM entry ORDER BY id";
        Ok(match self {
            Database::Sqlite(connection) => connection
                .prepare(SELECT)?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?,
            Database::Postgres(client) => (client.query(SELECT, &[])?.iter())
                .map(|row| (row.get(0), row.get(1)))
                .collect(),
        })
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("two-databases: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let entry = match words.as_slice() {
        [] => None,
        [guest, text] => Some((guest, text)),
        _ => {
            print!("{HELP}");
            return Ok(());
        }
    };
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:guestbook.db".to_owned());
    let mut database = Database::open(&url)?;
    eprintln!("{}", database.migrate()?);
    if let Some((guest, text)) = entry {
        database.write(guest, text)?;
    }
    for (guest, text) in database.entries()? {
        println!("{guest}: {text}");
    }
    Ok(())
}
