use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{CHAIN_LOCK, Chain};

use crate::error::{Error, Result};

/// True while somebody has to decide, or let a command do it.
pub(crate) fn has_conflict(text: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|mark| text.lines().any(|line| line.starts_with(mark)))
}

/// Reads chain.lock; of a conflict the lines of both sides count.
pub(super) fn read(root: &str, text: &str) -> Result<ChainLock> {
    let (lock, problems) = ChainLock::read(root, text);
    if !has_conflict(text) {
        problems.into_result()?;
    }
    Ok(lock)
}

/// Nothing that a release sealed was edited, or is gone.
pub(super) fn unedited(before: &ChainLock, now: &Chain<'_>) -> Result<()> {
    if let Some((revision, release)) = before.missing(now).into_iter().next() {
        return Err(Error::failed(format!(
            "`{revision}`, sealed by {release}, is missing from the directory"
        ))
        .note(format!("{CHAIN_LOCK} stays as it is"))
        .help("databases have it recorded: put the file back, or `cargo migrate squash` it")
        .help(format!(
            "if no database ever had it, take its line out of {CHAIN_LOCK}"
        )));
    }
    let Some((revision, release)) = before.edited(now).into_iter().next() else {
        return Ok(());
    };
    Err(Error::failed(format!(
        "the upgrade of `{revision}` was edited after {release} sealed it"
    ))
    .note(format!("{CHAIN_LOCK} stays as it is"))
    .help("databases that ran it will not run it again: put it back, and write a new revision"))
}
