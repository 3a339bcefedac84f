use std::fs;
use std::path::Path;

use migrate_chain::CHAIN_LOCK;
use migrate_chain::chain_lock::ChainLock;

use crate::Exit;
use crate::config::NAME;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::create;

/// Begin: versions/, chain.lock, migrate.toml and a line in build.rs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What exists already stays as it is.

Examples:
  init                              for the database that --url or DATABASE_URL names, else SQLite
  init --dialect sqlite,postgres    for both")]
pub(crate) struct Init {}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Init) -> Result<Exit> {
    let versions = context.config.versions.clone();
    let root = context.config.root.clone();
    let folder = match context.config.has_file {
        true => context.config.file.folder.clone(),
        false => context.config.current_dir.clone(),
    };
    if !versions.is_dir() {
        fs::create_dir_all(&versions)
            .map_err(|error| Error::failed(format!("can't make {root}: {error}")))?;
        context.streams.line(format!("Created {root}/"))?;
    }
    put(
        context,
        &versions.join(CHAIN_LOCK),
        &format!("{root}/{CHAIN_LOCK}"),
        &ChainLock::default().to_string(),
    )?;
    if !context.config.has_file {
        let text = configuration(context, &root);
        put(context, &folder.join(NAME), NAME, &text)?;
    }
    if folder.join("Cargo.toml").is_file() {
        build_script(context, &folder, &root)?;
    }
    context
        .streams
        .remark("next: `revision -m \"create users\"` writes the first revision")?;
    Ok(Exit::Done)
}

/// Writes a file unless it is there.
fn put(context: &mut Context<'_, '_>, path: &Path, shown: &str, text: &str) -> Result<()> {
    if !path.exists() {
        create(path, text)?;
        context.streams.line(format!("Created {shown}"))?;
    }
    Ok(())
}

fn configuration(context: &Context<'_, '_>, root: &str) -> String {
    let named: Vec<String> = match (&context.config.dialects[..], context.config.url_if_any()) {
        ([], Some(url)) => vec![url.dialect().name().to_owned()],
        ([], None) => vec!["sqlite".to_owned()],
        (dialects, _) => dialects
            .iter()
            .map(|dialect| dialect.name().to_owned())
            .collect(),
    };
    let dialects: Vec<String> = named.iter().map(|name| format!("\"{name}\"")).collect();
    let url = match named.first().map(String::as_str) {
        Some("postgres") => "postgres://localhost/app",
        _ => "sqlite:app.db",
    };
    format!(
        "\
# What every revision must serve; the same as in `embed_migrations!`.
dialects = [{}]
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
",
        dialects.join(", ")
    )
}

/// A stable compiler watches no folder: without this line a new file is noticed by no build.
fn build_script(context: &mut Context<'_, '_>, folder: &Path, root: &str) -> Result<()> {
    let line = format!("println!(\"cargo::rerun-if-changed={root}\");");
    let path = folder.join("build.rs");
    match fs::read_to_string(&path) {
        Ok(text) if text.contains(&format!("rerun-if-changed={root}")) => Ok(()),
        Ok(_) => Ok(context.streams.line(format!(
            "build.rs is yours: add this line to its `main`, so that new revisions are noticed\n    {line}"
        ))?),
        Err(_) => put(context, &path, "build.rs", &format!("fn main() {{\n    {line}\n}}\n")),
    }
}
