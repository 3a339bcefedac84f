//! The engine on real databases: what it applies, what it records, and what it leaves alone.
//!
//! A body that holds on every database runs once on each, as `sqlite::name` and `postgres::name`.

// Helpers fail the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "engine/support.rs"]
#[macro_use]
mod support;

#[path = "engine/asynchronous.rs"]
mod asynchronous;
#[path = "engine/cost.rs"]
mod cost;
#[path = "engine/errors.rs"]
mod errors;
#[path = "engine/failure.rs"]
mod failure;
#[path = "engine/foreign_keys.rs"]
mod foreign_keys;
#[path = "engine/forms.rs"]
mod forms;
#[path = "engine/graph.rs"]
mod graph;
#[path = "engine/lifecycle.rs"]
mod lifecycle;
#[path = "engine/record.rs"]
mod record;
#[path = "engine/session.rs"]
mod session;
#[path = "engine/user_version.rs"]
mod user_version;
#[path = "engine/values.rs"]
mod values;
#[path = "engine/waiting.rs"]
mod waiting;
