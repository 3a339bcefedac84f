use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::Access;
use crate::error::Result;
use crate::render::form::{self, Parts};
use crate::render::json::{InProgress, Revision};

/// Show what the database has applied last
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  current -v                   in full, and of which database
  current --check-heads        exit code 3 if something is pending")]
pub(crate) struct Current {
    /// Exit with code 3 unless every head is applied
    #[arg(long)]
    check_heads: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'c> {
    current: Vec<Revision<'c>>,
    /// Recorded, but not in this chain.
    unknown: Vec<String>,
    is_at_head: bool,
    in_progress: Option<InProgress>,
    environment: Option<String>,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Current) -> Result<Exit> {
    // To judge it takes fingerprints, and so scripts that are written; to list it takes neither.
    let need = if args.check_heads {
        Need::Scripts
    } else {
        Need::Graph
    };
    let migrations = context.migrations(need)?;
    let chain = migrations.chain()?;
    let mut database = context.connect(Access::Read)?;
    let recorded = Recorded::new(&chain, context.recorded(&migrations, &mut database)?);
    let is_at_head = if args.check_heads {
        context.judge(&migrations, &mut database)?.is_some()
    } else {
        let mut heads = chain.heads().into_iter();
        recorded.unknown.is_empty() && heads.all(|at| recorded.applied.contains(at))
    };
    let exit = if args.check_heads && !is_at_head {
        Exit::Pending
    } else {
        Exit::Done
    };
    let in_progress = context.in_progress(&migrations, &mut database)?;
    if context.global.json {
        let current = recorded.current.iter().map(|&at| Revision {
            is_current: Some(true),
            is_applied: Some(true),
            ..Revision::new(&chain, at)
        });
        let report = Report {
            current: current.collect(),
            is_at_head,
            in_progress: in_progress.map(InProgress::from),
            environment: context.remembered(&migrations, &mut database)?,
            unknown: recorded.unknown,
        };
        json(context, &report)?;
        return Ok(exit);
    }
    if context.global.verbose {
        let whose = match context.config.url_if_any() {
            Some(url) => url.to_string(),
            None => "the app's database".to_owned(),
        };
        context
            .streams
            .line(format!("Current revision(s) for {whose}:"))?;
        if let Some(name) = context.remembered(&migrations, &mut database)? {
            context.streams.line(format!("Environment: {name}"))?;
        }
    }
    context.note_empty(&chain)?;
    for &at in &recorded.current {
        let text = if context.global.verbose {
            form::entry(&chain, at, true)
        } else {
            form::line(&chain, at, Parts::CURRENT, false)
        };
        context.streams.line(text)?;
    }
    for id in &recorded.unknown {
        context.streams.line(format!("{id}, not in this chain"))?;
    }
    if exit == Exit::Pending {
        context
            .streams
            .remark("note: the database is not at every head")?;
    }
    Ok(exit)
}
