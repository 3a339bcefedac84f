//! Schemas: read from databases, compared, and made of each other.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// Shared with the tests of the engine, which use more of it.
#[allow(dead_code)]
#[path = "engine/support.rs"]
#[macro_use]
mod support;

#[path = "schema/around.rs"]
mod around;
#[path = "schema/change.rs"]
mod change;
#[path = "schema/diff.rs"]
mod diff;
#[path = "schema/introspect.rs"]
mod introspect;
#[path = "schema/kept.rs"]
mod kept;
#[path = "schema/matrix.rs"]
mod matrix;
#[path = "schema/property.rs"]
mod property;
#[path = "schema/realistic.rs"]
mod realistic;
#[path = "schema/render.rs"]
mod render;
#[path = "schema/round_trip.rs"]
mod round_trip;
#[path = "schema/scratch.rs"]
mod scratch;
#[path = "schema/seen.rs"]
mod seen;
#[path = "schema/spelling.rs"]
mod spelling;
#[path = "schema/together.rs"]
mod together;
#[path = "schema/warned.rs"]
mod warned;
