//! Databases to try things on: made in a moment, gone with their value.
//!
//! ```
//! # #[cfg(feature = "rusqlite")] {
//! use migrate_schema::introspect::Ignore;
//! use migrate_schema::scratch::{Scratch, introspect};
//!
//! let one = introspect("CREATE TABLE t (a int CHECK (a>0))", &Scratch::Sqlite, &Ignore::default())?;
//! let other = introspect("create table [t] (A INT, check((\"a\" > 0)))", &Scratch::Sqlite, &Ignore::default())?;
//! assert_eq!(one.tables["t"].columns[0].kind, other.tables["t"].columns[0].kind);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "postgres")]
mod admin;
pub mod beside;
#[cfg(feature = "postgres")]
mod database;

#[cfg(feature = "postgres")]
pub use database::{Database, Server};

use migrate_chain::Dialect;
use migrate_runtime::{Lock, Migrations, Migrator};

use crate::diff::drift;
use crate::dump;
use crate::introspect::{self as read, Ignore};
use crate::model::Schema;
use crate::{Error, Result};

/// Where a scratch database is made.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Scratch<'s> {
    /// In memory.
    #[cfg(feature = "rusqlite")]
    Sqlite,
    /// On a server.
    #[cfg(feature = "postgres")]
    Postgres(&'s Server),
    /// Keeps the lifetime where no server is built in.
    #[doc(hidden)]
    None(std::convert::Infallible, std::marker::PhantomData<&'s ()>),
}

impl Scratch<'_> {
    /// Of which kind it is.
    pub fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "rusqlite")]
            Scratch::Sqlite => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Scratch::Postgres(_) => Dialect::Postgres,
            Scratch::None(never, _) => match *never {},
        }
    }
}

/// A connection to a database of its own.
pub(crate) enum Live {
    #[cfg(feature = "rusqlite")]
    Sqlite(rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(Box<(postgres::Client, Database)>),
}

/// What a chain makes of an empty database, up to a target such as `head`.
///
/// # Errors
///
/// A step failed, or the scratch database can't be made.
pub fn replay(
    migrations: &Migrations,
    target: &str,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    replay_each(migrations, &[target], scratch, ignore)
}

/// What all of a chain makes of an empty database, several heads included; a head that is still to be written is left
/// out.
///
/// # Errors
///
/// A step failed, or the scratch database can't be made.
pub fn replay_all(
    migrations: &Migrations,
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    let chain = migrations.chain()?;
    let heads = chain.written_heads();
    let heads: Vec<&str> = heads.iter().map(|&at| chain.get(at).id).collect();
    replay_each(migrations, &heads, scratch, ignore)
}

fn replay_each(
    migrations: &Migrations,
    targets: &[&str],
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Schema> {
    replayed(migrations, targets, scratch, ignore)?.read(ignore)
}

fn replayed(
    migrations: &Migrations,
    targets: &[&str],
    scratch: &Scratch<'_>,
    ignore: &Ignore,
) -> Result<Live> {
    let mut live = Live::new(scratch)?;
    // Nobody else knows of the database.
    let mut migrator = Migrator::new(migrations)
        .lock(Lock::None)
        .table_prefix(ignore.tables_prefix());
    for &target in targets {
        match &mut live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => migrator.upgrade(conn, target).map(drop)?,
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => migrator.upgrade(&mut live.0, target).map(drop)?,
        }
    }
    Ok(live)
}

/// What a chain makes of an empty database up to some revisions, as statements that make the same.
///
/// `data`: the tables whose rows belong to it.
///
/// # Errors
///
/// A step failed; the scratch database can't be made, or read (`pg_dump`, on PostgreSQL); the statements make another schema.
pub fn as_it_is(
    migrations: &Migrations,
    revisions: &[&str],
    scratch: &Scratch<'_>,
    ignore: &Ignore,
    data: &[String],
) -> Result<String> {
    let mut live = replayed(migrations, revisions, scratch, ignore)?;
    let schema = live.read(ignore)?;
    let (statements, rows) = match &live {
        #[cfg(feature = "rusqlite")]
        Live::Sqlite(conn) => (dump::sqlite(conn, ignore)?, dump::sqlite_rows(conn, data)?),
        #[cfg(feature = "postgres")]
        Live::Postgres(live) => {
            let config = live.1.config();
            (
                dump::scratch(config, ignore)?,
                dump::postgres_rows(config, data)?,
            )
        }
    };
    let texts = [statements.trim(), rows.trim()];
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    let text = texts.join("\n\n");
    let differs = drift(&introspect(&text, scratch, ignore)?, &schema, ignore);
    if differs.is_empty() {
        Ok(text)
    } else {
        Err(Error::new(format!(
            "the schema can't be said in statements that make the same:\n  {}",
            differs.join("\n  ")
        )))
    }
}

/// What a script makes of an empty database.
///
/// # Errors
///
/// What the database said of the script, or the scratch database can't be made.
pub fn introspect(script: &str, scratch: &Scratch<'_>, ignore: &Ignore) -> Result<Schema> {
    let mut live = Live::new(scratch)?;
    live.run(script)
        .map_err(|error| Error::new("the script fails on an empty database").with_source(error))?;
    live.read(ignore)
}

impl Live {
    pub(crate) fn new(scratch: &Scratch<'_>) -> Result<Live> {
        match scratch {
            #[cfg(feature = "rusqlite")]
            Scratch::Sqlite => rusqlite::Connection::open_in_memory()
                .map(Live::Sqlite)
                .map_err(|error| Error::new("can't open a database in memory").with_source(error)),
            #[cfg(feature = "postgres")]
            Scratch::Postgres(server) => {
                let database = server.database()?;
                let mut client = database.connect()?;
                // Of a role whose own `search_path` names only schemas that the chain makes.
                client
                    .batch_execute(
                        "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', \
                      CASE WHEN pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.<>) '' \
                      THEN pg_catalog.current_setting('search_path') END, 'public'), false) \
                     WHERE pg_catalog.current_schema() IS NULL",
                    )
                    .map_err(|error| {
                        Error::new("can't prepare a scratch database").with_source(error)
                    })?;
                Ok(Live::Postgres(Box::new((client, database))))
            }
            Scratch::None(never, _) => match *never {},
        }
    }

    pub(crate) fn run(&mut self, script: &str) -> Result<(), migrate_runtime::Error> {
        match self {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => {
                (conn.execute_batch(script)).map_err(migrate_runtime::__private::rusqlite_error)
            }
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => Ok(live.0.batch_execute(script)?),
        }
    }

    /// Runs a script and takes it back; what the database says of it, if it fails.
    pub(crate) fn attempt(&mut self, script: &str) -> Result<(), String> {
        let outcome = self.run("BEGIN").and_then(|()| self.run(script));
        let _ = self.run("ROLLBACK");
        outcome.map_err(|error| error.to_string())
    }

    pub(crate) fn read(&mut self, ignore: &Ignore) -> Result<Schema> {
        match self {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => read::sqlite(conn, ignore),
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => read::postgres_schemas(&mut live.0, ignore),
        }
    }
}
