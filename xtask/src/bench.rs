//! `cargo xtask bench` and `cargo xtask size`: a program of its own measures, because this crate has few dependencies.

use std::ffi::OsString;
use std::process::Command;

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

/// What our app may have over the raw one.
pub(crate) fn size() -> Result {
    measure("--budget")
}

/// The size, and one round without peers, whose figures mean nothing, but it keeps the bench from rotting. The peers'
/// crates are neither downloaded nor built, and what compiling costs (5) is left out: it starts from nothing.
pub(crate) fn smoke() -> Result {
    measure("--budget --quick --no-peers --rounds 1 --sections 1,2,3,4,6,7")
}

/// Measures with the program that was built with the tests: what it measures is released, it need not be.
fn measure(args: &str) -> Result {
    let program = command::programs()?.join("migrate-bench");
    command::run(
        Command::new(program)
            .args(args.split(' '))
            .current_dir(command::root()),
    )
}
