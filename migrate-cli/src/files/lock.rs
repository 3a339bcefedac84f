use migrate_chain::CHAIN_LOCK;
use migrate_chain::chain_lock::{ChainLock, Entry};

use crate::error::{Error, Result};

/// The marks that git leaves around what both sides added.
const MARKS: [&str; 4] = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];

/// Reads chain.lock; of a conflict the lines of both sides count.
pub(super) fn read(root: &str, text: &str) -> Result<ChainLock> {
    let kept = text
        .split_inclusive('\n')
        .filter(|line| !MARKS.iter().any(|mark| line.starts_with(mark)));
    Ok(ChainLock::parse(root, &kept.collect::<String>())?)
}

/// True while somebody has to decide, or let a command do it.
pub(super) fn has_conflict(text: &str) -> bool {
    text.lines()
        .any(|line| MARKS.iter().any(|mark| line.starts_with(mark)))
}

/// What the file must say now. What a release sealed keeps its line, so that an edit of it is found
/// again, whatever the command was.
pub(super) fn updated(mut now: ChainLock, before: &ChainLock) -> ChainLock {
    for entry in &mut now.entries {
        if let Some(sealed) = sealed(before, &entry.revision) {
            entry.sealed.clone_from(&sealed.sealed);
            if edited(sealed, entry) {
                entry.content.clone_from(&sealed.content);
            }
        }
    }
    now
}

/// Nothing that a release sealed was edited.
pub(super) fn unedited(now: &ChainLock, before: &ChainLock) -> Result<()> {
    for entry in &now.entries {
        let Some(sealed) = sealed(before, &entry.revision).filter(|sealed| edited(sealed, entry))
        else {
            continue;
        };
        let release = sealed.sealed.as_deref().unwrap_or_default();
        return Err(Error::failed(format!(
            "the upgrade of `{}` was edited after {release} sealed it",
            entry.revision
        ))
        .note(format!("{CHAIN_LOCK} stays as it is"))
        .help(
            "databases that ran it will not run it again: put it back, and write a new revision",
        ));
    }
    Ok(())
}

fn sealed<'l>(lock: &'l ChainLock, revision: &str) -> Option<&'l Entry> {
    lock.entries
        .iter()
        .find(|entry| entry.revision == revision && entry.sealed.is_some())
}

fn edited(before: &Entry, now: &Entry) -> bool {
    now.content.iter().any(|(dialect, hash)| {
        before
            .content
            .iter()
            .any(|(other, before)| other == dialect && before != hash)
    })
}
