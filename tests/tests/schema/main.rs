//! Schemas: read from databases, compared, and made of each other.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// Shared with the tests of the engine, which use more of it.
#[allow(dead_code)]
#[path = "../engine/support.rs"]
#[macro_use]
mod support;

mod around;
mod change;
mod diff;
mod introspect;
mod kept;
mod matrix;
mod property;
mod realistic;
mod render;
mod round_trip;
mod scratch;
mod seen;
mod spelling;
mod together;
mod warned;
