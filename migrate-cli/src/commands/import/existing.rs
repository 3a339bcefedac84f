//! What was imported before, and what is added on top of it.

use migrate_chain::{Direction, Loaded, set_key};

use super::Importing;
use super::report::{Shown, shown};
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};
use crate::import::{Draft, Refused};

/// What is there, and which of the drafted revisions are new.
pub(super) struct Beside {
    pub(super) directory: Directory,
    /// By position in the draft: true for what was imported before.
    pub(super) is_there: Vec<bool>,
    pub(super) edited: Vec<Refused>,
}

impl Importing {
    /// Compares the draft with what was imported before.
    pub(super) fn beside(
        &self,
        mut directory: Directory,
        draft: &Draft,
        loaded: &Loaded,
    ) -> Result<Beside> {
        directory.options.dialects = match &directory.options.dialects[..] {
            [] => vec![self.dialect],
            [one] if *one == self.dialect => vec![self.dialect],
            _ => {
                return Err(Error::failed(format!(
                    "the chain in {} serves more than {}, and these migrations don't",
                    directory.folder.root, self.dialect
                ))
                .note("nothing was written")
                .help("import into a folder of its own: `--versions DIR`"));
            }
        };
        let packed = directory.loaded.packed();
        let chain = packed.chain()?;
        let adoption = packed.adoption()?;
        if let Some(adoption) = adoption.as_ref().filter(|one| one.tool != self.tool.name) {
            return Err(Error::failed(format!(
                "{} comes from {} already, and this folder is of {}",
                directory.folder.root, adoption.tool, self.tool.name
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        if adoption.is_none() && !chain.is_empty() {
            return Err(Error::failed(format!(
                "{} holds revisions already, and none of them comes from {}",
                directory.folder.root, self.tool.name
            ))
            .note("nothing was written")
            .help("import into a folder of its own: `--versions DIR`"));
        }
        let packed_new = loaded.packed();
        let new = packed_new.chain()?;
        let mut is_there = Vec::new();
        let mut edited = Vec::new();
        for one in &draft.revisions {
            let known = adoption
                .as_ref()
                .and_then(|adoption| adoption.position(&one.key));
            is_there.push(known.is_some());
            let (Some((at, _)), Some(own)) = (known, new.index_of(&one.id)) else {
                continue;
            };
            let (old, new) = (chain.get(at), new.get(own));
            let is_baseline = adoption
                .as_ref()
                .is_some_and(|adoption| adoption.keys(at).len() > 1);
            let content = |action: &migrate_chain::Action<'_>| match action {
                migrate_chain::Action::Script(script) => {
                    migrate_chain::fingerprint::normalized(script.text).to_owned()
                }
                _ => String::new(),
            };
            let up = |one: &migrate_chain::Revision<'_>| {
                content(one.action(Direction::Upgrade, self.dialect))
            };
            if !is_baseline && up(old) != up(new) {
                edited.push(Refused {
                    file: one.sources.first().cloned().unwrap_or_default(),
                    reason: format!(
                        "it was edited since it became {}, which stays as it is",
                        directory.shown(old.path)
                    ),
                });
            }
        }
        Ok(Beside {
            directory,
            is_there,
            edited,
        })
    }

    /// Adds what is new to the edit.
    pub(super) fn written(
        &self,
        beside: &Beside,
        draft: &Draft,
        edit: &mut Edit<'_>,
    ) -> Result<Vec<Shown>> {
        let directory = &beside.directory;
        let packed = directory.loaded.packed();
        let chain = packed.chain()?;
        let heads: Vec<&str> = chain.heads().iter().map(|&at| chain.get(at).id).collect();
        let mut parent = match heads[..] {
            [] => None,
            [head] => Some(head.to_owned()),
            _ => {
                return Err(Error::failed(
                    "the chain has several heads, and what is new follows one",
                )
                .note("nothing was written")
                .help("join them first: `merge` or `rebase`"));
            }
        };
        let mut revisions = Vec::new();
        let new = draft
            .revisions
            .iter()
            .zip(&beside.is_there)
            .filter(|(_, is_there)| !**is_there);
        for (one, _) in new {
            if let Some(at) = chain.index_of(&one.id) {
                return Err(Error::failed(format!(
                    "`{}` is taken: {}",
                    one.id,
                    directory.shown(chain.get(at).path)
                ))
                .note("nothing was written"));
            }
            let down = parent.as_deref().unwrap_or("none");
            let text = set_key(&one.file.text, "down_revision", down);
            edit.create(
                one.file.path.clone(),
                text.unwrap_or_else(|| one.file.text.clone()),
            );
            revisions.push(shown(directory, one));
            parent = Some(one.id.clone());
        }
        Ok(revisions)
    }
}
