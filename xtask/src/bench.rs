//! `cargo xtask bench`: a program of its own measures, because this crate has no dependencies.

use std::ffi::OsString;

use crate::{Result, command, install};

pub(crate) fn run(args: &[OsString]) -> Result {
    install::missing()?;
    let mut cargo = command::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "migrate-bench",
        "--",
    ]);
    command::run(cargo.args(args))
}
