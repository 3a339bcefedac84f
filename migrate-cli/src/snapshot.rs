//! The schema that the chain makes, kept beside it: a pull request shows what becomes of it, and a new database is made of it
//! at once.
//!
//! Its head says of which chain it is, so that `check` needs no database to see that it is stale.

use std::fmt::Write as _;
use std::fs;

use migrate_chain::{Chain, Dialect, Fingerprint, snapshot as file_name};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, replace};

const TITLE: &str =
    "-- The schema that the chain makes: written by `migrate schema dump`, and no revision.";
const HEAD: &str = "-- head: ";
const CONTENT: &str = "-- content: ";

/// Writes the snapshot of each database of the chain; the paths, as they are shown.
pub(crate) fn write(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    data: &[String],
) -> Result<Vec<String>> {
    let dialects = directory.options.dialects.clone();
    let texts: Result<Vec<(Dialect, String)>> = (dialects.into_iter())
        .map(|dialect| Ok((dialect, text(context, directory, dialect, data)?)))
        .collect();
    let mut paths = Vec::new();
    for (dialect, text) in texts? {
        let name = file_name(dialect);
        let path = directory.file(name);
        // One that is right already stays untouched, and whatever looks at its time with it.
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            replace(&path, &text)?;
        }
        paths.push(directory.shown(name));
    }
    Ok(paths)
}

/// The snapshot of one database.
pub(crate) fn text(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    dialect: Dialect,
    data: &[String],
) -> Result<String> {
    let migrations = context.newest(directory)?;
    let chain = migrations.chain()?;
    let written = chain.written_heads();
    let ids: Vec<&str> = written.iter().map(|&at| chain.get(at).id).collect();
    let body = context.as_it_is(&migrations, &ids, dialect, data)?;
    let mut text = format!("{TITLE}\n--\n");
    for (id, fingerprint) in heads(&chain, dialect) {
        let _ = writeln!(text, "{HEAD}{id} {fingerprint}");
    }
    let content = Fingerprint::of_content(body.trim());
    let _ = write!(text, "{CONTENT}{content}\n\n{}\n", body.trim());
    Ok(text)
}

/// Writes it again where migrate.toml asks for it, once the chain has changed. Where that fails, the change stays, and
/// `check` goes on to say that the snapshot is stale.
pub(crate) fn refresh(context: &mut Context<'_, '_>) -> Result<()> {
    if !context.config.file.snapshot {
        return Ok(());
    }
    let data = context.config.file.snapshot_data.clone();
    let written = Directory::open(context).and_then(|directory| write(context, &directory, &data));
    if let Err(error) = written {
        let program = &context.program;
        context.streams.remark(format!(
            "note: the snapshot of the schema stays as it was: {error}\nhelp: `{program} schema dump` writes it"
        ))?;
    }
    Ok(())
}

/// Fails where migrate.toml asks for snapshots and one of them is not that of the chain.
pub(crate) fn current(context: &Context<'_, '_>, chain: &Chain<'_>) -> Result<()> {
    if !context.config.file.snapshot || !context.config.versions.is_dir() {
        return Ok(());
    }
    for &dialect in &chain.dialects {
        read(context, chain, dialect)?;
    }
    Ok(())
}

/// The statements of a snapshot, which is that of the chain.
///
/// # Errors
///
/// It isn't there, is of another state of the chain, or was edited.
pub(crate) fn read(
    context: &Context<'_, '_>,
    chain: &Chain<'_>,
    dialect: Dialect,
) -> Result<String> {
    let name = file_name(dialect);
    let shown = format!("{}/{name}", context.config.root);
    let refuse = |why: String| {
        let program = &context.program;
        Err(Error::failed(why).help(format!("`{program} schema dump` writes it")))
    };
    let text = match fs::read_to_string(context.config.versions.join(name)) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return refuse(format!("there is no {shown}, the snapshot of the schema"));
        }
        Err(error) => return Err(Error::failed(format!("can't read {shown}: {error}"))),
    };
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let lines = |key: &str| -> Vec<String> {
        let lines = head.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(|line| line.trim().to_owned()).collect()
    };
    let wanted: Vec<String> = (heads(chain, dialect).iter())
        .map(|(id, fingerprint)| format!("{id} {fingerprint}"))
        .collect();
    let found = lines(HEAD);
    if found != wanted {
        let ids = |lines: &[String]| {
            let ids = lines.iter().filter_map(|line| line.split(' ').next());
            ids.map(|id| format!("`{id}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (is, was) = (ids(&wanted), ids(&found));
        return refuse(if is == was {
            format!("{shown} is stale: {is} or what it stands on was edited since")
        } else {
            format!("{shown} is stale: it is of {was}, and the chain is at {is}")
        });
    }
    let content = Fingerprint::of_content(body.trim()).to_string();
    if lines(CONTENT) != [content] {
        return refuse(format!(
            "{shown} was edited, and is not what the chain makes"
        ));
    }
    Ok(body.trim().to_owned())
}

/// The heads that are written, each with its fingerprint.
fn heads<'c>(chain: &Chain<'c>, dialect: Dialect) -> Vec<(&'c str, String)> {
    let written = chain.written_heads();
    let fingerprint = |at: usize| {
        let fingerprint = chain.get(at).fingerprint(dialect);
        fingerprint.map_or_else(String::new, |one| one.to_string())
    };
    written
        .iter()
        .map(|&at| (chain.get(at).id, fingerprint(at)))
        .collect()
}
