//! What a release sealed stays as it was: by chain.lock, and by git, whose history nobody edits by
//! accident.

mod git;

use std::collections::BTreeSet;

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{Chain, Fingerprint, Folder, Options, Revision, load, load_graph};

use self::git::{Git, Release};
use super::files::options;
use super::{Result, Suite, all, file};
use crate::Error;

impl Suite<'_> {
    /// What a release sealed is there, runs the same, and stands on the same revisions.
    ///
    /// The build compares the files with chain.lock, so an edited script alone does not compile. This
    /// test looks where the build can't:
    ///
    /// * The newest release is looked up in git's history: in the tag of its name, or else in the commit
    ///   that sealed it. So a chain.lock that was deleted and written anew, or edited together with a
    ///   script, is found, and so is a `down_revision` that was changed.
    ///
    /// Where there is no repository, and in a clone without history, only chain.lock counts, and a note
    /// says so (`actions/checkout` fetches history with `fetch-depth: 0`).
    ///
    /// # Errors
    ///
    /// Every released revision that is not what it was.
    pub fn sealed_revisions_unchanged(&self) -> Result {
        let embedded = self.migrations.chain()?;
        let options = options(&embedded);
        let folder = self.folder(&embedded);
        let text = folder.chain_lock.clone().unwrap_or_default();
        let loaded = load(folder, &options).map_err(|problems| {
            Error::new("the versions directory is not right").with_source(problems)
        })?;
        let packed = loaded.packed();
        let chain = packed
            .chain()
            .map_err(|mismatch| Error::new(mismatch.to_string()))?;
        let lock = ChainLock::parse(embedded.root, &text)
            .map_err(|problems| Error::new("chain.lock is not right").with_source(problems))?;
        let mut errors = Vec::new();
        match Git::of(self.crate_dir, embedded.root) {
            Ok(git) => {
                let release = git.release()?;
                if let Some(release) = &release {
                    errors.extend(changed(
                        &chain,
                        release,
                        git.folder(&release.commit)?,
                        &options,
                    ));
                } else if lock.entries.iter().any(|entry| entry.seal.is_some()) {
                    note("git's history knows no release yet: only chain.lock counts");
                }
                if git.is_shallow() {
                    note("the clone is shallow: a release counts only as far as its history goes");
                }
            }
            Err(error) => note(&format!("no history, only chain.lock counts: {error:#}")),
        }
        all(errors)
    }
}

/// The test's output shows it when it fails, or with `--nocapture`.
fn note(text: &str) {
    eprintln!("note: {text}");
}

/// The sealed revisions that are not as the release has them, those above them left out.
fn changed(now: &Chain<'_>, release: &Release, folder: Folder, options: &Options) -> Vec<Error> {
    let Ok(loaded) = load_graph(folder, options) else {
        // A release that could not be built holds nobody to anything.
        return Vec::new();
    };
    let packed = loaded.packed();
    let Ok(then) = packed.chain() else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    for entry in &release.lock.entries {
        let Some(seal) = &entry.seal else { continue };
        let id = entry.revision.as_str();
        let Some(old) = then.index_of(id) else {
            continue;
        };
        let Some(at) = now.index_of(id) else {
            if now.replacing(id).is_none() {
                errors.push(missing(&then, release, id));
            }
            continue;
        };
        let mut dialects = seal.content.iter().map(|(dialect, _)| *dialect);
        let (was, is) = (then.get(old), now.get(at));
        // A squash answers to the id of the last revision it replaces.
        if dialects
            .clone()
            .all(|dialect| was.fingerprint(dialect) == is.fingerprint(dialect))
            || is.id != id
        {
            continue;
        }
        let content = |one: &Revision<'_>, dialect| Fingerprint::of_content(&one.content(dialect));
        let edited = dialects.find(|&dialect| content(was, dialect) != content(is, dialect));
        let below = |chain: &Chain<'_>, at: usize| -> BTreeSet<String> {
            let below = chain.parents(at).iter().chain(chain.dependencies(at));
            // A squash of what was below stands for it.
            let name = |&one: &usize| {
                let id = chain.get(one).id;
                now.index_of(id)
                    .map_or(id, |one| now.get(one).id)
                    .to_owned()
            };
            below.map(name).collect()
        };
        let (stood, stands) = (below(&then, old), below(now, at));
        if let Some(dialect) = edited {
            errors.push(
                Error::new(format!(
                    "{}the upgrade of `{id}` on {dialect} is not what {} brought ({})",
                    file(now, id),
                    release.name,
                    release.shown
                ))
                .with_help("databases that ran it will not run it again: put it back, and write a new revision")
                .with_help(diff(now, &then, release, id)),
            );
        } else if stood != stands {
            errors.push(
                Error::new(format!(
                    "{}`{id}` stands on {}, and stood on {} in {} ({})",
                    file(now, id),
                    words(&stands),
                    words(&stood),
                    release.name,
                    release.shown
                ))
                .with_help("databases have it recorded as it was: put `down_revision` and `depends_on` back")
                .with_help(diff(now, &then, release, id)),
            );
        }
        // Else only something below it differs, which is told there.
    }
    errors
}

fn missing(then: &Chain<'_>, release: &Release, id: &str) -> Error {
    let path = then.index_of(id).map_or("", |at| then.get(at).path);
    Error::new(format!(
        "{}/{path}: `{id}`, which {} brought ({}), is missing",
        then.root, release.name, release.shown
    ))
    .with_help(format!(
        "databases have it recorded: put the file back (`git checkout {} -- {}/{path}`), or `squash` it",
        revision_of(release),
        then.root
    ))
}

fn diff(now: &Chain<'_>, then: &Chain<'_>, release: &Release, id: &str) -> String {
    let path = |chain: &Chain<'_>| {
        chain.index_of(id).map_or(String::new(), |at| {
            format!("{}/{}", chain.root, chain.get(at).path)
        })
    };
    let (now, then) = (path(now), path(then));
    let commit = revision_of(release);
    if now == then {
        format!("`git diff {commit} -- {now}` shows it")
    } else {
        format!("`git diff {commit}:./{then} {now}` shows it")
    }
}

/// What git is asked for.
fn revision_of(release: &Release) -> &str {
    match release.shown.strip_prefix("tag ") {
        Some(tag) => tag,
        None => &release.shown,
    }
}

fn words(ids: &BTreeSet<String>) -> String {
    if ids.is_empty() {
        "nothing".to_owned()
    } else {
        ids.iter()
            .map(|id| format!("`{id}`"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}
