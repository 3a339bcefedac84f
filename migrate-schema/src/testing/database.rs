use migrate_chain::Dialect;
use migrate_runtime::{Lock, Migrations, Migrator};

use crate::introspect::Ignore;
use crate::model::Schema;
use crate::scratch::{Live, Scratch};
use crate::{Error, Result};

/// A scratch database with a chain applied up to some revision.
pub struct TestDb<'m> {
    live: Live,
    dialect: Dialect,
    migrator: Migrator<'m>,
}

impl<'m> TestDb<'m> {
    /// One at a target such as a revision's id, `head` or `base`.
    ///
    /// # Errors
    ///
    /// A step failed, or no scratch database can be made.
    pub fn at(migrations: &'m Migrations, dialect: Dialect, target: &str) -> Result<TestDb<'m>> {
        let mut db = TestDb {
            live: Live::new(&scratch(dialect)?)?,
            dialect,
            // Nobody else knows of the database.
            migrator: Migrator::new(migrations).lock(Lock::None),
        };
        if target != "base" {
            db.upgrade(target)?;
        }
        Ok(db)
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Upgrades to a target.
    ///
    /// # Errors
    ///
    /// A step failed.
    pub fn upgrade(&mut self, target: &str) -> Result<()> {
        match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => self.migrator.upgrade(conn, target).map(drop)?,
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => self.migrator.upgrade(&mut live.0, target).map(drop)?,
        }
        Ok(())
    }

    /// Downgrades to a target.
    ///
    /// # Errors
    ///
    /// A step failed, or is irreversible.
    pub fn downgrade(&mut self, target: &str) -> Result<()> {
        match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => self.migrator.downgrade(conn, target).map(drop)?,
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => self.migrator.downgrade(&mut live.0, target).map(drop)?,
        }
        Ok(())
    }

    /// Runs statements.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn execute(&mut self, sql: &str) -> Result<()> {
        self.live.run(sql).map_err(|error| {
            Error::new(format!("this fails on {}: {sql}", self.dialect)).with_source(error)
        })
    }

    /// The only value of a query, as text.
    ///
    /// # Errors
    ///
    /// What the database says; no row is an error too.
    pub fn value(&mut self, query: &str) -> Result<Option<String>> {
        let query = format!("SELECT CAST(({query}) AS text)");
        match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => conn
                .query_row(&query, [], |row| row.get(0))
                .map_err(|error| Error::new(format!("this fails: {query}")).with_source(error)),
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => live
                .0
                .query_one(&query, &[])
                .and_then(|row| row.try_get(0))
                .map_err(|error| Error::new(format!("this fails: {query}")).with_source(error)),
        }
    }

    /// What it looks like now.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn schema(&mut self) -> Result<Schema> {
        self.live.read(&Ignore::default())
    }
}

impl std::fmt::Debug for TestDb<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestDb")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

/// Where a scratch database of that kind is made.
pub(super) fn scratch(dialect: Dialect) -> Result<Scratch<'static>> {
    match dialect {
        #[cfg(feature = "rusqlite")]
        Dialect::Sqlite => Ok(Scratch::Sqlite),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Ok(Scratch::Postgres(server()?)),
        other => Err(
            Error::new(format!("migrate-schema is built without {other}")).with_help(format!(
                "its feature `{}` brings it",
                match other {
                    Dialect::Sqlite => "rusqlite",
                    _ => "postgres",
                }
            )),
        ),
    }
}

/// One for all tests of the process.
#[cfg(feature = "postgres")]
fn server() -> Result<&'static crate::scratch::Server> {
    use std::sync::{Mutex, OnceLock, PoisonError};

    use crate::scratch::Server;

    static SERVER: OnceLock<Server> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    // Only a lock for the moment: what a panicking thread left behind is either there or not.
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = SERVER.get() {
        return Ok(server);
    }
    let server = match std::env::var("MIGRATE_SCRATCH_URL") {
        Ok(url) => Server::at(&url)?,
        Err(_) => Server::start()
            .map_err(|error| error.with_help("or name a server in MIGRATE_SCRATCH_URL"))?,
    };
    Ok(SERVER.get_or_init(|| server))
}
