use std::error::Error as StdError;

use migrate_chain::Dialect;
use migrate_chain::chain_lock::Proof;
use migrate_runtime::Migrations;
use migrate_schema::testing::prove::Proved;
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};

/// Run each revision up and down, on scratch databases, with rows
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each revision goes up, down and up again where it stands, and the whole chain down
and up, on rows that are made up. What chain.lock says was proved before is not
tried alone again.

`embed_migrations!(.., proved)` builds only a chain whose head is proved. With
`proof = true` in migrate.toml, `release` seals only what is proved, `lock` and
whatever writes a revision renew the proof, and `check` fails without it.

Examples:
  prove                        on every database of the chain
  prove --no-rows              where no made-up row fits")]
pub(crate) struct Prove {
    /// On empty tables
    #[arg(long)]
    no_rows: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    proved: Vec<Shown>,
}

#[derive(Debug, Serialize)]
struct Shown {
    dialect: &'static str,
    version: String,
    fingerprints: Vec<String>,
    /// How many revisions were tried by themselves.
    tried: usize,
    /// The revision that can't be taken back, if there is one.
    down_to: Option<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Prove) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let migrations = context.newest(&directory)?;
    let mut edit = Edit::new(&directory);
    edit.unedited()?;
    let (proofs, report) = run(context, &directory, &migrations, !args.no_rows)?;
    edit.prove(proofs);
    edit.write()?;
    if context.global.json {
        json(context, &report)?;
        return Ok(Exit::Done);
    }
    for one in &report.proved {
        let alone = match one.tried {
            1 => "1 revision alone".to_owned(),
            count => format!("{count} revisions alone"),
        };
        let down = match &one.down_to {
            Some(id) => format!("down to `{id}`, which can't be taken back"),
            None => "down and up".to_owned(),
        };
        context.streams.line(format!(
            "proved on {} {}: {alone}, and the whole chain {down}",
            one.dialect, one.version
        ))?;
    }
    Ok(Exit::Done)
}

/// Runs the chain on a scratch database of each kind.
fn run(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    migrations: &Migrations,
    has_rows: bool,
) -> Result<(Vec<Proof>, Report)> {
    let chain = migrations.chain()?;
    let lock = directory.chain_lock()?.unwrap_or_default();
    let mut proofs = Vec::new();
    let mut report = Report { proved: Vec::new() };
    for &dialect in &chain.dialects {
        let proved = lock.proved(&chain, dialect);
        let found = context
            .proved(migrations, dialect, &proved, has_rows)?
            .map_err(|error| refused(error, dialect))?;
        proofs.extend(found.fingerprints.iter().map(|&fingerprint| Proof {
            dialect,
            version: found.version.clone(),
            fingerprint,
        }));
        report.proved.push(shown(dialect, found));
    }
    Ok((proofs, report))
}

/// The proof that migrate.toml asks for and chain.lock lacks; `None` where nothing is lacking.
///
/// # Errors
///
/// A revision fails on a scratch database, or there is none.
pub(super) fn lacking(
    context: &mut Context<'_, '_>,
    directory: &Directory,
) -> Result<Option<Vec<Proof>>> {
    if !context.config.file.proof {
        return Ok(None);
    }
    let migrations = context.newest(directory)?;
    let chain = migrations.chain()?;
    let lock = directory.chain_lock()?.unwrap_or_default();
    let is_blank = (0..chain.len()).any(|at| chain.get(at).is_blank());
    if is_blank || lock.is_proved(&chain).is_ok() {
        return Ok(None);
    }
    let (proofs, _) = run(context, directory, &migrations, true)?;
    Ok(Some(proofs))
}

/// Notes the proof that migrate.toml asks for, once the chain has changed.
pub(crate) fn refresh(context: &mut Context<'_, '_>) -> Result<()> {
    if !context.config.file.proof {
        return Ok(());
    }
    let directory = Directory::open(context)?;
    match lacking(context, &directory) {
        Ok(None) => Ok(()),
        Ok(Some(proofs)) => {
            let mut edit = Edit::new(&directory);
            edit.prove(proofs);
            edit.write()
        }
        Err(error) => {
            let program = &context.program;
            context.streams.remark(format!(
                "note: nothing proves the head: {error}\nhelp: `{program} prove` shows where"
            ))?;
            Ok(())
        }
    }
}

fn shown(dialect: Dialect, proved: Proved) -> Shown {
    Shown {
        dialect: dialect.name(),
        version: proved.version,
        fingerprints: proved
            .fingerprints
            .iter()
            .map(ToString::to_string)
            .collect(),
        tried: proved.tried,
        down_to: proved.down_to,
    }
}

/// The error that knows the place, as a failed upgrade shows it.
fn refused(error: migrate_schema::Error, dialect: Dialect) -> Error {
    let mut source: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(cause) = source {
        let own = cause.downcast_ref::<migrate_schema::Error>();
        let runtime = cause.downcast_ref::<migrate_runtime::Error>();
        let diagnostic = (own.map(migrate_schema::Error::diagnostic))
            .or_else(|| runtime.map(migrate_runtime::Error::diagnostic));
        if let Some(diagnostic) = diagnostic.filter(|one| one.place.is_some()) {
            return Error::of(Exit::Failed, diagnostic.clone()).note(format!(
                "on a scratch database ({dialect}): nothing is proved, and chain.lock stays as it is"
            ));
        }
        source = cause.source();
    }
    Error::from(error)
}
