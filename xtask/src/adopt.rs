//! `cargo xtask adopt`: databases that other tools have migrated, taken over by ours.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use xtask::requirement::Requirement;

use crate::{Result, command, install};

const MANIFEST: &str = "tests/adopt/Cargo.toml";

/// The part of Python that Debian packages apart.
const VENV: Requirement = Requirement {
    name: "Python's venv",
    program: "__init__.py",
    folders: &[
        "/usr/lib/python3*/ensurepip",
        "/usr/lib64/python3*/ensurepip",
        "/usr/local/lib/python3*/ensurepip",
    ],
    packages: &[
        ("apt-get", "python3-venv"),
        ("dnf", "python3"),
        ("apk", "python3"),
        ("pacman", "python"),
        ("brew", "python"),
    ],
};

/// Runs the programs of `tests/adopt`, all or those of the named tools.
pub(crate) fn run(tools: &[OsString]) -> Result {
    install::missing()?;
    let target = command::target()?;
    let venv = target.join("adopt/venv");
    python(&venv)?;
    // With its own features alone, and not with those that the tests add: the program that people install.
    command::run(command::cargo().args(["build", "--quiet", "--package", "cargo-migrate"]))?;
    let mut cargo = command::cargo();
    cargo.args(["run", "--quiet", "--manifest-path", MANIFEST]);
    cargo.arg("--target-dir").arg(target.join("adopt"));
    cargo.arg("--").args(tools);
    cargo.env("ADOPT_PYTHON", venv.join("bin"));
    cargo.env("ADOPT_CARGO_MIGRATE", target.join("debug/cargo-migrate"));
    command::run(&mut cargo)
}

/// A virtual environment with the tools that come from PyPI, made anew when the list of them changes.
fn python(venv: &Path) -> Result {
    let list = command::root().join("tests/adopt/requirements.txt");
    let wanted = fs::read(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let installed = venv.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut import = Command::new("python3");
    import.args(["-c", "import ensurepip, venv"]);
    let there = import.stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        install::install(&VENV)?;
    }
    let mut make = Command::new("python3");
    command::run(make.args(["-m", "venv", "--clear"]).arg(venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    command::run(pip.arg("--requirement").arg(&list))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))
}
