//! `cargo xtask bench`: a program of its own measures, because this crate has no dependencies.

use std::ffi::OsString;

use crate::{Result, command, install};

pub(crate) fn run(args: &[OsString]) -> Result {
    install::missing()?;
    let mut cargo = command::cargo();
    cargo.args(["run", "--quiet", "--package", "migrate-bench"]);
    if !args.iter().any(|arg| arg == "--debug") {
        cargo.arg("--release");
    }
    command::run(cargo.arg("--").args(args))
}

/// One round without peers, unoptimised: its figures mean nothing, but it keeps the bench from rotting. The peers' crates
/// are neither downloaded nor built, and what compiling costs (5) is left out: it starts from nothing.
pub(crate) fn smoke() -> Result {
    let args = "--quick --no-peers --debug --rounds 1 --sections 1,2,3,4,6,7";
    run(&args.split(' ').map(OsString::from).collect::<Vec<_>>())
}
