use migrate_chain::{
    Action, AdoptedKey, Applied, Chain, Dialect, Direction, Language, NewHeader, Range, set_key,
};

use super::json;
use super::revision::{Written, words};
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, Name, now};

/// Write one revision in place of many
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The revisions from A to B become one, which has the same effect and the same
fingerprint: a database that is at B, or past it, goes on as before. One in the
middle must be upgraded to B first, with the last release that has the old files.

With --as-is the new one is the schema that they make, and not their scripts one
below the other. It begins with the chain, can't be taken back, and leaves out
what they did to rows, but for the rows of tables that --data names.

Examples:
  squash ae10:27c6 -m \"everything before 2.0\"
  squash :27c6 --as-is --data countries")]
pub(crate) struct Squash {
    /// The first and the last of them
    #[arg(value_name = "A:B")]
    range: String,
    /// What they amount to
    #[arg(short, long, value_name = "TEXT", default_value = "squash")]
    message: String,
    /// Its id, in place of a new one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Write the schema as it is, and not the scripts
    #[cfg(feature = "models")]
    #[arg(long)]
    as_is: bool,
    /// With --as-is: a table whose rows belong to it
    #[cfg(feature = "models")]
    #[arg(long, value_name = "TABLE", value_delimiter = ',', requires = "as_is")]
    data: Vec<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Squash) -> Result<Exit> {
    let range: Range = args.range.parse()?;
    let directory = Directory::open(context)?;
    checked(&directory)?;
    let chain = directory.loaded.packed().chain()?;
    let positions = range.positions(&chain, &Applied::of_rows(&chain, &[]))?;
    let (Some(&first), Some(&last)) = (positions.first(), positions.last()) else {
        return Err(Error::failed(format!("`{range}` names no revisions")));
    };
    #[cfg(feature = "models")]
    let as_is = args.as_is;
    #[cfg(not(feature = "models"))]
    let as_is = false;
    if as_is {
        whole(&chain, &positions)?;
    } else {
        straight(&chain, &positions)?;
    }
    let id = super::revision::id(&chain, &directory, args.rev_id.as_deref())?;
    let message = args
        .message
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let moment = now(&context.app);
    let parents: Vec<String> = chain
        .parents(first)
        .iter()
        .map(|&at| chain.get(at).id.to_owned())
        .collect();
    let written = moment.to_string();
    let new = NewHeader {
        down_revision: &words(&parents),
        ..NewHeader::new(&message, &id, &written)
    };
    let adopts = adopted(&directory, &chain, &positions, &message)?;
    let new = NewHeader {
        adopts: &adopts.iter().map(String::as_str).collect::<Vec<_>>(),
        ..new
    };
    let mut text = header(&chain, &positions, &new);
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        #[cfg(feature = "models")]
        if as_is {
            let bodies = as_it_is(context, &directory, &chain, last, direction, &args.data)?;
            text.push_str(&sections(&bodies, direction));
            continue;
        }
        let body = |&dialect| Ok((dialect, body(&chain, &positions, direction, dialect)?));
        let bodies = chain
            .dialects
            .iter()
            .map(body)
            .collect::<Result<Vec<_>>>()?;
        text.push_str(&sections(&bodies, direction));
    }
    let name = Name::new(context.config.file.file_template.as_deref(), &chain)?;
    let path = format!("{}.sql", name.stem(&id, &message, &moment, chain.name));
    let mut edit = Edit::new(&directory);
    edit.create(path.clone(), text);
    positions
        .iter()
        .for_each(|&at| edit.delete(chain.get(at).path));
    if let Some(release) = released(&directory, &chain, &positions)? {
        edit.seal(&id, &release);
    }
    for &child in chain.required_by(last) {
        repoint(&directory, &chain, &mut edit, child, last, &id)?;
    }
    let tried = edit.tried()?;
    same_fingerprints(&chain, &tried.packed().chain()?, last, &id)?;
    edit.write()?;
    #[cfg(feature = "models")]
    crate::upkeep::refresh(context)?;
    let path = directory.shown(&path);
    if context.global.json {
        let written = Written {
            revision: &id,
            down_revision: &parents,
            path,
        };
        json(context, &written)?;
    } else {
        context.streams.line(format!(
            "Squashed {} revisions into {path}",
            positions.len()
        ))?;
    }
    Ok(Exit::Done)
}

/// Only what is whole is squashed: a script that is still to be written has no meaning yet.
fn checked(directory: &Directory) -> Result<()> {
    let mut folder = directory.folder.clone();
    folder.strays = Default::default();
    let mut options = directory.options.clone();
    options.multiple_heads = true;
    options.multiple_bases = true;
    options.head = None;
    migrate_chain::load(folder, &options)?;
    Ok(())
}

