use migrate_chain::{Applied, Chain, set_key};

use super::{json, target};
use crate::Exit;
use crate::context::{Context, Recorded};
use crate::database::{Access, Database, on};
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};

/// Put an unreleased branch on top of another head
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Of two heads, each from a branch in git, one goes on top of the other: its first revision gets a
new down_revision. Revisions that a release sealed, or that the database has applied, stay where
they are.

Examples:
  rebase b111                  on top of the other head
  rebase b111 --onto 27c6")]
pub(crate) struct Rebase {
    /// A revision of the branch that moves
    #[arg(value_name = "REV")]
    revision: String,
    /// Where it goes [default: the other head]
    #[arg(long, value_name = "HEAD")]
    onto: Option<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Rebase) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let chain = directory.loaded.packed().chain()?;
    let moved = one(&chain, &args.revision)?;
    let onto = match &args.onto {
        Some(word) => one(&chain, word)?,
        None => other_head(&chain, moved)?,
    };
    let branch = branch(&chain, moved, onto)?;
    unreleased(&directory, &chain, &branch)?;
    unapplied(context, &directory, &chain, &branch)?;
    let (Some(&first), id) = (branch.first(), chain.get(onto).id) else {
        return Ok(Exit::Done);
    };
    let revision = chain.get(first);
    let text = directory.text(revision.path)?;
    let text = set_key(text, "down_revision", id).ok_or_else(|| {
        Error::failed(format!("{} has no header", directory.shown(revision.path)))
    })?;
    let mut edit = Edit::new(&directory);
    edit.replace(revision.path, revision.path.to_owned(), text);
    edit.write()?;
    #[cfg(feature = "models")]
    crate::upkeep::refresh(context)?;
    let path = directory.shown(revision.path);
    if context.global.json {
        let written = super::revision::Written {
            revision: revision.id,
            down_revision: &[id.to_owned()],
            path,
        };
        json(context, &written)?;
    } else {
        context
            .streams
            .line(format!("Rebased {path}: down_revision is `{id}` now"))?;
    }
    Ok(Exit::Done)
}

fn one(chain: &Chain<'_>, word: &str) -> Result<usize> {
    let target = target(word, "rebase")?;
    if target.is_relative_to_current() {
        return Err(Error::usage(format!(
            "`{target}` depends on a database; `rebase` names revisions"
        )));
    }
    match target.positions(chain, &Applied::of_rows(chain, &[]))?[..] {
        [at] => Ok(at),
        _ => Err(Error::failed(format!("`{target}` is not one revision"))),
    }
}

fn other_head(chain: &Chain<'_>, moved: usize) -> Result<usize> {
    let above = chain.descendants(&[moved]);
    let others: Vec<usize> = chain
        .heads()
        .into_iter()
        .filter(|&head| !above[head])
        .collect();
    match others[..] {
        [other] => Ok(other),
        [] => Err(Error::failed("there is no other head to go on top of")
            .help("`heads` lists what there is")),
        _ => {
            let ids: Vec<_> = others
                .iter()
                .map(|&at| format!("`{}`", chain.get(at).id))
                .collect();
            Err(
                Error::failed(format!("there are several other heads: {}", ids.join(", ")))
                    .help("choose one with `--onto`"),
            )
        }
    }
}

/// The revisions that move, the lowest first: what leads up to `moved`, and what stands on it, but
/// nothing that `onto` stands on.
fn branch(chain: &Chain<'_>, moved: usize, onto: usize) -> Result<Vec<usize>> {
    let (id, target) = (chain.get(moved).id, chain.get(onto).id);
    let kept = chain.closure(&[onto]);
    if kept[moved] {
        return Err(Error::failed(format!(
            "`{target}` stands on `{id}`, which can't go on top of it"
        ))
        .help("name a revision of the other branch"));
    }
    let mut lowest = moved;
    loop {
        match chain.parents(lowest) {
            [] => break,
            [parent] if kept[*parent] => break,
            [parent] => lowest = *parent,
            _ => {
                return Err(Error::failed(format!(
                    "`{}` merges branches, and can't be put elsewhere",
                    chain.get(lowest).id
                ))
                .help("`merge` joins the heads"));
            }
        }
    }
    let above = chain.dependents(&[lowest]);
    if above[onto] {
        return Err(Error::failed(format!(
            "`{target}` stands on `{}`, which would move",
            chain.get(lowest).id
        )));
    }
    if chain.parents(lowest) == [onto] {
        return Err(Error::failed(format!(
            "`{}` follows `{target}` already",
            chain.get(lowest).id
        )));
    }
    Ok((0..chain.len()).filter(|&at| above[at]).collect())
}

fn unreleased(directory: &Directory, chain: &Chain<'_>, branch: &[usize]) -> Result<()> {
    for &at in branch {
        let id = chain.get(at).id;
        if let Some(release) = directory.sealed(id)? {
            return Err(Error::failed(format!(
                "`{id}` was released as {release}: databases have it where it is"
            ))
            .help("`merge` joins the heads and moves nothing"));
        }
    }
    Ok(())
}

/// Asks the database, where one is named; one that can't be reached has to be looked at by a person.
fn unapplied(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    branch: &[usize],
) -> Result<()> {
    let Some(url) = context.config.url_if_any().cloned() else {
        return Ok(());
    };
    if !directory.options.dialects.contains(&url.dialect()) {
        return Ok(());
    }
    let recorded = Database::open(&url, Access::Read)
        .map_err(Error::from)
        .and_then(|mut database| {
            let migrations = context.migrations(crate::context::Need::Graph)?;
            let mut migrator = context.migrator(&migrations);
            Ok(on!(database, conn => migrator.current(conn))?)
        });
    let recorded = match recorded {
        Ok(recorded) => Recorded::new(chain, recorded),
        Err(error) => {
            context.streams.remark(format!(
                "note: the database could not be asked whether it has the branch: {error}"
            ))?;
            return Ok(());
        }
    };
    match branch.iter().find(|&&at| recorded.applied.contains(at)) {
        Some(&at) => Err(
            Error::failed(format!("`{}` is applied in {url}", chain.get(at).id))
                .help("take it back there first (`downgrade`), or join the heads with `merge`"),
        ),
        None => Ok(()),
    }
}
