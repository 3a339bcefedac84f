//! A chain goes up, is found wrong and right, and goes down again, on a connection of any driver at any version.

// It fails the way a test does: loudly, at once.
#![allow(clippy::expect_used)]

use std::error::Error;
use std::process::Command;

use migrate_runtime::{
    AsyncConnection, Connection, ErrorKind, Migrations, Migrator, Outcome, Startup,
    embed_migrations,
};

#[derive(Migrations)]
#[migrations(path = "versions", dialects = [sqlite, postgres])]
struct App;

/// Without the Rust-coded revision, which blocks.
static SCRIPTS: Migrations =
    embed_migrations!("scripts", chain = "scripts", dialects = [sqlite, postgres]);

/// What a run of the suite comes to.
pub type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// A PostgreSQL server that is gone with this process.
pub struct Server {
    local: migrate_scratch::LocalServer,
    databases: u32,
}

impl Server {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed, or doesn't start.
    pub fn start() -> Result<Server> {
        Ok(Server {
            local: migrate_scratch::LocalServer::start(&[])?,
            databases: 0,
        })
    }

    /// The URL of an empty database.
    ///
    /// # Errors
    ///
    /// It can't be made.
    pub fn database(&mut self) -> Result<String> {
        self.databases += 1;
        let name = format!("suite_{}", self.databases);
        let url = self.local.url("postgres");
        let mut psql = Command::new(self.local.programs().join("psql"));
        let status = psql
            .args(["-qXc", &format!("CREATE DATABASE {name}"), &url])
            .status()?;
        if status.success() {
            Ok(self.local.url(&name))
        } else {
            Err(format!("psql: {status}").into())
        }
    }
}

/// The suite on a blocking driver's connection to an empty database.
///
/// # Errors
///
/// Whatever the database or the engine said that it should not have.
///
/// # Panics
///
/// What they should have said, they didn't.
pub fn smoke<C: Connection>(connection: &mut C) -> Result {
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

/// The suite on an async driver's connection to an empty database.
///
/// # Errors
///
/// Whatever the database or the engine said that it should not have.
///
/// # Panics
///
/// What they should have said, they didn't.
pub async fn smoke_async<C: AsyncConnection>(connection: &mut C) -> Result {
    let report = SCRIPTS.run_async(connection).await?;
    assert_eq!((report.outcome, report.steps.len()), (Outcome::Applied, 1));
    let report = SCRIPTS.run_async(connection).await?;
    assert_eq!(report.outcome, Outcome::UpToDate);
    assert!(SCRIPTS.verify_async(connection).await?.is_empty());
    let report = SCRIPTS.downgrade_async(connection, "base").await?;
    assert_eq!(report.steps.len(), 1);
    Ok(())
}
