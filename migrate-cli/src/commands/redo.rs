use migrate_chain::load_graph;
use migrate_runtime::{Changed, Migrations};
use serde::Serialize;

use super::change::{self, Kind};
use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::{Access, on};
use crate::error::{Error, Result};
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
    let mut migrator = context.migrator(&migrations);
    let differences = on!(database, conn => migrator.verify(conn))?;
    drop(migrator);
    let mut edited = Vec::new();
    for difference in &differences {
        let id = &difference.revision;
        if difference.what != Changed::Content {
            return Err(Error::failed(format!(
                "`{id}` was put elsewhere in the chain after it was applied"
            ))
            .note("nothing was changed")
            .help("put its header back: `down_revision` is where it was when it ran"));
        }
        if let Some(release) = directory.sealed(id)? {
            return Err(
                Error::failed(format!("`{id}` was edited after {release} sealed it"))
                    .note("nothing was changed")
                    .help("put it back, and write a new revision"),
            );
        }
        edited.push(id.clone());
    }
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
    let positions: Vec<usize> = edited.iter().filter_map(|id| chain.index_of(id)).collect();
    let above = chain.dependents(&positions);
    let gone = |at: usize| positions.contains(&at) || above.get(at).is_some_and(|is| *is);
    // To a chain without them the database is ahead, by revisions whose scripts the log has.
    let mut folder = directory.folder.clone();
    folder.strays = Default::default();
    folder.chain_lock = None;
    folder.files.retain(|file| {
        let mut all = (0..chain.len()).map(|at| (at, chain.get(at).path));
        !all.any(|(at, path)| path == file.path && gone(at))
    });
    let mut options = directory.options.clone();
    options.head = None;
    let below: Migrations = load_graph(folder, &options)?.into();
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
