//! sqlx: each version that has a feature, through one file a database.
//!
//! What a transaction is to sqlx is the depth that it counts itself. On PostgreSQL BEGIN is sent in a message with other
//! statements, so sqlx doesn't know of it until [`Driver::count_transaction`](super::Driver::count_transaction); what a
//! dropped future leaves open is rolled back by a message of ours.

// A file is compiled for each version: the names are the same, and none of the types.
#![allow(clippy::duplicate_mod)]

/// What helps where a pool has no connection left.
const EXHAUSTED: &str = "every connection of the pool is in use: a start takes one, and a connector that asks the same pool a second; give the pool more (`max_connections`), or open the second one past it (`PgConnection::connect`)";

#[cfg(feature = "sqlx-0_8-postgres")]
mod v0_8;
#[cfg(feature = "sqlx-postgres")]
mod v0_9;
#[cfg(feature = "sqlx-sqlite")]
mod with_sqlite;
