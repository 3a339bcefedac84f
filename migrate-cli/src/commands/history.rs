use migrate_chain::{Applied, Chain, Range, Symbol};

use super::json;
use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::Access;
use crate::error::Result;
use crate::render::form::{self, Parts};
use crate::render::graph::Graph;
use crate::render::json::Revision;

/// List the revisions, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  history -r ae10:head         from ae10 on
  history -r :current -v       what is applied, in full
  history -r -3:current        the last steps that were taken
  history -r 1975:+2           1975 and the two after it")]
pub(crate) struct History {
    /// Only these: OLDER:NEWER, both included; either may be left out
    #[arg(short, long, value_name = "A:B", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Mark what the database has
    #[arg(short, long)]
    indicate_current: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &History) -> Result<Exit> {
    let range: Range = args.rev_range.as_deref().unwrap_or(":").parse()?;
    let migrations = context.migrations(Need::Graph)?;
    let chain = migrations.chain()?;
    let asks = |side: &Option<migrate_chain::Target>| {
        side.as_ref()
            .is_some_and(|target| target.symbol == Some(Symbol::Current))
    };
    let recorded = if args.indicate_current || asks(&range.lower) || asks(&range.upper) {
        let mut database = context.connect(Access::Read)?;
        context.in_progress(&migrations, &mut database)?;
        Some(Recorded::new(
            &chain,
            context.recorded(&migrations, &mut database)?,
        ))
    } else {
        None
    };
    let nothing = Applied::of_rows(&chain, &[]);
    let applied = recorded
        .as_ref()
        .map_or(&nothing, |recorded| &recorded.applied);
    let mut listed = range.positions(&chain, applied)?;
    listed.reverse();
    let shown = recorded.as_ref().filter(|_| args.indicate_current);
    if context.global.json {
        let revisions: Vec<_> = listed
            .iter()
            .map(|&at| revision(&chain, at, shown))
            .collect();
        json(context, &revisions)?;
        return Ok(Exit::Done);
    }
    context.note_empty(&chain)?;
    for id in shown.map_or(&[][..], |recorded| &recorded.unknown) {
        let line = format!("{id} (current), not in this chain");
        context.streams.line(context.streams.style.bad(&line))?;
    }
    let draws = context.streams.tty.out && !context.global.verbose && branches(&chain, &listed);
    let mut graph = Graph::new(&chain, &listed);
    for &at in &listed {
        let is_current = shown.is_some_and(|recorded| recorded.rows.contains(&at));
        if context.global.verbose {
            context.streams.line(form::entry(&chain, at, is_current))?;
            continue;
        }
        let line = form::line(&chain, at, Parts::HISTORY, is_current);
        let line = match shown {
            Some(recorded) if recorded.applied.contains(at) => context.streams.style.good(&line),
            Some(_) => context.streams.style.pending(&line),
            None => line,
        };
        if !draws {
            context.streams.line(line)?;
            continue;
        }
        let style = context.streams.style;
        let rows = graph.rows(at);
        for row in rows.above {
            context.streams.line(style.faint(&row))?;
        }
        context
            .streams
            .line(format!("{} {line}", style.faint(&rows.own)))?;
        for row in rows.below {
            context.streams.line(style.faint(&row))?;
        }
    }
    Ok(Exit::Done)
}

/// True when a list alone would not show who follows whom.
fn branches(chain: &Chain<'_>, listed: &[usize]) -> bool {
    listed
        .iter()
        .any(|&at| chain.is_branchpoint(at) || chain.is_mergepoint(at))
        || chain.bases().len() > 1
}

fn revision<'c>(chain: &'c Chain<'_>, at: usize, recorded: Option<&Recorded>) -> Revision<'c> {
    Revision {
        is_current: recorded.map(|recorded| recorded.rows.contains(&at)),
        is_applied: recorded.map(|recorded| recorded.applied.contains(at)),
        ..Revision::new(chain, at)
    }
}
