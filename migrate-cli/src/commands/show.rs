use migrate_chain::Applied;

use super::{json, target};
use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::Access;
use crate::error::{Error, Result};
use crate::render::form;
use crate::render::json::Revision;

/// Show a revision in full
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  show head
  show ae10")]
pub(crate) struct Show {
    /// An id or the start of it, a branch label, head, heads or current
    #[arg(value_name = "REV", allow_hyphen_values = true)]
    revision: String,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Show) -> Result<Exit> {
    let target = target(&args.revision, "show")?;
    let migrations = context.migrations(Need::Graph)?;
    let chain = migrations.chain()?;
    let applied = if target.is_relative_to_current() {
        let mut database = context.connect(Access::Read)?;
        Recorded::new(&chain, context.recorded(&migrations, &mut database)?).applied
    } else {
        Applied::of_rows(&chain, &[])
    };
    let shown = target.positions(&chain, &applied)?;
    if shown.is_empty() && !target.is_relative_to_current() {
        return Err(Error::failed(format!(
            "`{target}` is before the first revision: there is nothing to show"
        )));
    }
    if context.global.json {
        let revisions: Vec<_> = shown.iter().map(|&at| Revision::new(&chain, at)).collect();
        json(context, &revisions)?;
        return Ok(Exit::Done);
    }
    for at in shown {
        context.streams.line(form::entry(&chain, at, false))?;
    }
    Ok(Exit::Done)
}
