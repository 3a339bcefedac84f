//! `cargo migrate`: the command line of `migrate-cli` over the versions directory of the current
//! project, with both drivers and TLS.

use std::process::ExitCode;

use migrate_cli::{App, Args};

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().skip(1).collect();
    // Cargo runs `cargo-migrate migrate ...`.
    let by_cargo = args.first().is_some_and(|first| first == "migrate");
    if by_cargo {
        args.remove(0);
    }
    let name = if by_cargo {
        "cargo migrate"
    } else {
        "cargo-migrate"
    };
    App::from_disk().program(name).exec(Args::new(args))
}
