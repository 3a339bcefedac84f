use migrate_runtime::Resolution;

use super::change;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::Access;
use crate::error::Result;

/// Say what became of an interrupted `no transaction` step
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A statement such as CREATE INDEX CONCURRENTLY leaves no trace of whether it succeeded when the
connection breaks. Look at the database, then say which it is.

Examples:
  resolve --applied        the step is done
  resolve --retry          the statement had no effect: go on with it
  resolve --rolled-back    what the step did is undone: record what was before")]
pub(crate) struct Resolve {
    #[command(flatten)]
    choice: Choice,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Choice {
    /// The step is done
    #[arg(long)]
    applied: bool,
    /// Go on at the statement that was interrupted
    #[arg(long)]
    retry: bool,
    /// What it did is undone
    #[arg(long)]
    rolled_back: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Resolve) -> Result<Exit> {
    let resolution = match args.choice {
        Choice { applied: true, .. } => Resolution::Applied,
        Choice { retry: true, .. } => Resolution::Retry,
        Choice { .. } => Resolution::RolledBack,
    };
    let migrations = context.migrations(Need::Scripts)?;
    let mut database = context.connect(Access::Read)?;
    let remembered = context.same_environment(&migrations, &mut database)?;
    let report = change::run(
        context,
        change::Kind::Resolve(resolution),
        &migrations,
        &mut database,
        remembered.as_deref(),
    )?;
    change::print(context, &report)?;
    Ok(Exit::Done)
}
