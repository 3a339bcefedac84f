//! `cargo migrate` without the name: the command line over the versions directory of the current folder, for tests that
//! need a process of their own, to interrupt it or to read what it leaves.

use std::process::ExitCode;

use migrate_cli::{App, Args};

fn main() -> ExitCode {
    App::from_disk()
        .program("migrate")
        .exec(Args::new(std::env::args_os().skip(1)))
}
