//! `cargo xtask test`: what the tests need, then the tests.

use std::ffi::OsString;
use std::path::Path;

use crate::{Result, command, install, postgres_version};

/// With `--postgres VERSION` first, on a server of that version.
pub(crate) fn run(args: &[OsString]) -> Result {
    install::missing()?;
    match args {
        [flag, version, rest @ ..] if flag == "--postgres" => {
            let programs = postgres_version::programs(&version.to_string_lossy())?;
            run_on(Some(&programs), rest)
        }
        args => run_on(None, args),
    }
}

/// Runs tests on the server of those programs, or on the one that is found first.
pub(crate) fn run_on(postgres: Option<&Path>, args: &[OsString]) -> Result {
    // Without a choice of targets `cargo test` runs unit, integration and doc tests and builds the examples;
    // `--all-targets` would leave the doc tests out.
    let mut cargo = command::cargo();
    cargo.arg("test");
    if !names_packages(args) {
        cargo.arg("--workspace");
    }
    if let Some(programs) = postgres {
        eprintln!("PostgreSQL's programs: {}", programs.display());
        cargo.env("PATH", postgres_version::path_with(programs)?);
    }
    command::run(cargo.arg("--all-features").args(args))
}

/// Whether the arguments choose packages themselves; `--workspace` would overrule them.
fn names_packages(args: &[OsString]) -> bool {
    let own = args
        .iter()
        .take_while(|arg| *arg != "--")
        .filter_map(|arg| arg.to_str());
    own.into_iter().any(|arg| {
        arg.starts_with("-p") || arg.starts_with("--package") || arg == "--manifest-path"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_package_replaces_the_workspace() {
        let names =
            |args: &[&str]| names_packages(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(names(&["-p", "xtask"]) && names(&["-pxtask"]) && names(&["--package=xtask"]));
        assert!(!names(&[]) && !names(&["filter"]) && !names(&["--", "-p"]));
    }
}