/// The last release of revisions that were all released: what stands for them is released too.
fn released(
    directory: &Directory,
    chain: &Chain<'_>,
    positions: &[usize],
) -> Result<Option<String>> {
    let mut last = None;
    for &at in positions {
        match directory.sealed(chain.get(at).id)? {
            Some(release) => last = Some(release),
            None => return Ok(None),
        }
    }
    Ok(last)
}

/// Nothing enters or leaves between the first and the last.
fn straight(chain: &Chain<'_>, positions: &[usize]) -> Result<()> {
    let refuse = |at: usize, why: &str| {
        Err(Error::failed(format!("`{}` {why}", chain.get(at).id))
            .note("only a straight line of SQL revisions can be squashed; nothing was written"))
    };
    for (index, &at) in positions.iter().enumerate() {
        let (is_first, is_last) = (index == 0, index + 1 == positions.len());
        if !is_first && chain.parents(at) != [positions[index - 1]] {
            return refuse(at, "does not follow the one before it alone");
        }
        if !is_last && chain.required_by(at) != [positions[index + 1]] {
            return refuse(at, "is followed by others too");
        }
        if !chain.dependencies(at).is_empty() {
            return refuse(at, "depends on another branch");
        }
    }
    match positions {
        [at] => refuse(*at, "is one revision already"),
        _ => Ok(()),
    }
}

/// Refuses a range that leaves out what lies below its end, or that has a branch in its middle.
fn whole(chain: &Chain<'_>, positions: &[usize]) -> Result<()> {
    let refuse = |at: usize, why: &str| {
        Err(Error::failed(format!("`{}` {why}", chain.get(at).id))
            .note("a schema is said as it is from the chain's beginning on; nothing was written"))
    };
    let Some((&last, before)) = positions.split_last() else {
        return Ok(());
    };
    if before.is_empty() {
        return refuse(last, "is one revision already");
    }
    for &at in positions {
        let needs = chain.parents(at).iter().chain(chain.dependencies(at));
        if let Some(&other) = needs.into_iter().find(|at| !positions.contains(at)) {
            return refuse(
                at,
                &format!("stands on `{}`, which is left out", chain.get(other).id),
            );
        }
    }
    let is_outside = |at: &&usize| !positions.contains(at);
    for &at in before {
        if let Some(&other) = chain.required_by(at).iter().find(is_outside) {
            return refuse(at, &format!("is followed by `{}` too", chain.get(other).id));
        }
    }
    Ok(())
}

/// The header, above the sections.
fn header(chain: &Chain<'_>, positions: &[usize], new: &NewHeader<'_>) -> String {
    let all = || positions.iter().map(|&at| chain.get(at));
    let replaces: Vec<&str> = all()
        .flat_map(|revision| {
            // A squash of a squash stands for all of them.
            let others = revision.replaces.iter().copied();
            others.filter(|&id| id != revision.id).chain([revision.id])
        })
        .collect();
    let labels: Vec<&str> = all().flat_map(|revision| revision.labels.clone()).collect();
    let breaking: Vec<&str> = all().filter_map(|revision| revision.breaking).collect();
    let breaking = breaking.join("; ");
    let last = all().next_back();
    let fingerprints: Vec<_> = (chain.dialects.iter())
        .filter_map(|&dialect| Some((dialect, last?.fingerprint(dialect)?)))
        .collect();
    let header = NewHeader {
        branch_labels: &labels,
        breaking: Some(&breaking),
        replaces: &replaces,
        fingerprints: &fingerprints,
        ..*new
    };
    header.text(Language::Sql)
}

/// What another tool calls the revisions: what stands for all of them takes over a database that has all of their keys.
fn adopted(
    directory: &Directory,
    chain: &Chain<'_>,
    positions: &[usize],
    message: &str,
) -> Result<Vec<String>> {
    let Some(adoption) = directory.loaded.packed().adoption()? else {
        return Ok(Vec::new());
    };
    let of = |&at: &usize| {
        let old = chain.get(at).message;
        let keys = adoption.keys(at).iter();
        keys.map(move |one| {
            AdoptedKey::new(one.key, one.sums.clone(), one.name.or(Some(old)), message).to_string()
        })
    };
    Ok(positions.iter().flat_map(of).collect())
}

