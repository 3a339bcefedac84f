//! Our program: what the old one has become, on the connection that it had before.

use std::path::Path;

use diesel::Connection as _;
use migrate_runtime::{
    AsyncConnection, Connection, Dialect, Migrations, Migrator, Options, Report,
};
use sqlx::Connection as _;

use crate::{Result, runtime};

/// What the program is to do once it is connected.
#[derive(Clone, Copy)]
enum Act<'a> {
    /// Migrate, as it does at each start.
    Start,
    /// Go down to a revision, before an older release is rolled out again.
    Downgrade(&'a str),
}

/// Starts the program with the revisions of the folder; prints each step, and how it ended.
pub(crate) fn start(tool: &str, url: &str, versions: &Path, verb: &[&str]) -> Result {
    let act = match verb {
        ["start"] => Act::Start,
        ["downgrade", target] => Act::Downgrade(target),
        _ => return Err(format!("{verb:?} is nothing that it does").into()),
    };
    let postgres = url.starts_with("postgres");
    let file = url.trim_start_matches("sqlite://");
    let mut options = Options::new(&versions.display().to_string());
    options.dialects = vec![Dialect::Sqlite, Dialect::Postgres];
    if tool == "rusqlite_migration" {
        options.dialects.pop();
    }
    let chain = Migrations::load(versions, &options)?;
    let report = match (tool, postgres) {
        ("sqlx" | "sea-orm", true) => runtime()?.block_on(async {
            run_async(&chain, act, &mut sqlx::PgConnection::connect(url).await?).await
        })?,
        ("sqlx" | "sea-orm", false) => runtime()?.block_on(async {
            run_async(
                &chain,
                act,
                &mut sqlx::SqliteConnection::connect(url).await?,
            )
            .await
        })?,
        ("diesel", true) => run(&chain, act, &mut diesel::PgConnection::establish(url)?)?,
        ("diesel", false) => run(&chain, act, &mut diesel::SqliteConnection::establish(file)?)?,
        (_, true) => run(
            &chain,
            act,
            &mut postgres::Client::connect(url, postgres::NoTls)?,
        )?,
        (_, false) => run(&chain, act, &mut rusqlite::Connection::open(file)?)?,
    };
    for step in &report.steps {
        println!("{}", step.step);
    }
    println!("{:?}", report.outcome);
    Ok(())
}

fn run<C: Connection>(chain: &Migrations, act: Act<'_>, connection: &mut C) -> Result<Report> {
    let mut migrator = Migrator::new(chain);
    Ok(match act {
        Act::Start => migrator.run(connection)?,
        Act::Downgrade(target) => migrator.downgrade(connection, target)?,
    })
}

async fn run_async<C: AsyncConnection>(
    chain: &Migrations,
    act: Act<'_>,
    connection: &mut C,
) -> Result<Report> {
    let mut migrator = Migrator::new(chain);
    Ok(match act {
        Act::Start => migrator.run_async(connection).await?,
        Act::Downgrade(target) => migrator.downgrade_async(connection, target).await?,
    })
}
