use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};

/// Bring chain.lock up to date, or begin one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  lock                         after a merge in git, or a file written by hand")]
pub(crate) struct Lock {}

#[derive(Debug, Serialize)]
struct Wrote<'w> {
    path: &'w str,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Lock) -> Result<Exit> {
    let directory = Directory::open(context)?;
    if directory.options.dialects.is_empty() {
        return Err(Error::failed(
            "which database the revisions are for isn't known: no file, flag or URL names one",
        )
        .note("nothing was written")
        .help(
            "say it with `--dialect sqlite`, `--dialect postgres` or both, and chain.lock keeps it",
        ));
    }
    let mut edit = Edit::new(&directory);
    edit.unedited()?;
    edit.lock();
    edit.write()?;
    let shown = directory.shown(migrate_chain::CHAIN_LOCK);
    if directory.has_conflict() {
        context.streams.remark(format!(
            "note: {shown} held a merge conflict; the lines of both sides are kept"
        ))?;
    }
    let heads = directory
        .loaded
        .packed()
        .chain()
        .map_or(0, |chain| chain.heads().len());
    if heads > 1 && !directory.options.multiple_heads {
        context.streams.remark(format!(
            "note: the chain has {heads} heads: join them with `merge heads`, or `rebase` one"
        ))?;
    }
    #[cfg(feature = "models")]
    crate::upkeep::refresh(context)?;
    if context.global.json {
        json(context, &Wrote { path: &shown })?;
    } else {
        context.streams.line(format!("Wrote {shown}"))?;
    }
    Ok(Exit::Done)
}
