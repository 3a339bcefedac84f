//! `cargo xtask test`: what the tests need, then the tests.

use std::ffi::OsString;

use crate::{Result, command, install, postgres_version};

/// With `--postgres VERSION` first, on a server of that version.
pub(crate) fn run(args: &[OsString]) -> Result {
    install::missing()?;
    let (version, args) = match args {
        [flag, version, rest @ ..] if flag == "--postgres" => (Some(version), rest),
        args => (None, args),
    };
    // Without a choice of targets `cargo test` runs unit, integration and doc tests and builds the examples;
    // `--all-targets` would leave the doc tests out.
    let mut cargo = command::cargo();
    cargo.arg("test");
    if !names_packages(args) {
        cargo.arg("--workspace");
    }
    if let Some(version) = version {
        let programs = postgres_version::programs(&version.to_string_lossy())?;
        eprintln!(
            "PostgreSQL {} is at {}",
            version.display(),
            programs.display()
        );
        cargo.env("PATH", postgres_version::path_with(&programs)?);
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
