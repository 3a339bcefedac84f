use serde::Serialize;

use super::change::{self, Kind};
use super::edited::{below, edited};
use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::Access;
use crate::error::Result;
use crate::files::Directory;
use crate::render::json::Done;

/// Take edited open revisions down and up again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What was edited since it was applied, and what stands on it, is taken down by the scripts that the
log kept, and applied as the files are now. Revisions that a release sealed are refused.

Example:
  redo                         after `upgrade`, a look, and an edit")]
pub(crate) struct Redo {}

#[derive(Debug, Serialize)]
struct Redone<'r> {
    edited: &'r [String],
    down: Option<Done<'r>>,
    up: Option<Done<'r>>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Redo) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let migrations = context.migrations(Need::Scripts)?;
    let chain = migrations.chain()?;
    let mut database = context.connect(Access::Read)?;
    let remembered = context.same_environment(&migrations, &mut database)?;
    let edited = edited(context, &directory, &migrations, &mut database)?;
    if edited.is_empty() {
        if context.global.json {
            json(
                context,
                &Redone {
                    edited: &edited,
                    down: None,
                    up: None,
                },
            )?;
        } else {
            let recorded = context.recorded(&migrations, &mut database)?;
            for id in recorded.iter().filter(|id| chain.index_of(id).is_none()) {
                context.streams.remark(format!(
                    "note: `{id}` is applied and not in this chain: was its file removed, or is it another branch's?"
                ))?;
            }
            (context.streams).remark("nothing to do: no applied revision was edited since")?;
        }
        return Ok(Exit::Done);
    }
    let below = below(&directory, &chain, &edited)?;
    let before = context.recorded(&migrations, &mut database)?;
    let remembered = remembered.as_deref();
    let down = change::run(context, Kind::Unknown, &below, &mut database, remembered)?;
    let up = match &before[..] {
        [head] => change::run(
            context,
            Kind::Upgrade(head),
            &migrations,
            &mut database,
            remembered,
        )?,
        _ => change::run(
            context,
            Kind::Upgrade("heads"),
            &migrations,
            &mut database,
            remembered,
        )?,
    };
    if context.global.json {
        let redone = Redone {
            edited: &edited,
            down: Some(Done::from(&down)),
            up: Some(Done::from(&up)),
        };
        json(context, &redone)?;
    }
    Ok(Exit::Done)
}
