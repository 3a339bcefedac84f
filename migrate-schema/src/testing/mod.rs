//! Tests for free: [`migration_tests!`](crate::migration_tests) makes one of each test of [`Suite`],
//! and [`TestDb`] is a database for tests of one's own.
//!
//! SQLite databases are in memory. PostgreSQL ones are made on the server that the variable
//! `MIGRATE_SCRATCH_URL` names (without TLS, by a role that may create databases), or else on a private
//! one that is started from the programs installed on the machine, once a process.
//!
//! A test that carries rows of one revision to a later one, on every database of the chain:
//!
//! ```
//! # #[cfg(feature = "rusqlite")] {
//! use migrate_runtime::{Migrations, embed_migrations};
//! use migrate_schema::testing::{Result, TestDb};
//!
//! static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
//!
//! fn notes_survive() -> Result {
//!     for dialect in MIGRATIONS.chain()?.dialects {
//!         let mut db = TestDb::at(&MIGRATIONS, dialect, "5b1e8f0c7d21")?;
//!         db.execute("INSERT INTO notes VALUES (7)")?;
//!         db.upgrade("head")?;
//!         assert_eq!(db.value::<i64>("SELECT id FROM notes")?, 7);
//!     }
//!     Ok(())
//! }
//! # notes_survive()?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compat;
mod data;
mod database;
mod files;
mod lint;
mod macros;
mod models;
pub mod prove;
pub(crate) mod rows;
mod scratch;
mod sealed;
mod suite;
mod typed;
mod walk;

pub(crate) use walk::differences;

pub use database::TestDb;
pub use suite::Suite;
pub use typed::{FromRow, FromValue};

#[doc(hidden)]
pub use migrate_chain::Dialect as __Dialect;

use migrate_chain::{Chain, Dialect};

use crate::Error;

/// What a test returns.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// Says where it happened.
fn at(chain: &Chain<'_>, id: &str, dialect: Dialect, error: Error) -> Error {
    Error::new(format!("{}revision {id} on {dialect}", file(chain, id))).with_source(error)
}

/// `versions/a1.sql: `, as far as the chain knows the revision.
fn file(chain: &Chain<'_>, id: &str) -> String {
    chain.index_of(id).map_or_else(String::new, |at| {
        format!("{}/{}: ", chain.root, chain.get(at).path)
    })
}

/// All that is wrong, in one error.
fn all(mut errors: Vec<Error>) -> Result {
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        _ => {
            let problems: Vec<String> = errors.iter().map(|error| format!("{error:#}")).collect();
            Err(Error::new(problems.join("\n\n")))
        }
    }
}

/// An entry of an indented list: what the database says may have several lines.
fn indented(entry: &str) -> String {
    entry.replace('\n', "\n    ")
}
