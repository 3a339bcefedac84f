//! A program that was built before the files beside it were what they are now.

use std::collections::HashMap;

use migrate_chain::{Chain, Folder, Options, Said, load_graph};

use crate::app::Source;
use crate::context::Context;
use crate::error::Error;

impl Context<'_, '_> {
    /// Where the program carries other revisions than the versions directory at hand holds: what differs, in words.
    ///
    /// `None`: they are the same, there is no such directory, or it is that of another chain.
    pub(crate) fn outdated(&self) -> Option<String> {
        let Source::App(migrations) = self.app.source else {
            return None;
        };
        if !self.config.versions.is_dir() {
            return None;
        }
        let built = migrations.chain().ok()?;
        let folder = self.folder();
        let is_known = is_of(&folder, &built);
        let root = &self.config.root;
        let Ok(loaded) = load_graph(folder, &self.options_of(&built)) else {
            // It was built from files that could be read.
            return is_known.then(|| format!("{root} was edited, and can't be read any more"));
        };
        let now = loaded.packed();
        let now = now.chain().ok()?;
        let is_ours = is_known
            || now
                .revisions()
                .iter()
                .any(|one| built.index_of(one.id).is_some());
        if is_ours {
            difference(root, &built, &now)
        } else {
            None
        }
    }
}

impl Context<'_, '_> {
    /// The files that a chain was built from, where they are at hand.
    pub(crate) fn files_of(&self, built: &Chain<'_>) -> Option<Folder> {
        let folder = self.folder();
        is_of(&folder, built).then_some(folder)
    }

    /// How those files are checked.
    pub(crate) fn options_of(&self, built: &Chain<'_>) -> Options {
        let mut options = self.config.options();
        options.said = Said::Macro;
        built.name.clone_into(&mut options.name);
        options.dialects.clone_from(&built.dialects);
        options.multiple_heads = built.multiple_heads;
        options.multiple_bases |= built.bases().len() > 1;
        // A debug build takes one.
        options.blank_head = true;
        options
    }
}

fn is_of(folder: &Folder, built: &Chain<'_>) -> bool {
    let knows = |path: &str| built.revisions().iter().any(|one| one.path == path);
    folder.files.iter().any(|file| knows(&file.path))
}

/// The first difference that a person should look at.
fn difference(root: &str, built: &Chain<'_>, now: &Chain<'_>) -> Option<String> {
    let by_id: HashMap<&str, usize> = (built.revisions().iter().enumerate())
        .map(|(at, one)| (one.id, at))
        .collect();
    let is_new = |at: &usize| !by_id.contains_key(now.get(*at).id);
    if let Some(at) = (0..now.len()).find(is_new) {
        return Some(format!("{root}/{} was added", now.get(at).path));
    }
    if let Some(gone) = built
        .revisions()
        .iter()
        .find(|one| now.index_of(one.id).is_none())
    {
        return Some(format!("{root}/{} was removed", gone.path));
    }
    now.revisions().iter().find_map(|one| {
        let before = built.get(*by_id.get(one.id)?);
        if before.path != one.path {
            return Some(format!("{root}/{} was renamed", before.path));
        }
        (before.text() != one.text()).then(|| format!("{root}/{} was edited", one.path))
    })
}

/// What the command line says of it.
pub(crate) fn warning(what: &str) -> String {
    format!("warning: this program was built before {what}: build it again")
}

/// What stands for an answer where a wrong one would be believed.
pub(crate) fn error(what: &str) -> Error {
    Error::failed(format!("this program was built before {what}"))
        .note("what it carries is not what the files say, so neither was checked")
        .help("build it again; `cargo run` does")
        .help("where nothing was built although files changed, build.rs lacks `println!(\"cargo::rerun-if-changed=..\")`: `cargo migrate init` says which line")
}
