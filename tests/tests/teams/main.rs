//! How five teams work, each in a folder of its own: what they do with Alembic, done here, step by step, with rows in
//! the tables and programs of the last release beside those of the next.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod hub;
mod hub_later;
mod platform;
mod portal;
mod support;
