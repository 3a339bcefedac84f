//! Models rewritten, revisions generated, databases with rows upgraded: `App::models`.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "autogenerate/check.rs"]
mod check;
#[path = "autogenerate/generate.rs"]
mod generate;
#[path = "autogenerate/releases.rs"]
mod releases;
#[path = "autogenerate/support.rs"]
mod support;
#[path = "autogenerate/tests_for_free.rs"]
mod tests_for_free;
