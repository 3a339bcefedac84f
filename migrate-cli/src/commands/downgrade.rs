use migrate_chain::{Applied, Goal, Plan};
use migrate_runtime::ErrorKind;

use super::change::{self, Change, Kind};
use super::edited::{below, edited};
use super::target;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::Access;
use crate::error::{Error, Result};
use crate::files::Directory;

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
    let done = change::exec(context, Kind::Downgrade(&args.target), &args.change);
    let has_files = context.config.versions.is_dir() && context.config.url_if_any().is_some();
    match done {
        Err(error)
            if error.kind == Some(ErrorKind::Edited) && has_files && args.change.is_meant() =>
        {
            of_edited(context, &args.target, error)
        }
        done => done,
    }
}

/// Takes open revisions down that were edited since they were applied: as they were when they ran, by the scripts that
/// the log has kept of them. What is edited and stays, or is sealed, is refused as ever.
fn of_edited(context: &mut Context<'_, '_>, word: &str, refusal: Error) -> Result<Exit> {
    let directory = Directory::open(context)?;
    let migrations = context.migrations(Need::Scripts)?;
    let chain = migrations.chain()?;
    let mut database = context.connect(Access::Read)?;
    let remembered = context.same_environment(&migrations, &mut database)?;
    let remembered = remembered.as_deref();
    let Ok(edited) = edited(context, &directory, &migrations, &mut database) else {
        return Err(refusal);
    };
    let recorded = context.recorded(&migrations, &mut database)?;
    let rows: Vec<usize> = (recorded.iter())
        .filter_map(|id| chain.index_of(id))
        .collect();
    let applied = Applied::of_rows(&chain, &rows);
    let target = target(word, "downgrade")?;
    let plan = Plan::new(&chain, &applied, Goal::Downgrade(&target))?;
    let goes = |id: &String| {
        let mut steps = plan.steps.iter();
        steps.any(|step| chain.get(step.revision).id == id)
    };
    let left: Option<&str> = match plan.to[..] {
        [] => Some("base"),
        [one] => Some(chain.get(one).id),
        _ => None,
    };
    let (true, Some(left)) = (edited.iter().all(goes), left) else {
        return Err(refusal);
    };
    let below = below(&directory, &chain, &edited)?;
    let mut report = change::run(context, Kind::Unknown, &below, &mut database, remembered)?;
    let rest = Kind::Downgrade(left);
    let rest = change::run(context, rest, &migrations, &mut database, remembered)?;
    report.steps.extend(rest.steps);
    report.to = rest.to;
    change::print(context, &report)?;
    Ok(Exit::Done)
}
