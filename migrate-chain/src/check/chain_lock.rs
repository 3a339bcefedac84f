use std::collections::{HashMap, HashSet};

use crate::chain_lock::{ChainLock, Entry, Seal, hash};
use crate::parsed::ParsedChain;
use crate::problem::{Problem, Problems};
use crate::{CHAIN_LOCK, Dialect};

/// The dialects are those that chain.lock names, wherever else they are named.
pub(super) fn same_dialects(parsed: &ParsedChain<'_>, lock: &ChainLock, problems: &mut Problems) {
    let named = &parsed.options.dialects;
    let same = named.len() == lock.dialects.len()
        && named.iter().all(|dialect| lock.dialects.contains(dialect));
    if named.is_empty() || lock.dialects.is_empty() || same {
        return;
    }
    let list = |dialects: &[Dialect], between: &str| {
        let names: Vec<&str> = dialects.iter().map(|one| one.name()).collect();
        names.join(between)
    };
    let message = format!(
        "chain.lock names {}, and `dialects = [{}]` is given beside it",
        list(&lock.dialects, " and "),
        list(named, ", ")
    );
    let problem = Problem::file(path(parsed), message)
        .help("leave the option out of the macro or migrate.toml: chain.lock says it for all")
        .help("to add a dialect, name it in the line `dialects` of chain.lock; `cargo migrate lock` adds the hashes");
    problems.push(problem);
}

/// What a release sealed is there, and runs what it ran.
pub(super) fn seals_hold(parsed: &ParsedChain<'_>, lock: &ChainLock, problems: &mut Problems) {
    let by_id: HashMap<&str, usize> = (parsed.files.iter().enumerate())
        .map(|(index, file)| (file.id(), index))
        .collect();
    let replaced: HashSet<&str> = (parsed.files.iter())
        .flat_map(|file| file.header.replaces.iter().map(|range| file.text(range)))
        .collect();
    // A file that stands on a missing one was reported for that.
    let wanted: HashSet<&str> = (parsed.every_file())
        .flat_map(|(_, file)| {
            file.header
                .down_revision
                .iter()
                .map(|range| file.text(range))
        })
        .collect();
    let mut seals: Vec<(&Entry, &Seal)> = (lock.seals().into_values())
        .filter_map(|entry| Some((entry, entry.seal.as_ref()?)))
        .collect();
    seals.sort_by_key(|(entry, _)| entry.line);
    for (entry, seal) in seals {
        let id = entry.revision.as_str();
        let Some(&index) = by_id.get(id) else {
            if !replaced.contains(id) && !wanted.contains(id) && !parsed.unread.may_be(id) {
                let message = format!(
                    "`{id}`, sealed by {}, is missing from the directory",
                    seal.release
                );
                problems.push(Problem::line(path(parsed), entry.line, message).help(
                    "databases have it recorded: put the file back, or `cargo migrate squash` it",
                ));
            }
            continue;
        };
        let contents = &parsed.contents[index];
        let now = |dialect| {
            let content = contents.iter().find(|(of, _)| *of == dialect);
            content.map(|(_, content)| hash(content))
        };
        // A dialect that the chain no longer has can't be compared.
        if !seal.holds(|dialect, before| now(dialect).is_none_or(|now| now == before)) {
            let file = &parsed.files[index];
            let message = format!(
                "the upgrade of `{id}` was edited after {} sealed it",
                seal.release
            );
            problems.push(
                Problem::file(file.shown.as_str(), message)
                    .help("databases that ran it will not run it again: put it back, and write a new revision")
                    .help("the downgrade, the header and the section properties may change"),
            );
        }
    }
}

/// The sealed revisions stand at the bottom, in the order in which they were sealed: a database of that
/// release is past the place of anything that comes between.
pub(super) fn seals_in_order(parsed: &ParsedChain<'_>, lock: &ChainLock, problems: &mut Problems) {
    // Only a whole chain has an order.
    if !parsed.whole || parsed.order.len() < parsed.files.len() {
        return;
    }
    let seals = lock.seals();
    for &index in &parsed.order {
        let file = &parsed.files[index];
        let Some(release) = seals.get(file.id()).and_then(|entry| entry.seal.as_ref()) else {
            continue;
        };
        for below in parsed.graph.requires(index) {
            let below = &parsed.files[below];
            // A squash is sealed by what it replaces.
            if seals.contains_key(below.id()) || !below.header.replaces.is_empty() {
                continue;
            }
            let message = format!(
                "`{}`, sealed by {}, stands on `{}` ({}), which no release has",
                file.id(),
                release.release,
                below.id(),
                below.shown
            );
            let at = file
                .header
                .down_revision
                .iter()
                .chain(&file.header.depends_on);
            let mut at = at.filter(|range| file.text(range) == below.id());
            let problem = match at.next() {
                Some(range) => file.problem(range, message),
                None => Problem::file(file.shown.as_str(), message),
            };
            problems.push(problem.help(format!(
                "databases of {} are past that place and would never run it: move `{}` behind the released revisions (`down_revision`)",
                release.release,
                below.id()
            )));
        }
    }
    let sealed = |id: &&str| seals.contains_key(id);
    let now = parsed.order.iter().map(|&index| parsed.files[index].id());
    let now: Vec<&str> = now.filter(sealed).collect();
    let there: HashSet<&str> = now.iter().copied().collect();
    let mut seen = HashSet::new();
    let lines = lock.entries.iter().filter(|entry| {
        let id = entry.revision.as_str();
        there.contains(id) && seen.insert(id)
    });
    for (entry, id) in lines.zip(now) {
        if entry.revision != id {
            let message = format!(
                "`{}` stands here, and in the chain `{id}` does: what a release sealed keeps its order",
                entry.revision
            );
            problems.push(
                Problem::line(path(parsed), entry.line, message)
                    .help("put back the `down_revision` that was changed; if none was, `cargo migrate lock` writes the lines in their order"),
            );
            return;
        }
    }
}

fn path(parsed: &ParsedChain<'_>) -> String {
    format!("{}/{CHAIN_LOCK}", parsed.options.root)
}
