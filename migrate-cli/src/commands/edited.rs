//! Revisions that were edited since they were applied, while no release has sealed them: the log has kept what takes
//! them down.

use migrate_chain::{Chain, load_graph};
use migrate_runtime::{Changed, Migrations};

use crate::context::Context;
use crate::database::{Database, on};
use crate::error::{Error, Result};
use crate::files::Directory;

/// The ids of what was edited.
///
/// # Errors
///
/// A release has sealed one of them, or one was put elsewhere.
pub(super) fn edited(
    context: &Context<'_, '_>,
    directory: &Directory,
    migrations: &Migrations,
    database: &mut Database,
) -> Result<Vec<String>> {
    let mut migrator = context.migrator(migrations);
    let differences = on!(database, conn => migrator.verify(conn))?;
    let mut edited = Vec::new();
    for difference in differences {
        let id = difference.revision;
        if difference.what != Changed::Content {
            return Err(Error::failed(format!(
                "`{id}` was put elsewhere in the chain after it was applied"
            ))
            .note("nothing was changed")
            .help("put its header back: `down_revision` is where it was when it ran"));
        }
        if let Some(release) = directory.sealed(&id)? {
            return Err(
                Error::failed(format!("`{id}` was edited after {release} sealed it"))
                    .note("nothing was changed")
                    .help("put it back, and write a new revision"),
            );
        }
        edited.push(id);
    }
    Ok(edited)
}

/// The chain without the edited revisions and all that stands on them: to such a chain the database is ahead, by
/// revisions whose scripts the log has.
pub(super) fn below(
    directory: &Directory,
    chain: &Chain<'_>,
    edited: &[String],
) -> Result<Migrations> {
    let positions: Vec<usize> = edited.iter().filter_map(|id| chain.index_of(id)).collect();
    let above = chain.dependents(&positions);
    let gone = |at: usize| positions.contains(&at) || above.get(at).is_some_and(|is| *is);
    let mut folder = directory.folder.clone();
    folder.strays = Default::default();
    folder.chain_lock = None;
    folder.files.retain(|file| {
        let mut all = (0..chain.len()).map(|at| (at, chain.get(at).path));
        !all.any(|(at, path)| path == file.path && gone(at))
    });
    let mut options = directory.options.clone();
    options.head = None;
    Ok(load_graph(folder, &options)?.into())
}
