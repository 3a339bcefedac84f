use clap::ValueEnum;

use super::change::{self, Change, Kind};
use crate::Exit;
use crate::context::Context;
use crate::error::Result;

/// Run the upgrades up to a target
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  upgrade                      everything that is pending
  upgrade +2                   the next two steps
  upgrade ae10                 up to that revision
  upgrade feature@head         up to the end of a branch
  upgrade heads                every branch
  upgrade --breaking=no        refuse what older releases can't work with
  upgrade head --sql           a script, from an empty database
  upgrade ae10:head --sql      a script, for a database that is at ae10")]
pub(crate) struct Upgrade {
    /// Where to go; A:B with --sql
    #[arg(
        value_name = "TARGET",
        default_value = "head",
        allow_hyphen_values = true
    )]
    target: String,
    /// Whether the plan may hold a step that breaks older releases
    #[arg(long, value_name = "WHETHER", value_enum, default_value_t = Breaking::Yes, hide_default_value = true)]
    breaking: Breaking,
    #[command(flatten)]
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Breaking {
    Yes,
    No,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Upgrade) -> Result<Exit> {
    context.refuses_breaking = args.breaking == Breaking::No;
    change::exec(context, Kind::Upgrade(&args.target), &args.change)
}
