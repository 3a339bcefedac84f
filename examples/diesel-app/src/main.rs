//! A shopping list in a SQLite file, on diesel.
//!
//! The migrations run on diesel's connection, in place of `connection.run_pending_migrations(MIGRATIONS)`.
//!
//! ```sh
//! cargo run -p diesel-app -- milk bread
//! cargo run -p diesel-app --features cli -- migrate history
//! ```

// Named so that cargo builds it in: diesel links it.
use libsqlite3_sys as _;

use std::error::Error;
use std::process::ExitCode;

use diesel::prelude::*;
use migrate_runtime::Migrations;

use self::schema::item;

/// The chain; with the commands, `migrate history` shows it.
#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite])]
pub struct Versions;

// What the macro writes has no documentation.
#[allow(missing_docs, unreachable_pub)]
mod schema {
    diesel::table! {
        item (id) {
            id -> Integer,
            name -> Text,
            wanted -> Integer,
        }
    }
}

const HELP: &str = "\
A shopping list in a SQLite file, on diesel.

Usage: diesel-app [THING]...

Wants each THING once more, and prints the list. The file is $SHOPPING_LIST, by default shopping.db.
";

fn main() -> ExitCode {
    let path = std::env::var("SHOPPING_LIST").unwrap_or_else(|_| "shopping.db".to_owned());
    let words: Vec<String> = std::env::args().skip(1).collect();
    #[cfg(feature = "cli")]
    if let Some(("migrate", rest)) = words
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        return migrate_cli::App::new(Versions::migrations())
            .url(format!("sqlite:{path}"))
            .exec(migrate_cli::Args::new(rest));
    }
    match run(&path, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &str, things: &[String]) -> Result<(), Box<dyn Error>> {
    if things.iter().any(|thing| thing.starts_with('-')) {
        print!("{HELP}");
        return Ok(());
    }
    let mut connection = SqliteConnection::establish(path)?;

    let report = Versions::migrations().run(&mut connection)?;
    eprintln!("{report}");

    for thing in things {
        want(&mut connection, thing)?;
    }
    for (name, wanted) in list(&mut connection)? {
        println!("{wanted} {name}");
    }
    Ok(())
}

/// Wants a thing once more.
fn want(connection: &mut SqliteConnection, thing: &str) -> QueryResult<usize> {
    diesel::insert_into(item::table)
        .values((item::name.eq(thing), item::wanted.eq(1)))
        .on_conflict(item::name)
        .do_update()
        .set(item::wanted.eq(item::wanted + 1))
        .execute(connection)
}

/// What is wanted, and how often.
fn list(connection: &mut SqliteConnection) -> QueryResult<Vec<(String, i32)>> {
    item::table
        .select((item::name, item::wanted))
        .order(item::name)
        .load(connection)
}

#[cfg(test)]
mod tests {
    use migrate_runtime::{Schema, Table, schema};

    use crate::Versions;

    /// What `diesel::table!` says above, for the tests of the chain.
    #[derive(Table)]
    #[table(name = "item")]
    struct Item {
        #[column(primary_key)]
        id: i64,
        #[column(unique)]
        name: String,
        #[column(default = 1)]
        wanted: i64,
    }

    static SCHEMA: Schema = schema![Item];

    // Up from nothing, up and down again at each revision, with rows; on the SQLite that diesel links.
    migrate_schema::migration_tests!(Versions::migrations(), SCHEMA);
}
