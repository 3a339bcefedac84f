//! What the files alone tell.

use std::path::Path;

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{Chain, Folder, Options, load};

use super::{Result, Suite};
use crate::{Error, models};

impl Suite<'_> {
    /// The chain has one head.
    ///
    /// # Errors
    ///
    /// It has several.
    pub fn single_head(&self) -> Result {
        let chain = self.migrations.chain()?;
        let heads: Vec<&str> = chain.heads().iter().map(|&at| chain.get(at).id).collect();
        match heads.len() {
            0 | 1 => Ok(()),
            _ => Err(Error::new(format!("several heads: {}", heads.join(", ")))
                .with_help("join them: `merge` or `rebase`")),
        }
    }

    /// What is compiled in is what the versions directory holds, and chain.lock lists it.
    ///
    /// # Errors
    ///
    /// They differ, chain.lock is stale, or the directory is not right.
    pub fn embedded_matches_disk(&self) -> Result {
        let embedded = self.migrations.chain()?;
        let folder = self.folder(&embedded);
        let lock = folder.chain_lock.clone();
        let loaded = load(folder, &options(&embedded)).map_err(|problems| {
            Error::new("the versions directory is not right").with_source(problems)
        })?;
        let disk = loaded.packed();
        let disk = disk
            .chain()
            .map_err(|mismatch| Error::new(mismatch.to_string()))?;
        if !models::same(&embedded, &disk) {
            return Err(Error::new(format!(
                "the program was built from {}, and the files say {}",
                ids(&embedded),
                ids(&disk)
            ))
            .with_help(
                "build.rs has to say `cargo::rerun-if-changed=` of the versions directory",
            ));
        }
        let lock = lock.map(|text| ChainLock::read(embedded.root, &text).0);
        let stale = lock.map(|lock| lock.up_to_date(&disk));
        stale.unwrap_or(Ok(())).map_err(|problems| {
            Error::new("the versions directory is not right").with_source(problems)
        })
    }

    /// The versions directory as it is on disk.
    pub(super) fn folder(&self, embedded: &Chain<'_>) -> Folder {
        Folder::read(
            &Path::new(self.crate_dir).join(embedded.root),
            embedded.root,
        )
    }
}

/// What the chain was embedded with.
pub(super) fn options(embedded: &Chain<'_>) -> Options {
    let mut options = Options::new(embedded.root);
    embedded.name.clone_into(&mut options.name);
    options.dialects.clone_from(&embedded.dialects);
    options.multiple_heads = embedded.multiple_heads;
    options.multiple_bases = embedded.bases().len() > 1;
    // A debug build takes one, and `models_match` says what is to be written.
    options.blank_head = true;
    options
}

fn ids(chain: &Chain<'_>) -> String {
    let ids: Vec<&str> = chain.revisions().iter().map(|one| one.id).collect();
    if ids.is_empty() {
        "no revision".to_owned()
    } else {
        ids.join(", ")
    }
}
