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
  stamp base                   nothing is applied
  stamp --purge head           forget what is recorded, known to this chain or not")]
pub(crate) struct Stamp {
    /// Ids, labels, head, heads or base
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Forget everything that is recorded first
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    change: Change,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Stamp) -> Result<Exit> {
    let kind = Kind::Stamp {
        revisions: &args.revisions,
        purge: args.purge,
    };
    change::exec(context, kind, &args.change)
}
