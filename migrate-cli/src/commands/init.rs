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
use crate::manifest::{self, Driver, Manifest};

/// Begin: versions/, chain.lock, migrate.toml and a line in build.rs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What exists already stays as it is; revisions that are there are locked. The lines that are left
to you are printed, made for the driver that Cargo.toml names.

Examples:
  init                              for the database of --url, of DATABASE_URL or of
                                    the app's driver, else for SQLite
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
    let manifest = Manifest::read(&folder);
    let drivers = manifest.as_ref().map(Manifest::drivers).unwrap_or_default();
    let dialects = dialects(context, &drivers)?;
    if !context.config.has_file {
        let text = configuration(&dialects, &root);
        put(&mut begun, &folder.join(NAME), NAME, &text)?;
    }
    context.config.dialects.clone_from(&dialects);
    let has_revisions = lock(context, &mut begun, &versions, &root)?;
    if let Some(manifest) = &manifest {
        build_script(&mut begun, &folder, &root)?;
        embedding(&mut begun, manifest, &drivers, &dialects, &folder, &root);
    } else if folder.join(manifest::NAME).is_file() {
        begun.next.push(format!(
            "the crate that embeds the chain needs a build.rs, so that new revisions are noticed\n    fn main() {{ println!(\"cargo::rerun-if-changed=PATH/TO/{root}\"); }}"
        ));
    }
    if !has_revisions {
        begun.next.push(format!(
            "`{} revision -m \"create users\"` writes the first revision",
            context.program
        ));
    }
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
    if begun.created.is_empty() && begun.next.is_empty() {
        (context.streams).remark("nothing to do: all that `init` makes is there")?;
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

/// chain.lock, with what the folder holds already; true where that is something.
fn lock(
    context: &mut Context<'_, '_>,
    begun: &mut Begun,
    versions: &Path,
    root: &str,
) -> Result<bool> {
    let path = versions.join(CHAIN_LOCK);
    let shown = format!("{root}/{CHAIN_LOCK}");
    if path.exists() {
        let folder = context.folder();
        let named = folder.chain_lock.as_deref().unwrap_or_default();
        let named = ChainLock::read(root, named).0.dialects;
        let asked = &context.config.dialects;
        let is_other = asked.iter().any(|dialect| !named.contains(dialect));
        if is_other && !named.is_empty() && !context.global.dialects.is_empty() {
            let names = |all: &[Dialect]| {
                let names: Vec<&str> = all.iter().map(|one| one.name()).collect();
                names.join(",")
            };
            begun.next.push(format!(
                "`{} lock --dialect {}` makes {shown} say it, which names {}",
                context.program,
                names(asked),
                names(&named)
            ));
        }
        return Ok(!folder.files.is_empty());
    }
    let directory = Directory::open(context)?;
    if directory.folder.files.is_empty() {
        let lock = ChainLock::new(context.config.dialects.clone());
        put(begun, &path, &shown, &lock.to_string())?;
        return Ok(false);
    }
    let mut edit = Edit::new(&directory);
    edit.lock();
    edit.write()?;
    begun.created.push(shown);
    Ok(true)
}

/// The lines that an app needs to embed the chain and to run it, as far as it lacks them.
fn embedding(
    begun: &mut Begun,
    manifest: &Manifest,
    drivers: &[Driver],
    dialects: &[Dialect],
    folder: &Path,
    root: &str,
) {
    let fits = |driver: &&Driver| dialects.contains(&driver.dialect);
    let has_other = !drivers.is_empty();
    let drivers: Vec<Driver> = drivers.iter().filter(fits).cloned().collect();
    if drivers.is_empty() {
        let known = dialects.iter().map(|dialect| match dialect {
            Dialect::Sqlite => "`rusqlite`, `sqlx-sqlite` or `diesel-sqlite` for SQLite",
            _ => {
                "`postgres`, `tokio-postgres`, `sqlx-postgres` or `diesel-postgres` for PostgreSQL"
            }
        });
        let known: Vec<&str> = known.collect();
        let which = if has_other { "such driver" } else { "driver" };
        begun.next.push(format!(
            "Cargo.toml names no {which} yet: add the app's, and migrate-runtime with the feature of its name, {}",
            known.join(", and ")
        ));
    } else if let Some(line) = manifest.line(&drivers) {
        let mut packages: Vec<&str> = drivers.iter().map(|driver| driver.package).collect();
        packages.dedup();
        begun.next.push(format!(
            "in Cargo.toml, for {}, which the app has\n    {line}",
            packages.join(" and ")
        ));
    }
    if embeds(&folder.join("src"), 0) {
        return;
    }
    let main = ["src/main.rs", "src/lib.rs"].into_iter();
    let main = main
        .clone()
        .find(|path| folder.join(path).is_file())
        .unwrap_or("src/main.rs");
    let path = manifest.path();
    let literal = match root {
        "versions" => String::new(),
        root => format!("{root:?}"),
    };
    begun.next.push(format!(
        "in {main}, to embed the chain\n    static MIGRATIONS: {path}::Migrations = {path}::embed_migrations!({literal});"
    ));
    let mut run: Vec<String> = (drivers.iter())
        .map(|driver| format!("\n    {}", driver.run))
        .collect();
    run.dedup();
    let run = match &run[..] {
        [] => "\n    MIGRATIONS.run(&mut connection)?;".to_owned(),
        run => run.concat(),
    };
    begun
        .next
        .push(format!("where the app opens its database{run}"));
}

/// Whether a source file embeds a chain.
fn embeds(folder: &Path, depth: usize) -> bool {
    const DEEPEST: usize = 8;
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return depth < DEEPEST && embeds(&path, depth + 1);
        }
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        is_rust
            && fs::read_to_string(&path).is_ok_and(|text| {
                text.contains("embed_migrations!") || text.contains("derive(Migrations")
            })
    })
}

/// What revisions are for: what a flag or migrate.toml says, the tags of the files, the database of
/// the URL, those of the app's drivers, or else SQLite.
fn dialects(context: &Context<'_, '_>, drivers: &[Driver]) -> Result<Vec<Dialect>> {
    if !context.config.dialects.is_empty() {
        return Ok(context.config.dialects.clone());
    }
    let found = context.dialects(&context.folder())?;
    if !found.is_empty() {
        return Ok(found);
    }
    let reached = |dialect: &Dialect| drivers.iter().any(|driver| driver.dialect == *dialect);
    let found: Vec<Dialect> = Dialect::ALL.into_iter().filter(reached).collect();
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
