//! Programs that chores run: printed, checked, and from the right folder.

use std::env;
use std::path::{self, PathBuf};
use std::process::Command;

use crate::Result;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    // Set by `cargo run`, which is what `cargo xtask` stands for; by hand it is run from the workspace.
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| ".".into(), |xtask| PathBuf::from(xtask).join(".."))
}

/// The cargo that runs us, to be started in the workspace's folder.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// The folder of the workspace's programs, all of them built.
///
/// They are built with the tests, and with all features, which is how CI builds them anyway: with the features of one
/// package alone, cargo would build what that depends on once more.
pub(crate) fn programs() -> Result<PathBuf> {
    let build = ["build", "--workspace", "--all-features", "--all-targets"];
    run(cargo().arg("--quiet").args(build))?;
    Ok(target()?.join("debug"))
}

/// Where cargo builds, as an absolute path: programs are started in other folders, too.
pub(crate) fn target() -> Result<PathBuf> {
    let target = env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| root().join("target"), PathBuf::from);
    path::absolute(&target).map_err(|error| format!("{}: {error}", target.display()))
}

/// Prints the command, runs it and waits; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result {
    let shown = shown(command);
    eprintln!("\n$ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed: {status}")),
        Err(error) => Err(format!("`{shown}` did not start: {error}")),
    }
}

/// The command as one would type it, with the variables set for it.
fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let variables = command.get_envs().filter_map(|(name, value)| {
        let value = value?.to_string_lossy();
        Some(format!("{}={}", name.to_string_lossy(), quoted(&value)))
    });
    let arguments = command
        .get_args()
        .map(|argument| quoted(&argument.to_string_lossy()));
    variables
        .chain([program])
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}
