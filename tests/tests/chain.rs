//! The pure half: files, the chain they form, targets and plans, without a database.

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
