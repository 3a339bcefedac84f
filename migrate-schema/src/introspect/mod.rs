//! Reads a schema from a database.
//!
//! ```
//! # #[cfg(feature = "rusqlite")] {
//! use migrate_schema::introspect::{Ignore, sqlite};
//!
//! let conn = rusqlite::Connection::open_in_memory()?;
//! conn.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, age int CHECK(((AGE>=0))))")?;
//! let schema = sqlite(&conn, &Ignore::default())?;
//!
//! let users = &schema.tables["users"];
//! assert_eq!(users.columns[0].kind, "INTEGER");
//! assert_eq!(users.checks["ck_users_age"].expression, "age >= 0");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is read is what a script can make again: privileges, owners, statistics targets and physical storage of single
//! columns are not; nor are comments on constraints (PostgreSQL) and those inside of a CREATE TABLE (SQLite), which a
//! table that is made anew loses. A partition belongs to its table, and is none itself. What is not modelled is kept as it stands ([`Opaque`](crate::model::Opaque)), and a table whose
//! definition says more than the model can hold says so ([`Table::not_understood`](crate::model::Table)).

mod ignore;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "rusqlite")]
mod sqlite;

pub use ignore::Ignore;
#[cfg(feature = "postgres")]
pub use postgres::{postgres, postgres_beside, postgres_schemas};
#[cfg(feature = "rusqlite")]
pub use sqlite::sqlite;
