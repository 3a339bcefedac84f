//! Alembic's workflow, compiled into a Rust binary that migrates its own SQLite or PostgreSQL
//! database.
//!
//! ```
//! use migrate_runtime::{Migrations, Outcome, embed_migrations};
//!
//! pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
//!
//! # #[cfg(feature = "rusqlite")]
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut conn = rusqlite::Connection::open_in_memory()?;
//!     let report = MIGRATIONS.run(&mut conn)?;
//!     assert_eq!(report.outcome, Outcome::Applied);
//!     assert_eq!(MIGRATIONS.run(&mut conn)?.outcome, Outcome::UpToDate);
//!     Ok(())
//! }
//! # #[cfg(not(feature = "rusqlite"))]
//! # fn main() {}
//! ```
//!
//! A versions directory holds a chain of revisions, each a file with an upgrade and a downgrade.
//! [`embed_migrations!`] checks the chain when the app is built; [`Migrations::run`] applies what is
//! pending when the app starts, in one transaction, whatever the number of processes that start at
//! once. [`Migrator`] has the ways in which that can be changed.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `macros` (default) | [`embed_migrations!`], [`derive(Migrations)`](derive@Migrations), [`derive(Table)`](derive@Table) and [`derive(DbEnum)`](derive@DbEnum) |
//! | `rusqlite`, `postgres`, `tokio-postgres` | the driver of that name, at the app's own version |
//! | `sqlx-postgres`, `sqlx-0_8-postgres`, `sqlx-sqlite` | connections of sqlx 0.9, of sqlx 0.8, and of either to SQLite |
//! | `diesel-postgres`, `diesel-sqlite` | connections of diesel, from 2.2 on |
//! | `tracing` | a span for each run and an event for each step |
//! | `uuid`, `chrono`, `time`, `jiff`, `serde_json`, `rust_decimal` | the types of that crate as types of columns, see [`schema::ColumnType`] |
//! | `include_dir` | [`Migrations::from_dir`], and data files for Rust-coded revisions |
//!
//! rusqlite is blocking. In an async app, open or take the connection in
//! `tokio::task::spawn_blocking` and call [`Migrations::run`] there.

// Without a driver the macros still check, and much of the engine has no caller.
#![cfg_attr(
    not(any(feature = "_sqlite", feature = "_postgres")),
    allow(dead_code, unused_imports, unused_variables)
)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod assets;
mod code;
mod context;
#[cfg(feature = "include_dir")]
mod directory;
mod driver;
mod engine;
mod error;
mod event;
#[cfg(all(
    any(doc, doctest),
    feature = "rusqlite",
    feature = "postgres",
    feature = "include_dir"
))]
pub mod guide;
mod history;
mod hook;
mod in_progress;
mod log;
mod migrations;
mod migrator;
mod offline;
mod panics;
mod plan;
mod random;
mod report;
pub mod schema;
mod startup;
mod state;
mod tables;
mod tenants;
mod terminal;
mod times;
mod trace;
mod utc;
mod value;
mod verify;

pub use code::{BoxedStep, Code, Function};
pub use context::{AsyncContext, Context};
#[cfg(feature = "include_dir")]
pub use directory::FromDir;
pub use engine::Resolution;
pub use error::{Error, ErrorKind, Refusal, RefusalKind, Result};
pub use event::Event;
pub use history::HistoryEntry;
pub use hook::Moment;
pub use in_progress::StepInProgress;
pub use log::{Act, LogEntry};
pub use migrate_chain::{
    Applied, Chain, Diagnostic, Dialect, Direction, Goal, Options, Place, Target,
};
/// Compiles a versions directory into the application, reachable through a type.
///
/// It is the form for a chain with Rust-coded revisions: they become modules beside the struct, so
/// that editors follow them. `migrations()` is as visible as the struct.
///
/// ```
/// use migrate_runtime::Migrations;
///
/// #[derive(Migrations)]
/// #[migrations(path = "versions", chain = "users", dialects = [sqlite, postgres])]
/// pub struct Users;
///
/// assert_eq!(Users::migrations().chain()?.name, "users");
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// `path` is relative to the crate's Cargo.toml; the other options are those of
/// [`embed_migrations!`](crate::embed_migrations), and `crate = some::path`, where this crate is
/// when it was renamed or is re-exported.
#[cfg(feature = "macros")]
#[doc(inline)]
pub use migrate_macros::Migrations;
pub use migrations::Migrations;
#[cfg(feature = "_async")]
pub use migrator::AsyncConnection;
pub use migrator::{Connection, Lock, Migrator};
pub use plan::{Plan, PlannedStep};
pub use report::{Adopted, OtherTool, Outcome, Report, StepReport};
pub use schema::{ColumnType, DbEnum, Schema, Table};
pub use startup::{OnAhead, Startup, Transactions};
pub use tenants::{Summary, Tenants};
pub use value::{Row, Value};
pub use verify::{Changed, Difference};

/// Compiles a versions directory into the application, as a constant: read, checked, sorted and
/// hashed by the compiler.
///
/// ```
/// use migrate_runtime::{Migrations, embed_migrations};
///
/// pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///
/// let chain = MIGRATIONS.chain()?;
/// assert_eq!(chain.get(0).message, "create users");
/// assert_eq!(chain.len(), 2);
/// # Ok::<(), migrate_runtime::Error>(())
/// ```
///
/// The path is relative to the crate's Cargo.toml and comes first. The rest is optional, in any
/// order:
///
/// | option | meaning |
/// |---|---|
/// | `dialects = [sqlite, postgres]` | every revision must serve these databases; by default those that the files name |
/// | `chain = "billing"` | the chain's name, where several share a database; by default `main` |
/// | `head = "cb3cf47d9259"` | the build fails when the chain ends elsewhere |
/// | `assets` | the files under `versions/assets/` travel along for Rust-coded revisions (feature `include_dir`) |
/// | `multiple_heads`, `multiple_bases` | several are meant |
/// | `beside = ["_sqlx_migrations"]` | other tools keep their histories there, in the same database, and go on doing so |
/// | `proved` | a head that `cargo migrate prove` has not seen running, up and down, is an error |
///
/// Everything that is wrong with the directory is reported at once, each problem with its file and
/// line, as one error on the path:
///
/// ```text
/// error: unknown down_revision `8280855a5046`
///          --> versions/cb3cf47d9259-create-users.sql:4:19
///           |
///         4 | -- down_revision: 8280855a5046
///           |                   ^^^^^^^^^^^^
///          = help: did you mean `8280855a5064`?
///  --> src/main.rs:3:55
///   |
/// 3 | pub static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///   |                                                       ^^^^^^^^^^
/// ```
///
/// The compiler tracks every file it read. A new or removed one is noticed by the next build if
/// `build.rs` says so; `cargo migrate init` writes that line:
///
/// ```
/// println!("cargo::rerun-if-changed=versions");
/// ```
///
/// With Rust-coded revisions, [`#[derive(Migrations)]`](derive@crate::Migrations) does the same in
/// a form that editors understand.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! embed_migrations {
    ($($arguments:tt)*) => {
        $crate::__private::embed_migrations!($crate; $($arguments)*)
    };
}
