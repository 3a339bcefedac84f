use std::fs;

use migrate_chain::chain_lock::Proof;
#[cfg(feature = "models")]
use migrate_chain::load;
use migrate_chain::{ADOPT_SQL, Folder, Loaded, SourceFile, load_graph};
#[cfg(feature = "models")]
use migrate_runtime::Migrations;

use super::directory::Directory;
use super::{lock, write};
use crate::error::{Error, Result};

/// Changes to a versions directory, collected, tried in memory, then written.
#[derive(Debug, Clone)]
pub(crate) struct Edit<'d> {
    directory: &'d Directory,
    created: Vec<SourceFile>,
    /// Old path, and what stands there or under another path afterwards.
    replaced: Vec<(String, SourceFile)>,
    deleted: Vec<String>,
    /// A release that seals what is open.
    release: Option<String>,
    /// A new revision that is sealed from the start, and by which release.
    sealed: Option<(String, String)>,
    /// adopt.sql, as it will be.
    adopt: Option<String>,
    /// What was seen working.
    proofs: Vec<Proof>,
    /// True for a lock file that may be new.
    locks: bool,
}

impl<'d> Edit<'d> {
    pub(crate) fn new(directory: &'d Directory) -> Edit<'d> {
        Edit {
            directory,
            created: Vec::new(),
            replaced: Vec::new(),
            deleted: Vec::new(),
            release: None,
            sealed: None,
            adopt: None,
            proofs: Vec::new(),
            locks: directory.folder.chain_lock.is_some(),
        }
    }

    /// Where it is done.
    pub(crate) fn directory(&self) -> &'d Directory {
        self.directory
    }

    /// Adds a file.
    pub(crate) fn create(&mut self, path: String, text: String) {
        self.created.push(SourceFile { path, text });
    }

    /// Changes a file, and its name if `to` is another.
    pub(crate) fn replace(&mut self, path: &str, to: String, text: String) {
        self.replaced
            .push((path.to_owned(), SourceFile { path: to, text }));
    }

    /// Removes a file.
    pub(crate) fn delete(&mut self, path: &str) {
        self.deleted.push(path.to_owned());
    }

    /// Seals every open revision.
    pub(crate) fn release(&mut self, version: &str) {
        self.release = Some(version.to_owned());
        self.locks = true;
    }

    /// Seals a new revision that takes the place of sealed ones.
    pub(crate) fn seal(&mut self, revision: &str, release: &str) {
        self.sealed = Some((revision.to_owned(), release.to_owned()));
    }

    /// Notes what was seen working.
    #[cfg(feature = "models")]
    pub(crate) fn prove(&mut self, proofs: Vec<Proof>) {
        self.proofs = proofs;
        self.locks = true;
    }

    /// Writes adopt.sql, which may be there already.
    #[cfg(feature = "models")]
    pub(crate) fn adopt(&mut self, text: String) {
        self.adopt = Some(text);
    }

    /// Writes chain.lock even where there was none.
    pub(crate) fn lock(&mut self) {
        self.locks = true;
    }

    /// The chain as it will be, with every rule held.
    #[cfg(feature = "models")]
    pub(crate) fn complete(&self) -> Result<Migrations> {
        let mut options = self.directory.options.clone();
        options.multiple_heads = true;
        let loaded = load(self.as_it_will_be(), &options)
            .map_err(|problems| Error::from(problems).note("nothing was written"))?;
        Ok(loaded.into())
    }

    /// The directory as it will be; fails where that is no chain.
    pub(crate) fn tried(&self) -> Result<Loaded> {
        load_graph(self.as_it_will_be(), &self.directory.options)
            .map_err(|problems| Error::from(problems).note("nothing was written"))
    }

    fn as_it_will_be(&self) -> Folder {
        let mut folder = Folder::new(&self.directory.folder.root);
        let gone = |path: &str| {
            self.deleted.iter().any(|deleted| deleted == path)
                || self.replaced.iter().any(|(old, _)| old == path)
        };
        let kept = self
            .directory
            .folder
            .files
            .iter()
            .filter(|file| !gone(&file.path));
        folder.files.extend(kept.cloned());
        folder.files.extend(self.created.iter().cloned());
        folder.adopt = match &self.adopt {
            Some(text) => Some(SourceFile {
                path: ADOPT_SQL.to_owned(),
                text: text.clone(),
            }),
            None => self.directory.folder.adopt.clone(),
        };
        folder
            .files
            .extend(self.replaced.iter().map(|(_, file)| file.clone()));
        folder.finish();
        folder
    }

    /// What would be written to the first file, and what chain.lock would say, where there is one.
    #[cfg(feature = "models")]
    pub(crate) fn shown(&self) -> Result<(&str, Option<String>)> {
        let lock = if self.locks {
            Some(self.lock_text(&self.tried()?)?)
        } else {
            None
        };
        let replaced = self.replaced.iter().map(|(_, file)| file);
        let first = replaced.chain(&self.created).next();
        Ok((first.map_or("", |file| file.text.as_str()), lock))
    }

    /// Writes everything; chain.lock last.
    pub(crate) fn write(self) -> Result<()> {
        let loaded = self.tried()?;
        let lock = if self.locks {
            Some(self.lock_text(&loaded)?)
        } else {
            None
        };
        for (old, file) in &self.replaced {
            if *old != file.path && self.directory.file(&file.path).exists() {
                return Err(Error::failed(format!(
                    "{} is there already",
                    self.directory.shown(&file.path)
                ))
                .note("nothing was written"));
            }
        }
        if !self.directory.path.is_dir() {
            self.io("", fs::create_dir_all(&self.directory.path))?;
        }
        for file in &self.created {
            write::create(&self.directory.file(&file.path), &file.text)?;
        }
        for (old, file) in &self.replaced {
            write::replace(&self.directory.file(old), &file.text)?;
            if *old != file.path {
                self.io(
                    &file.path,
                    fs::rename(self.directory.file(old), self.directory.file(&file.path)),
                )?;
            }
        }
        for path in &self.deleted {
            self.io(path, fs::remove_file(self.directory.file(path)))?;
        }
        if let Some(text) = &self.adopt {
            write::replace(&self.directory.file(ADOPT_SQL), text)?;
        }
        match lock {
            Some(text) => write::replace(&self.directory.lock_path(), &text),
            None => Ok(()),
        }
    }

    fn io(&self, path: &str, done: std::io::Result<()>) -> Result<()> {
        done.map_err(|error| Error::failed(format!("{}: {error}", self.directory.shown(path))))
    }

    fn lock_text(&self, loaded: &Loaded) -> Result<String> {
        let before = self.directory.chain_lock()?.unwrap_or_default();
        let chain = loaded.packed().chain()?;
        let mut now = before.updated(&chain);
        if let Some((id, release)) = &self.sealed
            && let Some(at) = chain.index_of(id)
        {
            now.seal(chain.get(at), release);
        }
        if let Some(version) = &self.release {
            now.release(version, &chain).map_err(Error::usage)?;
        }
        now.prove(self.proofs.clone());
        Ok(now.to_string())
    }

    /// Nothing that a release sealed was edited, or is gone.
    pub(crate) fn unedited(&self) -> Result<()> {
        let before = self.directory.chain_lock()?.unwrap_or_default();
        let now = self.tried()?;
        let chain = now.packed().chain()?;
        lock::unedited(&before, &chain)
    }
}
