//! Prints the tools that are on the shelf; `models migrate ..` is the command line of the migrations.
//!
//! ```sh
//! cargo run -p models                                       # tools.db in the current folder
//! cargo xtask postgres cargo run -p models                  # a scratch PostgreSQL server
//! cargo run -p models -- migrate check --files              # do models and revisions agree?
//! ```

use std::error::Error;
use std::process::ExitCode;

use models::MIGRATIONS;
use models::models::SCHEMA;

const SHELF: &str = "SELECT name FROM tools WHERE id NOT IN \
    (SELECT tool_id FROM loans WHERE returned_at IS NULL) ORDER BY name";

fn main() -> ExitCode {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:tools.db".to_owned());
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((first, rest)) = words.split_first()
        && first == "migrate"
    {
        return migrate_cli::App::new(&MIGRATIONS)
            .models(&SCHEMA)
            .program("models migrate")
            .url(url)
            .exec(migrate_cli::Args::new(rest));
    }
    match shelf(&url) {
        Ok(tools) if tools.is_empty() => {
            println!("The shelf is empty.");
            ExitCode::SUCCESS
        }
        Ok(tools) => {
            tools.iter().for_each(|tool| println!("{tool}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("models: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn shelf(url: &str) -> Result<Vec<String>, Box<dyn Error>> {
    if let Some(file) = url.strip_prefix("sqlite:") {
        let mut connection = rusqlite::Connection::open(file)?;
        eprintln!("{}", MIGRATIONS.run(&mut connection)?);
        let mut statement = connection.prepare(SHELF)?;
        let names = statement.query_map([], |row| row.get(0))?;
        return Ok(names.collect::<Result<_, _>>()?);
    }
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    eprintln!("{}", MIGRATIONS.run(&mut client)?);
    let rows = client.query(SHELF, &[])?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
