//! The pure half: files, the chain they form, targets and plans, without a database.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adoption;
mod embedded;
mod files;
mod lock;
mod packed;
mod plans;
mod scale;
mod support;
mod targets;
