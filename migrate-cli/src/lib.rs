//! Alembic's command line, for an app to mount and for `cargo migrate`.
//!
//! ```
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use migrate_runtime::{Migrations, embed_migrations};
//!
//! static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
//!
//! #[derive(clap::Parser)]
//! enum Command {
//!     /// Runs the server.
//!     Serve,
//!     /// Migrates the database.
//!     Migrate(migrate_cli::Args),
//! }
//!
//! fn main() -> ExitCode {
//! #   let args = ["myapp", "migrate", "--help"];
//! #   match Command::parse_from(args) {
//! #       Command::Serve => ExitCode::SUCCESS,
//! #       Command::Migrate(args) => migrate_cli::App::new(&MIGRATIONS).exec(args),
//! #   };
//! #   return ExitCode::SUCCESS;
//!     match Command::parse() {
//!         Command::Serve => ExitCode::SUCCESS,
//!         Command::Migrate(args) => migrate_cli::App::new(&MIGRATIONS)
//!             .url("sqlite:app.db")
//!             .exec(args),
//!     }
//! }
//! ```
//!
//! `myapp migrate upgrade`, `myapp migrate history`, `myapp migrate downgrade -1` and the rest then
//! work on the chain that is compiled into the app: no sources and no other tool are needed where
//! it runs. The commands that write revisions (`revision`, `merge`, `rebase` ...) find the versions
//! directory below the crate they are started in.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `rusqlite`, `postgres` | the database of that driver |
//! | `models` | `App::models`: `revision --autogenerate`, and a `check` that compares models and chain; `import`, `lint`, `prove` and `docs` |
//! | `tls` | encrypted connections to PostgreSQL, as `sslmode` asks, with the system's TLS library |
//!
//! Without a driver there is nothing to migrate, and the crate is empty.
//!
//! # Exit codes
//!
//! See [`Exit`].

#![cfg(any(feature = "rusqlite", feature = "postgres"))]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod app;
mod args;
mod cli;
mod commands;
mod config;
mod context;
mod database;
mod error;
mod exit;
mod files;
#[cfg(feature = "models")]
mod import;
mod interrupt;
mod manifest;
#[cfg(feature = "models")]
mod models;
mod outdated;
#[cfg(feature = "models")]
mod picture;
mod prompt;
mod protection;
mod render;
#[cfg(feature = "models")]
mod review;
#[cfg(feature = "models")]
mod snapshot;
#[cfg(feature = "models")]
mod upkeep;
mod url;

pub use app::App;
pub use args::Args;
pub use database::Database;
pub use exit::Exit;
