//! From what is applied and a target to a complete list of steps, before anything runs.

mod applied;
mod branch;
mod goal;
mod messages;
mod range;
mod resolve;
mod segments;
mod stamp;
mod steps;
mod walk;

pub use applied::Applied;
pub use goal::Goal;
pub use range::Range;
pub use segments::{Boundaries, Segment};
pub use steps::{Plan, Step};
