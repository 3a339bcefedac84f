use migrate_runtime::Changed;
use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::{Access, on};
use crate::error::{Error, Result};
use crate::render::json::Differs;

/// Accept edits of applied revisions, after a person has looked
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`verify` lists what differs. `repair` records this chain's fingerprints and a row in the log for
each; changed ancestry is refused. With --environment it records what --env names instead.

Examples:
  repair                       after `verify`, and a look at what differs
  repair --environment --env prod")]
pub(crate) struct Repair {
    /// Record the name of the environment, and nothing else
    #[arg(long)]
    environment: bool,
}

#[derive(Debug, Serialize)]
struct Remembered<'r> {
    environment: &'r str,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Repair) -> Result<Exit> {
    let migrations = context.migrations(Need::Scripts)?;
    let mut database = context.connect(Access::Read)?;
    if args.environment {
        let Some(env) = context.config.env.clone() else {
            return Err(Error::usage(
                "which environment is it? Name it with `--env`",
            ));
        };
        if !context.remember(&migrations, &mut database)? {
            return Err(Error::failed(
                "nothing was applied yet, so there is no table to record the environment in",
            )
            .help("the first `upgrade` records it"));
        }
        if context.global.json {
            json(context, &Remembered { environment: &env })?;
        } else {
            context.streams.line(format!("this database is `{env}`"))?;
        }
        return Ok(Exit::Done);
    }
    context.same_environment(&migrations, &mut database)?;
    let mut migrator = context.migrator(&migrations);
    let found = on!(database, conn => migrator.repair(conn))?;
    if context.global.json {
        let differences: Vec<_> = found.iter().map(Differs::from).collect();
        json(context, &differences)?;
        return Ok(Exit::Done);
    }
    for difference in &found {
        let what = match difference.what {
            Changed::Ancestry => "its place in the chain",
            _ => "its content",
        };
        context.streams.line(format!(
            "{} ({}): {what} is accepted as it is now",
            difference.revision, difference.path
        ))?;
    }
    if found.is_empty() {
        context
            .streams
            .remark("nothing to do: every applied revision is as it was")?;
    }
    Ok(Exit::Done)
}
