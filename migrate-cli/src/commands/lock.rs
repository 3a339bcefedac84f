use crate::Exit;
use crate::context::Context;
use crate::error::Result;
use crate::files::{Directory, Edit};

/// Bring chain.lock up to date, or begin one
#[derive(Debug, clap::Args)]
pub(crate) struct Lock {}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Lock) -> Result<Exit> {
    let directory = Directory::open(context)?;
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
    if !context.global.json {
        context.streams.line(format!("Wrote {shown}"))?;
    }
    Ok(Exit::Done)
}
