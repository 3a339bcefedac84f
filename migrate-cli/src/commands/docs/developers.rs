//! Who wrote a revision.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use migrate_chain::Chain;

use super::{markdown, table};

/// The developer of each revision, by its id, as the cell of a table.
///
/// What README.md has stays: a name is looked up once. So no clone that lacks history, and no commit that moves files, makes
/// it stale. Else it is the author of the commit that brought the file, or whoever is at the keyboard before that commit.
pub(super) fn developers(
    chain: &Chain<'_>,
    versions: &Path,
    known: &str,
) -> BTreeMap<String, String> {
    let mut found = table::developers(known);
    let is_missing = |id: &str| !found.contains_key(id);
    let missing: Vec<&str> = (0..chain.len())
        .map(|at| chain.get(at).id)
        .filter(|id| is_missing(id))
        .collect();
    if missing.is_empty() {
        return found;
    }
    let format = [
        "log",
        "--reverse",
        "--no-renames",
        "--diff-filter=A",
        "--format=%x01%aN",
    ];
    let history = git(
        versions,
        &[&format[..], &["--name-only", "--", "."]].concat(),
    );
    let mut authors: BTreeMap<&str, String> = BTreeMap::new();
    for commit in history.as_deref().unwrap_or_default().split('\u{1}') {
        let mut lines = commit.lines();
        let author = lines.next().unwrap_or_default();
        for path in lines {
            let name = path.rsplit('/').next().unwrap_or_default();
            for id in missing.iter().filter(|id| name.contains(*id)) {
                authors.entry(id).or_insert_with(|| markdown::cell(author));
            }
        }
    }
    let me = git(versions, &["config", "user.name"]).unwrap_or_default();
    for id in missing {
        let author = authors.remove(id);
        found.insert(
            id.to_owned(),
            author.unwrap_or_else(|| markdown::cell(me.trim())),
        );
    }
    found
}

/// What git answers; `None` where there is no git, no repository, or no commit.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}
