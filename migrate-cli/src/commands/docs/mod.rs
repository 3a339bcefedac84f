//! The table of revisions and the pictures of their schemas: `docs` writes them, `check` compares them.

mod developers;
mod markdown;
mod pictures;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, create, replace};
use table::{README, Row};

/// Write a table of the revisions, with a picture of each schema
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Writes README.md, a picture (SVG) of each revision that changes tables, and the schema at head
as a picture and as Mermaid text. The chain is replayed on scratch databases. Once the folder is
there, or migrate.toml has `docs = \"FOLDER\"`, `check` fails while it is stale.

Examples:
  docs                         to docs/migrations, beside the versions directory
  docs --out book/schema       to another folder")]
pub(crate) struct Docs {
    /// The folder [default: docs/migrations]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report {
    out: String,
    /// The files that are new or changed.
    written: Vec<String>,
    /// The pictures that no revision has any more.
    removed: Vec<String>,
    revisions: Vec<Row>,
}

/// What belongs into the folder.
struct Documents {
    files: BTreeMap<String, String>,
    rows: Vec<Row>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Docs) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let out = match &args.out {
        Some(out) => context.config.current_dir.join(out),
        None => folder(context),
    };
    let Documents { files, rows } = documents(context, &directory, &out)?;
    fs::create_dir_all(&out)
        .map_err(|error| Error::failed(format!("can't make {}: {error}", out.display())))?;
    let shown = shown(context, &out);
    let removed = left_over(&out, &files);
    let mut report = Report {
        out: shown.clone(),
        written: Vec::new(),
        removed: Vec::new(),
        revisions: rows,
    };
    for (name, text) in &files {
        let path = out.join(name);
        match fs::read_to_string(&path) {
            Ok(known) if known == *text => continue,
            Ok(_) => replace(&path, text)?,
            Err(_) => create(&path, text)?,
        }
        report.written.push(name.clone());
    }
    for name in removed {
        fs::remove_file(out.join(&name))
            .map_err(|error| Error::failed(format!("can't remove {shown}/{name}: {error}")))?;
        report.removed.push(name);
    }
    if context.global.json {
        json(context, &report)?;
        return Ok(Exit::Done);
    }
    for name in &report.written {
        context.streams.remark(format!("wrote {shown}/{name}"))?;
    }
    for name in &report.removed {
        context.streams.remark(format!("removed {shown}/{name}"))?;
    }
    let revisions = match report.revisions.len() {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    };
    let written = match report.written.len() + report.removed.len() {
        0 => "up to date".to_owned(),
        1 => "1 file changed".to_owned(),
        count => format!("{count} files changed"),
    };
    context
        .streams
        .line(format!("{shown}: {revisions}, {written}"))?;
    Ok(Exit::Done)
}

/// The files of the documentation that are not what `docs` would write, where there is documentation; and its folder.
pub(crate) fn stale(context: &mut Context<'_, '_>) -> Result<Option<Stale>> {
    let out = folder(context);
    let is_wanted = context.config.docs.is_some() || is_ours(&out);
    if !is_wanted || !context.config.versions.is_dir() {
        return Ok(None);
    }
    let directory = Directory::open(context)?;
    let shown = shown(context, &out);
    let Documents { files, .. } = match documents(context, &directory, &out) {
        Ok(documents) => documents,
        // What can't be known here is no difference; a revision that fails is.
        Err(error) if error.diagnostic.place.is_none() => {
            context
                .streams
                .remark(format!("note: {shown} is not compared: {error}"))?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut names: Vec<String> = (files.iter())
        .filter(|(name, text)| {
            fs::read_to_string(out.join(name)).map_or(true, |known| normal(&known) != **text)
        })
        .map(|(name, _)| name.clone())
        .collect();
    names.extend(left_over(&out, &files));
    Ok(Some(Stale { out: shown, names }))
}

/// What `check` found.
pub(crate) struct Stale {
    /// The folder, as it is shown.
    pub(crate) out: String,
    pub(crate) names: Vec<String>,
}

/// As it was written, whatever line ends git checked out.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Where the documentation is.
fn folder(context: &Context<'_, '_>) -> PathBuf {
    if let Some(docs) = &context.config.docs {
        return docs.clone();
    }
    let versions = &context.config.versions;
    let beside = versions.parent().unwrap_or(Path::new("."));
    beside.join("docs/migrations")
}

/// From the current folder, if it is below that.
fn shown(context: &Context<'_, '_>, out: &Path) -> String {
    let below = out.strip_prefix(&context.config.current_dir);
    let path = below.unwrap_or(out).display().to_string();
    path.replace('\\', "/")
}

fn is_ours(out: &Path) -> bool {
    fs::read_to_string(out.join(README)).is_ok_and(|text| text.starts_with(table::MARK))
}

fn documents(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    out: &Path,
) -> Result<Documents> {
    let migrations = context.newest(directory)?;
    let chain = migrations.chain()?;
    let report = context.documented(&migrations)?;
    let known = fs::read_to_string(out.join(README)).unwrap_or_default();
    let pictures = pictures::Pictures::of(&chain, &report);
    let developers = developers::developers(&chain, &directory.path, &known);
    let rows = table::rows(&chain, &report, &pictures, &developers);
    let links = relative(out, &directory.path);
    let mut files = pictures.files;
    let text = table::readme(&rows, &pictures.schemas, links.as_deref());
    files.insert(README.to_owned(), text);
    Ok(Documents { files, rows })
}

/// The pictures that the last README.md shows and the next one won't.
fn left_over(out: &Path, files: &BTreeMap<String, String>) -> Vec<String> {
    let text = fs::read_to_string(out.join(README)).unwrap_or_default();
    if !text.starts_with(table::MARK) {
        return Vec::new();
    }
    let linked: BTreeSet<&str> = (text.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|name| name.ends_with(".svg") || name.ends_with(".mmd"))
        .filter(|name| !name.contains(['/', '\\']))
        .collect();
    let is_left = |name: &&str| !files.contains_key(*name) && out.join(name).is_file();
    linked
        .into_iter()
        .filter(is_left)
        .map(str::to_owned)
        .collect()
}

/// The way from one folder to another, with slashes.
fn relative(from: &Path, to: &Path) -> Option<String> {
    // The folder may not be there yet.
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let normal = |path: PathBuf| {
        let mut parts: Vec<String> = Vec::new();
        for part in path.components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir => drop(parts.pop()),
                part => parts.push(part.as_os_str().to_string_lossy().into_owned()),
            }
        }
        parts
    };
    let (from, to) = (normal(absolute(from)?), normal(absolute(to)?));
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    // On another drive there is none.
    if common == 0 {
        return None;
    }
    let up = from.iter().skip(common).map(|_| "..");
    let down = to.iter().skip(common).map(String::as_str);
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}
