//! The pure half: files, the chain they form, targets and plans, without a database.

#[path = "chain/model.rs"]
mod model;
#[path = "chain/plans.rs"]
mod plans;
#[path = "chain/support.rs"]
mod support;
