//! The pure half: files, the chain they form, targets and plans, without a database.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "chain/files.rs"]
mod files;
#[path = "chain/lock.rs"]
mod lock;
#[path = "chain/model.rs"]
mod model;
#[path = "chain/packed.rs"]
mod packed;
#[path = "chain/plans.rs"]
mod plans;
#[path = "chain/scale.rs"]
mod scale;
#[path = "chain/support.rs"]
mod support;
#[path = "chain/targets.rs"]
mod targets;
