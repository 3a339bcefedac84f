use std::collections::HashSet;

use crate::chain_lock::{ChainLock, hash};
use crate::parsed::ParsedChain;
use crate::problem::{Problem, Problems};
use crate::{CHAIN_LOCK, Dialect};

/// chain.lock says what the directory holds, and what a release sealed is as it was.
pub(super) fn agrees(parsed: &ParsedChain<'_>, lock: &ChainLock, problems: &mut Problems) {
    if !parsed.whole || parsed.order.len() < parsed.files.len() {
        return;
    }
    let path = format!("{}/{CHAIN_LOCK}", parsed.options.root);
    let mut stale: Vec<(usize, String)> = Vec::new();
    let mut note = |line: usize, what: String| stale.push((line, what));
    let locked = lock.by_revision();
    let mut known = HashSet::new();
    for &index in &parsed.order {
        let file = &parsed.files[index];
        known.insert(file.id());
        let Some(entry) = locked.get(file.id()) else {
            note(0, format!("`{}` ({}) is not in it", file.id(), file.shown));
            continue;
        };
        let contents = parsed.contents[index].iter();
        let now: Vec<(Dialect, String)> = contents
            .map(|(dialect, content)| (*dialect, hash(content)))
            .collect();
        if entry.content == now {
            continue;
        }
        let changed = |(dialect, hash): &(_, String)| {
            entry
                .content
                .iter()
                .any(|(d, before)| d == dialect && before != hash)
        };
        match &entry.sealed {
            // A dialect that was added later has no hash yet: stale, not edited.
            Some(release) if now.iter().any(changed) => problems.push(
                Problem::file(
                    file.shown.as_str(),
                    format!("the upgrade of `{}` was edited after {release} sealed it", file.id()),
                )
                .help("databases that ran it will not run it again: put it back, and write a new revision")
                .help("the downgrade, the header and the section properties may change"),
            ),
            _ => {
                let what = match now.iter().any(changed) {
                    true => "was edited",
                    false => "is listed for other databases",
                };
                note(
                    entry.line,
                    format!("`{}` ({}) {what}", file.id(), file.shown),
                );
            }
        }
    }
    let replaced: HashSet<&str> = (parsed.files.iter())
        .flat_map(|file| file.header.replaces.iter().map(|range| file.text(range)))
        .collect();
    let mut listed = HashSet::new();
    for entry in &lock.entries {
        if !listed.insert(entry.revision.as_str()) {
            note(entry.line, format!("`{}` is listed twice", entry.revision));
        }
        if known.contains(entry.revision.as_str()) {
            continue;
        }
        match &entry.sealed {
            Some(release) => {
                if replaced.contains(entry.revision.as_str()) {
                    note(entry.line, format!("`{}` was squashed", entry.revision));
                } else {
                    let problem = Problem::line(
                        path.as_str(),
                        entry.line,
                        format!("`{}`, sealed by {release}, is missing from the directory", entry.revision),
                    )
                    .help("databases have it recorded: put the file back, or `cargo migrate squash` it");
                    problems.push(problem);
                }
            }
            None => note(
                entry.line,
                format!("`{}` is no longer there", entry.revision),
            ),
        }
    }
    let ids = parsed.order.iter().map(|&index| parsed.files[index].id());
    let locked = (lock.entries.iter())
        .map(|entry| entry.revision.as_str())
        .filter(|id| known.contains(id));
    if stale.is_empty() && !ids.eq(locked) {
        stale.push((0, "its lines are in another order".to_owned()));
    }
    if let Some((line, _)) = stale.first() {
        let message = format!("chain.lock is stale: {}", first_of(&stale));
        let problem = Problem::line(path, *line, message);
        problems.push(problem.help("run `cargo migrate lock`, and commit the file"));
    }
}

/// One command mends them all, so the first few are enough to know what it is about.
fn first_of(stale: &[(usize, String)]) -> String {
    const SHOWN: usize = 3;
    let mut shown: Vec<String> = (stale.iter().take(SHOWN))
        .map(|(_, what)| what.clone())
        .collect();
    if stale.len() > SHOWN {
        shown.push(format!("and {} more", stale.len() - SHOWN));
    }
    shown.join(", ")
}
