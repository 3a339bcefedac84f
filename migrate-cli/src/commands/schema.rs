use clap::Subcommand;
use migrate_chain::Dialect;
use migrate_runtime::Moment;
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::database::{Access, Database, on};
use crate::error::{Error, Result};
use crate::files::Directory;
use crate::snapshot;

/// Keep the schema in a file, or make a database of it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file is versions/schema.sqlite.sql or versions/schema.postgres.sql. With
`snapshot = true` in migrate.toml every command that changes the chain writes
it, and `check` fails where it is stale.

Examples:
  schema dump                  write it, for each database of the chain
  schema dump --data countries with the rows of a table
  schema load --url sqlite:new.db
                               a new database, at the head of the chain")]
pub(crate) struct Schema {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the schema that the chain makes
    Dump(Dump),
    /// Make an empty database of it, and record the heads of the chain
    Load(Load),
}

#[derive(Debug, clap::Args)]
struct Dump {
    /// A table whose rows belong to it [default: snapshot_data of migrate.toml]
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    data: Vec<String>,
    /// Print it, and write nothing; with several databases `--url` names one
    #[arg(long)]
    stdout: bool,
}

#[derive(Debug, clap::Args)]
struct Load {}

#[derive(Debug, Serialize)]
struct Dumped {
    paths: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Loaded {
    from: String,
    heads: Vec<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Schema) -> Result<Exit> {
    match &args.what {
        What::Dump(args) => dump(context, args),
        What::Load(_) => load(context),
    }
}

fn dump(context: &mut Context<'_, '_>, args: &Dump) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let data = match &args.data[..] {
        [] => context.config.file.snapshot_data.clone(),
        given => given.to_vec(),
    };
    if args.stdout {
        let dialect = one_dialect(context, &directory)?;
        let text = snapshot::text(context, &directory, dialect, &data)?;
        context.streams.line(text.trim_end())?;
        return Ok(Exit::Done);
    }
    let paths = snapshot::write(context, &directory, &data)?;
    if context.global.json {
        json(context, &Dumped { paths })?;
        return Ok(Exit::Done);
    }
    for path in paths {
        context.streams.line(format!("Wrote {path}"))?;
    }
    Ok(Exit::Done)
}

/// The only database of the chain, or the one that a flag or the URL names.
fn one_dialect(context: &Context<'_, '_>, directory: &Directory) -> Result<Dialect> {
    let dialects = &directory.options.dialects;
    let named = context.config.url_if_any().map(crate::url::Url::dialect);
    match (&dialects[..], named) {
        ([one], _) => Ok(*one),
        (several, Some(named)) if several.contains(&named) => Ok(named),
        _ => Err(Error::usage("the chain is for several databases")
            .help("name one by a URL of its kind: `--url sqlite::memory:`")),
    }
}

fn load(context: &mut Context<'_, '_>) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let migrations = context.newest(&directory)?;
    let chain = migrations.chain()?;
    let mut database = context.connect(Access::Write)?;
    let dialect = database.dialect();
    let script = snapshot::read(context, &chain, dialect)?;
    empty(context, &migrations, &mut database)?;
    let heads: Vec<String> = (chain.written_heads().iter())
        .map(|&at| chain.get(at).id.to_owned())
        .collect();
    let words: Vec<&str> = heads.iter().map(String::as_str).collect();
    // In the transaction that records the heads: a database has both or neither.
    let mut is_made = false;
    let mut migrator = context.migrator(&migrations).hook(|moment, db| {
        if let Moment::BeforeCommit = moment
            && !is_made
        {
            is_made = true;
            db.execute_batch(&script)?;
        }
        Ok(())
    });
    on!(database, conn => migrator.stamp(conn, &words))?;
    drop(migrator);
    let from = directory.shown(migrate_chain::snapshot(dialect));
    if context.global.json {
        json(context, &Loaded { from, heads })?;
    } else {
        context
            .streams
            .line(format!("Loaded {from}, which is at {}", heads.join(", ")))?;
    }
    Ok(Exit::Done)
}

/// Refuses a database in which there is something.
fn empty(
    context: &mut Context<'_, '_>,
    migrations: &migrate_runtime::Migrations,
    database: &mut Database,
) -> Result<()> {
    let recorded = context.recorded(migrations, database)?;
    if !recorded.is_empty() {
        return Err(Error::failed(format!(
            "the database is at {} already, and a schema is loaded into an empty one",
            recorded.join(", ")
        ))
        .help(format!(
            "`{} upgrade` brings it to the head",
            context.program
        )));
    }
    let schema = context.introspected(database)?;
    let tables = schema.tables.keys().map(|name| format!("table {name}"));
    let enums = schema.enums.keys().map(|name| format!("enum {name}"));
    let others = schema
        .opaque
        .iter()
        .map(|one| format!("{} {}", one.kind, one.name));
    match tables.chain(enums).chain(others).next() {
        None => Ok(()),
        Some(first) => Err(Error::failed(format!(
            "the database has something in it ({first}), and a schema is loaded into an empty one"
        ))
        .help("name another, or make one: `create`")),
    }
}
