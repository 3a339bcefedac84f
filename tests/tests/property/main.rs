//! Random histories carried out on real databases, and random scripts split for them; and mistakes of all
//! kinds, which no reader may trip over.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod entry;
mod executed;
mod fragments;
mod mutations;
mod scanner;
mod world;
