use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::error::Result;
use crate::render::form::{self, Parts};
use crate::render::json::Revision;

/// Show the revisions that nothing follows
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  heads -v                     each in full")]
pub(crate) struct Heads {
    /// Leave out the heads that another one depends on
    #[arg(long)]
    resolve_dependencies: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Heads) -> Result<Exit> {
    let migrations = context.migrations(Need::Graph)?;
    let chain = migrations.chain()?;
    let heads = if args.resolve_dependencies {
        chain.effective_heads()
    } else {
        chain.heads()
    };
    if context.global.json {
        let revisions: Vec<_> = heads.iter().map(|&at| Revision::new(&chain, at)).collect();
        json(context, &revisions)?;
        return Ok(Exit::Done);
    }
    context.note_empty(&chain)?;
    for at in heads {
        let text = if context.global.verbose {
            form::entry(&chain, at, false)
        } else {
            form::line(&chain, at, Parts::HEADS, false)
        };
        context.streams.line(text)?;
    }
    Ok(Exit::Done)
}
