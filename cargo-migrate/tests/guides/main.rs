//! Who follows the README or a guide arrives: each file and each command is taken from the page, and what a page says
//! that a command prints is what it prints. `UPDATE_EXPECT=1` writes what it printed into the page.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adopt;
mod guides;
mod page;
mod printed;
mod readme;
mod scratch;
mod workflow;
