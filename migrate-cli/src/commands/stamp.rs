use super::change::{self, Change, Kind};
use crate::Exit;
use crate::context::Context;
use crate::error::Result;

/// Record revisions as applied without running them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  stamp head                   the database already looks as the chain makes it
  stamp ae10 b111              it is at two heads
  stamp --force base           nothing is applied, whatever is recorded
  stamp --purge head           forget what is recorded, known to this chain or not
  check --drift                afterwards: whether the tables are what it says")]
pub(crate) struct Stamp {
    /// Ids, labels, head, heads or base
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Forget everything that is recorded first
    #[arg(long)]
    purge: bool,
    /// Record less than is recorded now: the next upgrade runs the rest again
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    change: Change,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Stamp) -> Result<Exit> {
    let kind = Kind::Stamp {
        revisions: &args.revisions,
        purge: args.purge,
        force: args.force,
    };
    change::exec(context, kind, &args.change)
}
