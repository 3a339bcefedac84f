//! A chain goes up, is found wrong and right, and goes down again, on the lowest versions of the drivers.

use migrate_runtime::{
    Connection, ErrorKind, Migrations, Migrator, Outcome, Startup, embed_migrations,
};
use migrate_tests::Postgres;

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite, postgres])]
struct App;

/// Without the Rust-coded revision, which blocks.
static SCRIPTS: Migrations =
    embed_migrations!("scripts", chain = "scripts", dialects = [sqlite, postgres]);

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result {
    smoke(&mut rusqlite::Connection::open_in_memory()?)?;
    let database = Postgres::shared().database();
    smoke(&mut postgres::Client::connect(
        &database.url(),
        postgres::NoTls,
    )?)?;
    let database = Postgres::shared().database();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(smoke_async(&database.url()))?;
    println!("the lowest versions of the drivers work");
    Ok(())
}

fn smoke<C: Connection>(connection: &mut C) -> Result {
    let app = App::migrations();
    let check = |connection: &mut C| Migrator::new(app).startup(Startup::Check).run(connection);
    let error = check(connection).expect_err("all is pending");
    assert_eq!(error.kind(), ErrorKind::Pending, "{error:?}");
    let report = app.run(connection)?;
    assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 3));
    assert_eq!(check(connection)?.outcome, Outcome::UpToDate);
    assert_eq!(app.current(connection)?, ["c1"]);
    assert!(app.verify(connection)?.is_empty());

    let error = app
        .upgrade(connection, "d1")
        .expect_err("there is no such revision");
    assert_eq!(error.kind(), ErrorKind::Target, "{error:?}");
    // The scripts are another chain's, and create the same table.
    let error = SCRIPTS.run(connection).expect_err("the table is there");
    assert_eq!(error.kind(), ErrorKind::Script, "{error:?}");
    assert_eq!(error.place().map(|place| place.line), Some(7), "{error:?}");

    let report = app.downgrade(connection, "base")?;
    assert_eq!((report.to.len(), report.steps.len()), (0, 3));
    assert_eq!(app.log(connection)?.len(), 6);
    Ok(())
}

async fn smoke_async(url: &str) -> Result {
    let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let report = SCRIPTS.run_async(&mut client).await?;
    assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 1));
    let report = SCRIPTS.downgrade_async(&mut client, "base").await?;
    assert_eq!(report.steps.len(), 1);
    Ok(())
}
