//! Schemas: read from databases.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "schema/introspect.rs"]
mod introspect;
#[path = "schema/render.rs"]
mod render;
#[path = "schema/round_trip.rs"]
mod round_trip;
#[path = "schema/scratch.rs"]
mod scratch;
#[path = "schema/spelling.rs"]
mod spelling;
