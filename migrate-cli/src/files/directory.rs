use std::path::PathBuf;

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{CHAIN_LOCK, Folder, Loaded, Options, load_graph};

use super::lock;
use crate::app::Source;
use crate::context::Context;
use crate::error::{Error, Result};

/// A versions directory that a command is about to write to.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    pub(crate) folder: Folder,
    pub(crate) options: Options,
    /// What it holds now.
    pub(crate) loaded: Loaded,
}

impl Directory {
    pub(crate) fn open(context: &mut Context<'_, '_>) -> Result<Directory> {
        let path = context.config.versions.clone();
        if !path.is_dir() {
            return Err(context.no_directory());
        }
        Directory::of(context, path)
    }

    /// The directory, or the empty one that the command is about to make.
    #[cfg(feature = "models")]
    pub(crate) fn begin(context: &mut Context<'_, '_>) -> Result<Directory> {
        let path = context.config.versions.clone();
        Directory::of(context, path)
    }

    fn of(context: &mut Context<'_, '_>, path: PathBuf) -> Result<Directory> {
        let folder = if path.is_dir() {
            context.folder()
        } else {
            Folder::new(&context.config.root)
        };
        for stray in folder.strays.iter() {
            context.streams.remark(format!("note: {stray}"))?;
        }
        let mut options = context.config.options();
        if let Source::App(migrations) = context.app.source {
            let chain = migrations.chain()?;
            chain.name.clone_into(&mut options.name);
            options.dialects.clone_from(&chain.dialects);
            options.multiple_heads = chain.multiple_heads;
        }
        if options.dialects.is_empty() {
            options.dialects = context.dialects(&folder)?;
        }
        // `revision --autogenerate` fills it.
        options.blank_head = true;
        let loaded = load_graph(folder.clone(), &options)?;
        Ok(Directory {
            path,
            folder,
            options,
            loaded,
        })
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    /// The text of a file in it.
    pub(crate) fn text(&self, path: &str) -> Result<&str> {
        let file = self.folder.files.iter().find(|file| file.path == path);
        file.map(|file| file.text.as_str())
            .ok_or_else(|| Error::failed(format!("{}/{path} is gone", self.folder.root)))
    }

    /// How a file in it is shown.
    pub(crate) fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.folder.root)
    }

    /// A path in it, of one that is shown.
    #[cfg(feature = "models")]
    pub(crate) fn inside<'p>(&self, shown: &'p str) -> &'p str {
        let rest = shown.strip_prefix(self.folder.root.as_str());
        rest.map_or(shown, |rest| rest.trim_start_matches('/'))
    }

    pub(crate) fn lock_path(&self) -> PathBuf {
        self.file(CHAIN_LOCK)
    }

    /// What chain.lock says, where there is one.
    pub(crate) fn chain_lock(&self) -> Result<Option<ChainLock>> {
        let text = self.folder.chain_lock.as_deref();
        text.map(|text| lock::read(&self.folder.root, text))
            .transpose()
    }

    /// True while chain.lock holds a merge conflict.
    pub(crate) fn has_conflict(&self) -> bool {
        self.folder
            .chain_lock
            .as_deref()
            .is_some_and(lock::has_conflict)
    }

    /// The release that sealed a revision.
    pub(crate) fn sealed(&self, revision: &str) -> Result<Option<String>> {
        let lock = self.chain_lock()?.unwrap_or_default();
        Ok(lock.seal_of(revision).map(|seal| seal.release.clone()))
    }
}
