//! The command line: what each command prints and how it exits, on both databases, in-process.
//!
//! Snapshots are sessions: `$` and a command, what it printed (`!` before what went to standard error), and the exit code
//! where it isn't 0. `UPDATE_EXPECT=1 cargo test` writes them anew.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[macro_use]
extern crate migrate_tests;

mod support;

mod adopt;
mod alembic;
mod asked;
mod check;
mod config;
mod databases;
mod docs;
mod environments;
mod files;
mod fix;
mod git;
mod help;
mod import;
mod init;
mod interrupt;
mod json;
mod lint;
mod models;
mod mounted;
mod offline;
mod outdated;
mod progress;
mod read;
mod real_files;
mod run;
mod schema;
mod secrets;
mod squash;
mod targets;
mod terminal;
#[cfg(target_os = "linux")]
mod tls;
