use std::path::{Path, PathBuf};

use clap::ValueEnum;
use migrate_chain::NewHeader;
use migrate_schema::structs::{self, Crate, Structs, Unsaid};
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::database::{Access, Database};
use crate::error::{Error, Result};
use crate::files::{Directory, Edit, Name, create, now};

/// Write the structs of a database that is there
#[derive(Debug, clap::Args)]
#[command(after_help = "\
With --baseline the database also becomes the first revision of the chain, word
for word: views, triggers, policies, functions and whatever else no struct says
are in it. `stamp head` then records it where it is applied already.

Examples:
  models --url postgres://localhost/app --out src/models.rs
  models --url sqlite:app.db --out src/models.rs --baseline
  models --with uuid,chrono    with the types of these crates")]
pub(crate) struct Models {
    /// The file to write, which must not be there yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Crates whose types may be used, as features of migrate-runtime
    #[arg(long, value_name = "CRATE", value_enum, value_delimiter = ',')]
    with: Vec<With>,
    /// Write the first revision, too
    #[arg(long)]
    baseline: bool,
    /// The id of that revision, in place of a new one
    #[arg(long, value_name = "ID", requires = "baseline")]
    rev_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum With {
    Uuid,
    Chrono,
    Time,
    Jiff,
    SerdeJson,
    RustDecimal,
}

impl From<With> for Crate {
    fn from(with: With) -> Crate {
        match with {
            With::Uuid => Crate::Uuid,
            With::Chrono => Crate::Chrono,
            With::Time => Crate::Time,
            With::Jiff => Crate::Jiff,
            With::SerdeJson => Crate::SerdeJson,
            With::RustDecimal => Crate::RustDecimal,
        }
    }
}

#[derive(Debug, Serialize)]
struct Report<'r> {
    /// The source, unless it went into a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline>,
    unsaid: Vec<Shown<'r>>,
}

#[derive(Debug, Serialize)]
struct Baseline {
    revision: String,
    path: String,
}

#[derive(Debug, Serialize)]
struct Shown<'r> {
    kind: &'r str,
    name: &'r str,
    table: Option<&'r str>,
    reason: Option<&'r str>,
}

impl<'r> From<&'r Unsaid> for Shown<'r> {
    fn from(one: &'r Unsaid) -> Shown<'r> {
        Shown {
            kind: &one.kind,
            name: &one.name,
            table: one.table.as_deref(),
            reason: one.reason.as_deref(),
        }
    }
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Models) -> Result<Exit> {
    let out = args
        .out
        .as_ref()
        .map(|out| context.config.current_dir.join(out));
    if let Some(path) = out.as_deref().filter(|path| path.exists()) {
        return Err(Error::failed(format!(
            "{} is there already, and stays as it is",
            path.display()
        ))
        .help("name another file, or move that one away"));
    }
    let directory = if args.baseline {
        Some(empty(context)?)
    } else {
        None
    };
    let mut database = context.connect(Access::Read)?;
    let crates: Vec<Crate> = args.with.iter().map(|&with| with.into()).collect();
    let schema = context.introspected(&mut database)?;
    let written = structs::write(&schema, &crates);
    let baseline = match &directory {
        Some(directory) => Some(baseline(context, directory, &mut database, args)?),
        None => None,
    };
    if let Some(path) = &out {
        create(path, &written.text)?;
    }
    report(context, &written, args.out.as_deref(), baseline)?;
    Ok(Exit::Done)
}

/// The versions directory, which has no revision yet.
fn empty(context: &mut Context<'_, '_>) -> Result<Directory> {
    let directory = Directory::open(context)?;
    let chain = directory.loaded.packed().chain()?;
    if chain.is_empty() {
        return Ok(directory);
    }
    let first = chain.get(0);
    Err(Error::failed(format!(
        "the chain begins with `{}` already, and a baseline is its first revision",
        first.id
    ))
    .help("leave `--baseline` out, and `check` compares the structs with what the chain makes"))
}

/// Writes the revision that makes the database, once it was seen to make the same.
fn baseline(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    database: &mut Database,
    args: &Models,
) -> Result<Baseline> {
    let dialect = database.dialect();
    let url = context.config.url()?.clone();
    let script = context.statements_of(&url)?;
    let schema = context.introspected(database)?;
    let differs = context.differs(&script, &schema)?;
    if !differs.is_empty() {
        return Err(Error::failed(format!(
            "nothing is written, because the statements make another schema than that of the database:\n  {}",
            differs.join("\n  ")
        )));
    }
    let chain = directory.loaded.packed().chain()?;
    let id = super::revision::id(&chain, directory, args.rev_id.as_deref())?;
    let moment = now(&context.app);
    let created = moment.to_string();
    let header = NewHeader::new("baseline", &id, &created);
    let only = match directory.options.dialects[..] {
        [one] if one == dialect => String::new(),
        _ => format!(" ({dialect})"),
    };
    let script = match script.trim() {
        "" => format!("\n-- upgrade{only}: nothing\n"),
        script => format!("\n-- upgrade{only}\n{script}\n"),
    };
    let text = format!(
        "{}{script}\n-- irreversible{only}: it is where the chain begins\n",
        header.text(migrate_chain::Language::Sql)
    );
    let name = Name::new(context.config.file.file_template.as_deref(), &chain)?;
    let path = format!("{}.sql", name.stem(&id, "baseline", &moment, chain.name));
    let mut edit = Edit::new(directory);
    edit.create(path.clone(), text);
    edit.write()?;
    crate::upkeep::refresh(context)?;
    Ok(Baseline {
        revision: id,
        path: directory.shown(&path),
    })
}

fn report(
    context: &mut Context<'_, '_>,
    written: &Structs,
    out: Option<&Path>,
    baseline: Option<Baseline>,
) -> Result<()> {
    let path = out.map(|path| path.display().to_string());
    if context.global.json {
        let report = Report {
            source: path.is_none().then_some(written.text.as_str()),
            path,
            baseline,
            unsaid: written.unsaid.iter().map(Shown::from).collect(),
        };
        return json(context, &report);
    }
    match &path {
        Some(path) => context.streams.line(format!("Wrote {path}"))?,
        None => context.streams.line(written.text.trim_end())?,
    }
    // What goes to a file ends in the list; a pipe carries it, too, and a person sees it here.
    if !written.unsaid.is_empty() && path.is_some() {
        context.streams.remark("note: models can't say:")?;
        for one in &written.unsaid {
            context.streams.remark(format!("  {one}"))?;
        }
    }
    if let Some(baseline) = baseline {
        let line = format!("Wrote {} ({})", baseline.path, baseline.revision);
        let stamp = format!(
            "help: `{} stamp head` records it in the database that has it",
            context.program
        );
        if path.is_some() {
            context.streams.line(line)?;
        } else {
            context.streams.remark(line)?;
        }
        context.streams.remark(stamp)?;
    }
    Ok(())
}
