//! Models rewritten, revisions generated, databases with rows upgraded: `App::models`.

// A test's support fails the way a test does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "autogenerate/beside.rs"]
mod beside;
#[path = "autogenerate/check.rs"]
mod check;
#[path = "autogenerate/generate.rs"]
mod generate;
#[path = "autogenerate/heads.rs"]
mod heads;
#[path = "autogenerate/online.rs"]
mod online;
#[path = "autogenerate/refused.rs"]
mod refused;
#[path = "autogenerate/releases.rs"]
mod releases;
#[path = "autogenerate/scratch.rs"]
mod scratch;
#[path = "autogenerate/suite/mod.rs"]
mod suite;
#[path = "autogenerate/support.rs"]
mod support;
#[path = "autogenerate/terminal.rs"]
mod terminal;
