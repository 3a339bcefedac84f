//! Counts what only the kernel sees, where strace is installed.

use std::path::Path;
use std::process::Command;

/// How often a program asked for its data to reach the disk.
pub(crate) fn syncs(program: &Path, args: &[&str]) -> Option<usize> {
    // With a filter the program stops for these calls only, and runs nearly as fast as without.
    let traced = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync"])
        .arg(program)
        .args(args)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&traced.stderr);
    traced
        .status
        .success()
        .then(|| text.matches("fsync(").count() + text.matches("fdatasync(").count())
}
