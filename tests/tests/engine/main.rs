//! The engine on real databases: what it applies, what it records, and what it leaves alone.
//!
//! A body that holds on every database runs once on each, as `sqlite::name` and `postgres::name`.

// Helpers fail the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[macro_use]
extern crate migrate_tests;

mod adopt;
mod asynchronous;
mod cost;
mod drivers;
mod errors;
mod failure;
mod foreign_keys;
mod forms;
mod graph;
mod held;
mod hostile;
mod languages;
mod lifecycle;
mod lock_limits;
mod promises;
mod reached;
mod record;
mod session;
mod settings;
mod user_version;
mod values;
mod waiting;
mod whereabouts;

use migrate_tests::support;
