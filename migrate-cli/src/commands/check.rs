use migrate_chain::load;

use super::json;
use crate::Exit;
use crate::app::Source;
use crate::context::{Context, Need};
use crate::database::{Access, on};
use crate::failure::{Failure, Result};
use crate::render::github;
use crate::render::json::{Checked, Found};

/// Check the chain, chain.lock and the database; made for CI
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code 1: the chain is broken, several heads included, or an applied revision was edited.
Exit code 3: something is pending.
Without a database only the files are checked.")]
pub(crate) struct Check {
    /// Check the files only, even if a database is named
    #[arg(long)]
    files: bool,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Check) -> Result<Exit> {
    let mut checked = Checked {
        ok: true,
        problems: Vec::new(),
        pending: Vec::new(),
    };
    let outcome = examine(context, args, &mut checked);
    if let Err(failure) = &outcome {
        checked.ok = false;
        checked.problems.extend(found(failure));
    }
    if context.global.json {
        json(context, &checked)?;
    }
    outcome
}

fn examine(context: &mut Context<'_, '_>, args: &Check, checked: &mut Checked) -> Result<Exit> {
    if let Source::Disk = context.app.source {
        let mut options = context.config.options();
        let folder = context.folder();
        if options.dialects.is_empty() {
            options.dialects = context.dialects(&folder)?;
        }
        load(folder, &options)?;
    }
    let migrations = context.migrations(Need::Scripts)?;
    let chain = migrations.chain()?;
    let count = chain.len();
    let has_database = context.config.url_if_any().is_some() || context.app.database.is_some();
    if args.files || !has_database {
        if !context.global.json {
            context
                .streams
                .line(format!("{}: the files are right", revisions(count)))?;
        }
        return Ok(Exit::Done);
    }
    let mut database = context.connect(Access::Read)?;
    context.same_environment(&migrations, &mut database)?;
    let mut migrator = context.migrator(&migrations);
    // Fails where an applied revision was edited, or the database is none of this chain's.
    let history = on!(database, conn => migrator.history(conn))?;
    let pending: Vec<_> = history
        .iter()
        .rev()
        .filter(|entry| !entry.applied)
        .collect();
    checked.pending = pending.iter().map(|entry| entry.revision.clone()).collect();
    if pending.is_empty() {
        if !context.global.json {
            context.streams.line(format!(
                "{}: the files are right, and all is applied",
                revisions(count)
            ))?;
        }
        return Ok(Exit::Done);
    }
    checked.ok = false;
    if !context.global.json {
        let is_github = context
            .app
            .variable("GITHUB_ACTIONS")
            .is_some_and(|value| value == "true");
        for entry in &pending {
            if is_github {
                let place = migrate_runtime::Place {
                    path: entry.path.clone(),
                    line: 1,
                    column: 0,
                };
                let message = format!("{} is pending: {}", entry.revision, entry.message);
                context
                    .streams
                    .line(github::error(Some(&place), &message))?;
            }
            context
                .streams
                .line(format!("pending: {}, {}", entry.revision, entry.message))?;
        }
    }
    Ok(Exit::Pending)
}

fn revisions(count: usize) -> String {
    match count {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    }
}

fn found(failure: &Failure) -> Vec<Found> {
    if let Some(problems) = &failure.problems {
        let one = |problem: &migrate_chain::Problem| Found {
            message: problem.message.clone(),
            path: Some(problem.place.path.clone()),
            line: (problem.place.line > 0).then_some(problem.place.line),
            column: (problem.place.column > 0).then_some(problem.place.column),
            help: problem.help.clone(),
        };
        return problems.iter().map(one).collect();
    }
    let mut lines = failure.text.lines();
    vec![Found {
        message: lines.next().unwrap_or_default().to_owned(),
        path: failure.place.as_ref().map(|place| place.path.clone()),
        line: failure.place.as_ref().map(|place| place.line),
        column: failure.place.as_ref().map(|place| place.column),
        help: lines
            .filter_map(|line| line.trim_start().strip_prefix("= help: "))
            .map(str::to_owned)
            .collect(),
    }]
}
