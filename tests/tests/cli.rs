//! The command line: what each command prints and how it exits, on both databases, in-process.
//!
//! Snapshots are sessions: `$` and a command, what it printed (`!` before what went to standard error), and the exit code
//! where it isn't 0. `UPDATE_EXPECT=1 cargo test` writes them anew.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cli/support.rs"]
#[macro_use]
mod support;

#[path = "cli/alembic.rs"]
mod alembic;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/git.rs"]
mod git;
#[path = "cli/mounted.rs"]
mod mounted;
#[path = "cli/offline.rs"]
mod offline;
#[path = "cli/read.rs"]
mod read;
#[path = "cli/real_files.rs"]
mod real_files;
#[path = "cli/run.rs"]
mod run;
#[path = "cli/targets.rs"]
mod targets;
