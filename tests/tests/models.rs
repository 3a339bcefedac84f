//! Models: what they are rendered as runs on both databases, and the catalogs show what was declared.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "models/catalog.rs"]
mod catalog;
#[path = "models/problems.rs"]
mod problems;
#[path = "models/shop.rs"]
mod shop;
#[path = "models/types.rs"]
mod types;
