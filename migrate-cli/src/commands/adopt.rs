use super::change::{self, Change, Kind};
use crate::Exit;
use crate::context::{Context, Need};
use crate::error::{Error, Result};

/// Record what another tool has applied, and run nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`import` writes versions/adopt.sql, which says where the other tool keeps its
history. A start and `upgrade` do the same before they run what is pending;
`adopt` is for whoever wants to look first.

Exit code 1: what the other tool has applied is not what this chain stands for.
Exit code 5: it has left a step half done.

Examples:
  adopt --dry-run              what would be recorded
  adopt                        record it; then `upgrade` runs the rest")]
pub(crate) struct Adopt {
    /// Print what would be recorded, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: exit with code 3 if there is something to record
    #[arg(long, requires = "dry_run")]
    exit_code: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Adopt) -> Result<Exit> {
    let migrations = context.migrations(Need::Scripts)?;
    if migrations.chain()?.adopt_sql.is_none() {
        return Err(Error::failed(
            "nothing says what the other tool is: there is no adopt.sql beside the revisions",
        )
        .help("`cargo migrate import` makes revisions of another tool's files, and writes it")
        .help("`stamp REV` records what a person knows to be applied"));
    }
    let change = Change::shown(args.dry_run, args.exit_code);
    change::exec(context, Kind::Adopt, &change)
}