/// One section for all dialects where their scripts are the same, else one for each.
fn sections(bodies: &[(Dialect, Body)], direction: Direction) -> String {
    let same = bodies.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let shown = if same { 1 } else { bodies.len() };
    let sections = bodies.iter().take(shown).map(|(dialect, body)| {
        let tag = if same {
            String::new()
        } else {
            format!(" ({dialect})")
        };
        match body {
            Body::Nothing => format!("\n-- {direction}{tag}: nothing\n"),
            Body::Irreversible(reason) => format!("\n-- irreversible{tag}: {reason}\n"),
            Body::Script(script) => format!("\n-- {direction}{tag}\n{script}\n"),
        }
    });
    sections.collect()
}

/// What the revisions make, as each database says it.
#[cfg(feature = "models")]
fn as_it_is(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    last: usize,
    direction: Direction,
    data: &[String],
) -> Result<Vec<(Dialect, Body)>> {
    let mut bodies = Vec::new();
    for &dialect in &chain.dialects {
        let body = if direction == Direction::Downgrade {
            Body::Irreversible("it is where the chain begins".to_owned())
        } else {
            let migrations = context.newest(directory)?;
            match context.as_it_is(&migrations, &[chain.get(last).id], dialect, data)? {
                text if text.is_empty() => Body::Nothing,
                text => Body::Script(text),
            }
        };
        bodies.push((dialect, body));
    }
    Ok(bodies)
}

#[derive(Debug, PartialEq)]
enum Body {
    Nothing,
    Irreversible(String),
    Script(String),
}

fn body(
    chain: &Chain<'_>,
    positions: &[usize],
    direction: Direction,
    dialect: Dialect,
) -> Result<Body> {
    let mut scripts = Vec::new();
    let mut order = positions.to_vec();
    if direction == Direction::Downgrade {
        order.reverse();
    }
    for at in order {
        let revision = chain.get(at);
        let refuse = |why: &str| {
            Err(
                Error::failed(format!("the {direction} of `{}` {why}", revision.id))
                    .note("nothing was written"),
            )
        };
        match revision.action(direction, dialect) {
            Action::Script(script)
                if script.properties != Default::default() || script.needs_commit =>
            {
                return refuse(
                    "has a transaction of its own, or none: squash up to it and from it on",
                );
            }
            Action::Script(script) => {
                let text = migrate_chain::fingerprint::normalized(script.text);
                // The next one's statement must not join this one's.
                let end = if text.ends_with(';') { "" } else { "\n;" };
                scripts.push(format!(
                    "-- {}: {}\n{text}{end}",
                    revision.id, revision.message
                ));
            }
            Action::Nothing => {}
            Action::Irreversible(reason) => return Ok(Body::Irreversible(reason.to_string())),
            Action::Code(_) => return refuse("is Rust code, which has no text to join"),
            Action::Absent => return refuse("is missing"),
            Action::Blank => return refuse("is still to be written"),
        }
    }
    Ok(match scripts[..] {
        [] => Body::Nothing,
        _ => Body::Script(scripts.join("\n\n")),
    })
}

/// Lets a child stand on the new revision.
fn repoint(
    directory: &Directory,
    chain: &Chain<'_>,
    edit: &mut Edit<'_>,
    child: usize,
    last: usize,
    id: &str,
) -> Result<()> {
    let revision = chain.get(child);
    let mut text = directory.text(revision.path)?.to_owned();
    for (key, positions) in [
        ("down_revision", chain.parents(child)),
        ("depends_on", chain.dependencies(child)),
    ] {
        if !positions.contains(&last) {
            continue;
        }
        let ids: Vec<&str> = positions
            .iter()
            .map(|&at| if at == last { id } else { chain.get(at).id })
            .collect();
        text = set_key(&text, key, &ids.join(", ")).ok_or_else(|| {
            Error::failed(format!("{} has no header", directory.shown(revision.path)))
        })?;
    }
    edit.replace(revision.path, revision.path.to_owned(), text);
    Ok(())
}

/// Databases on either side of the squash stay valid.
fn same_fingerprints(before: &Chain<'_>, after: &Chain<'_>, last: usize, id: &str) -> Result<()> {
    for at in 0..before.len() {
        let old = before.get(at);
        let new = after
            .index_of(if at == last { id } else { old.id })
            .map(|at| after.get(at));
        let Some(new) = new.filter(|new| new.replaces.is_empty() || at == last) else {
            continue;
        };
        if before
            .dialects
            .iter()
            .any(|&dialect| old.fingerprint(dialect) != new.fingerprint(dialect))
        {
            return Err(
                Error::failed(format!("the fingerprint of `{}` would change", old.id))
                    .note("nothing was written"),
            );
        }
    }
    Ok(())
}
