//! What of the chores the tests share.

pub mod requirement;
