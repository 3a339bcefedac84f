use migrate_chain::set_key;
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, placeholder};

/// Seal the open revisions, and label them with a release
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Afterwards an edit of a sealed upgrade fails the build. `version:` in the header gets the release's
number, and so does a placeholder in a file name or a message: vX_X_X, vx_x_x, vx-x-x, vX.X.X.

Example:
  release v1.2.0")]
pub(crate) struct Release {
    /// Its name, such as v1.2.0
    version: String,
}

#[derive(Debug, Serialize)]
struct Report<'r> {
    version: &'r str,
    revisions: Vec<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Release) -> Result<Exit> {
    let version = args.version.as_str();
    let directory = Directory::open(context)?;
    let chain = directory.loaded.packed().chain()?;
    if chain.is_empty() {
        return Err(Error::failed("there is no revision to seal").help(format!(
            "`{} revision -m \"create users\"` writes the first",
            context.program
        )));
    }
    let mut edit = Edit::new(&directory);
    edit.unedited()?;
    // What is sealed must be able to run: everything is checked, not only the graph.
    let mut folder = directory.folder.clone();
    folder.chain_lock = None;
    folder.strays = Default::default();
    let mut options = directory.options.clone();
    // It is still to be written.
    options.blank_head = false;
    migrate_chain::load(folder, &options)
        .map_err(|problems| Error::from(problems).note("nothing was sealed"))?;
    let number = version.trim_start_matches(['v', 'V']);
    let mut sealed = Vec::new();
    for revision in chain.revisions() {
        if directory.sealed(revision.id)?.is_some() {
            continue;
        }
        sealed.push(revision.id.to_owned());
        let text = directory.text(revision.path)?;
        let text = match revision.version {
            Some(_) => text.to_owned(),
            None => set_key(text, "version", version).ok_or_else(|| {
                Error::failed(format!("{} has no header", directory.shown(revision.path)))
            })?,
        };
        // The message stands first in the file, and says what its name says.
        let text = match placeholder::fill(revision.message, number) {
            Some(message) => text.replacen(revision.message, &message, 1),
            None => text,
        };
        let path = revision.path.to_owned();
        let path = placeholder::fill(&path, number).unwrap_or(path);
        edit.replace(revision.path, path, text);
    }
    edit.release(version);
    #[cfg(feature = "models")]
    if let Some(proofs) = super::prove::lacking(context, &directory)
        .map_err(|error| error.note("nothing was sealed"))?
    {
        edit.prove(proofs);
    }
    edit.write()?;
    #[cfg(feature = "models")]
    crate::upkeep::refresh(context)?;
    if context.global.json {
        json(
            context,
            &Report {
                version,
                revisions: sealed,
            },
        )?;
    } else {
        let shown = match &sealed[..] {
            [] => "nothing was open".to_owned(),
            ids => format!("sealed {}", ids.join(", ")),
        };
        context.streams.line(format!("{version}: {shown}"))?;
    }
    Ok(Exit::Done)
}
