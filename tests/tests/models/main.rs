//! Models: what they are rendered as runs on both databases, and the catalogs show what was declared.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catalog;
mod problems;
mod shop;
mod types;
