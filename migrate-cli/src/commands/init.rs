use std::fs;
use std::path::Path;

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{CHAIN_LOCK, Dialect};
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::config::NAME;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, create};

/// Begin: versions/, chain.lock, migrate.toml and a line in build.rs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What exists already stays as it is.

Examples:
  init                              for the database that --url or DATABASE_URL names, else SQLite
  init --dialect sqlite,postgres    for both")]
pub(crate) struct Init {}

/// What `--json` prints.
#[derive(Debug, Default, Serialize)]
struct Begun {
    created: Vec<String>,
    /// What is left to a person, a line each.
    next: Vec<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Init) -> Result<Exit> {
    let versions = context.config.versions.clone();
    let root = context.config.root.clone();
    let folder = if context.config.has_file {
        context.config.file.folder.clone()
    } else {
        context.config.current_dir.clone()
    };
    let mut begun = Begun::default();
    if !versions.is_dir() {
        fs::create_dir_all(&versions)
            .map_err(|error| Error::failed(format!("can't make {root}: {error}")))?;
        begun.created.push(format!("{root}/"));
    }
    let dialects = dialects(context)?;
    if !context.config.has_file {
        let text = configuration(&dialects, &root);
        put(&mut begun, &folder.join(NAME), NAME, &text)?;
    }
    context.config.dialects = dialects;
    lock(context, &mut begun, &versions, &root)?;
    if folder.join("Cargo.toml").is_file() {
        build_script(&mut begun, &folder, &root)?;
    }
    begun.next.push(format!(
        "`{} revision -m \"create users\"` writes the first revision",
        context.program
    ));
    if context.global.json {
        json(context, &begun)?;
        return Ok(Exit::Done);
    }
    for created in &begun.created {
        context.streams.line(format!("Created {created}"))?;
    }
    for next in &begun.next {
        context.streams.remark(format!("next: {next}"))?;
    }
    Ok(Exit::Done)
}

/// Writes a file unless it is there.
fn put(begun: &mut Begun, path: &Path, shown: &str, text: &str) -> Result<()> {
    if !path.exists() {
        create(path, text)?;
        begun.created.push(shown.to_owned());
    }
    Ok(())
}

/// chain.lock, with what the folder holds already.
fn lock(
    context: &mut Context<'_, '_>,
    begun: &mut Begun,
    versions: &Path,
    root: &str,
) -> Result<()> {
    let path = versions.join(CHAIN_LOCK);
    let shown = format!("{root}/{CHAIN_LOCK}");
    if path.exists() {
        return Ok(());
    }
    let directory = Directory::open(context)?;
    if directory.folder.files.is_empty() {
        let lock = ChainLock::new(context.config.dialects.clone());
        return put(begun, &path, &shown, &lock.to_string());
    }
    let mut edit = Edit::new(&directory);
    edit.lock();
    edit.write()?;
    begun.created.push(shown);
    Ok(())
}

/// What revisions are for: what a flag or migrate.toml says, the tags of the files, the database of
/// the URL, or else SQLite.
fn dialects(context: &Context<'_, '_>) -> Result<Vec<Dialect>> {
    if !context.config.dialects.is_empty() {
        return Ok(context.config.dialects.clone());
    }
    let found = context.dialects(&context.folder())?;
    Ok(if found.is_empty() {
        vec![Dialect::Sqlite]
    } else {
        found
    })
}

fn configuration(dialects: &[Dialect], root: &str) -> String {
    let url = match dialects.first() {
        Some(Dialect::Postgres) => "postgres://localhost/app",
        _ => "sqlite:app.db",
    };
    format!(
        "\
# What every revision must serve is said in chain.lock.
versions = \"{root}\"

# The environment where neither --env nor MIGRATE_ENV names one; DATABASE_URL goes before its URL.
default_env = \"local\"

[env.local]
url = \"{url}\"

# [env.staging]
# url_env = \"STAGING_URL\"      # the variable that holds the URL
#
# [env.prod]
# url_env = \"PROD_URL\"
# protected = true             # ask before a downgrade or a breaking plan
# requires = \"staging\"         # take only what is applied there
"
    )
}

/// A stable compiler watches no folder: without this line a new file is noticed by no build.
fn build_script(begun: &mut Begun, folder: &Path, root: &str) -> Result<()> {
    let line = format!("println!(\"cargo::rerun-if-changed={root}\");");
    let path = folder.join("build.rs");
    match fs::read_to_string(&path) {
        Ok(text) if text.contains(&format!("rerun-if-changed={root}")) => {}
        Ok(_) => begun.next.push(format!(
            "build.rs is yours: add this line to its `main`, so that new revisions are noticed\n    {line}"
        )),
        Err(_) => put(begun, &path, "build.rs", &format!("fn main() {{\n    {line}\n}}\n"))?,
    }
    Ok(())
}
