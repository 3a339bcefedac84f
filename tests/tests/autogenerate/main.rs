//! Models rewritten, revisions generated, databases with rows upgraded: `App::models`.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod beside;
mod blank;
mod check;
mod generate;
mod heads;
mod online;
mod refused;
mod releases;
mod scratch;
mod suite;
mod support;
mod terminal;
