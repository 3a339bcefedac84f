//! What tests run on: scratch databases of both kinds, a PostgreSQL server that dies with the test process, a pooler in
//! front of it, and a proxy that counts round trips and cuts connections.
//!
//! ```no_run
//! use migrate_tests::{Cut, Postgres, Proxy, When, postgres, sqlite};
//!
//! let file = sqlite::Database::new();
//! let mut connection = file.connect();
//! let before = sqlite::dump(&connection);
//!
//! let database = Postgres::shared().database();
//! let proxy = Proxy::new(&database);
//! let mut client = proxy.connect();
//! client.batch_execute("CREATE TABLE t (a int)").unwrap();
//! assert_eq!(proxy.traffic().round_trips, 1);
//!
//! // The server commits, the client never hears of it.
//! proxy.cut(When::Text("COMMIT"), Cut::After);
//! assert!(client.batch_execute("BEGIN; COMMIT").is_err());
//! let after = postgres::dump(&mut database.connect());
//! ```
//!
//! The servers need a Unix; the programs they start are listed in [`xtask::requirement`].

// A test's support fails the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod dag;
pub mod model;
pub mod pgbouncer;
pub mod postgres;
pub mod proxy;
pub mod replica;
pub mod snapshot;
pub mod sqlite;
pub mod support;
pub mod terminal;

pub use dag::Dag;
pub use pgbouncer::PgBouncer;
pub use postgres::Postgres;
pub use postgres::unprivileged_user;
pub use proxy::{Cut, Proxy, Traffic, When};
pub use snapshot::Shared;
pub use terminal::Terminal;
