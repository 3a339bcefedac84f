use super::change::{self, Change, Kind};
use crate::Exit;
use crate::context::Context;
use crate::error::Result;

/// Run the downgrades down to a target
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  downgrade -1                 the last step
  downgrade ae10               down to that revision, which stays
  downgrade feature@base       a whole branch, and what it grew from
  downgrade base               everything
  downgrade head:ae10 --sql    a script, for a database that is at the head")]
pub(crate) struct Downgrade {
    /// Where to go; A:B with --sql
    #[arg(value_name = "TARGET", allow_hyphen_values = true)]
    target: String,
    #[command(flatten)]
    change: Change,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Downgrade) -> Result<Exit> {
    change::exec(context, Kind::Downgrade(&args.target), &args.change)
}
