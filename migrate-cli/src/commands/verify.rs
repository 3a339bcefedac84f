use migrate_runtime::Changed;

use super::json;
use crate::Exit;
use crate::context::{Context, Need, Recorded};
use crate::database::{Access, on};
use crate::error::Result;
use crate::render::json::Differs;

/// Compare each applied revision with what was recorded of it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  verify                       exit code 3 if an applied revision was edited")]
pub(crate) struct Verify {}

pub(crate) fn exec(context: &mut Context<'_, '_>, _: &Verify) -> Result<Exit> {
    let migrations = context.migrations(Need::Scripts)?;
    let mut database = context.connect(Access::Read)?;
    let mut migrator = context.migrator(&migrations);
    context.in_progress(&migrations, &mut database)?;
    let found = on!(database, conn => migrator.verify(conn))?;
    if context.global.json {
        let differences: Vec<_> = found.iter().map(Differs::from).collect();
        json(context, &differences)?;
    } else {
        for difference in &found {
            let what = match difference.what {
                Changed::Ancestry => "was put elsewhere in the chain",
                _ => "was edited",
            };
            context.streams.line(format!(
                "{} ({}) {what} after it was applied at {}",
                difference.revision, difference.path, difference.applied_at
            ))?;
        }
        let recorded = context.recorded(&migrations, &mut database)?;
        let unknown = Recorded::new(&migrations.chain()?, recorded).unknown;
        match (found.is_empty(), &unknown[..]) {
            (true, []) => context
                .streams
                .remark("every applied revision is as it was")?,
            (true, _) => context
                .streams
                .remark("every applied revision of this chain is as it was")?,
            (false, _) => {}
        }
        for id in unknown {
            context.streams.remark(format!(
                "note: `{id}` is applied and not in this chain, so nothing tells what it should be"
            ))?;
        }
    }
    Ok(if found.is_empty() {
        Exit::Done
    } else {
        Exit::Pending
    })
}
