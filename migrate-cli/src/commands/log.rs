use super::json;
use crate::Exit;
use crate::context::{Context, Need};
use crate::database::{Access, on};
use crate::error::Result;
use crate::render::inline;
use crate::render::json::Log as Row;

/// Show who did what and when, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  log -n 5                     the last five things that were done")]
pub(crate) struct Log {
    /// Only the last ones
    #[arg(short = 'n', long, value_name = "NUMBER", value_parser = count)]
    number: Option<usize>,
}

fn count(text: &str) -> std::result::Result<usize, &'static str> {
    text.parse().map_err(|_| "it is a number, such as 5")
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Log) -> Result<Exit> {
    let migrations = context.migrations(Need::Graph)?;
    let mut database = context.connect(Access::Read)?;
    let mut migrator = context.migrator(&migrations);
    context.in_progress(&migrations, &mut database)?;
    let all = on!(database, conn => migrator.log(conn))?;
    let skipped = args
        .number
        .map_or(0, |number| all.len().saturating_sub(number));
    let rows = &all[skipped..];
    if context.global.json {
        let rows: Vec<_> = rows.iter().map(Row::from).collect();
        json(context, &rows)?;
        return Ok(Exit::Done);
    }
    for entry in rows {
        let time = entry
            .started_at
            .get(..19)
            .unwrap_or(&entry.started_at)
            .replace('T', " ");
        let by = match (entry.applied_by.as_str(), entry.app_version.as_str()) {
            ("", "") => String::new(),
            (user, "") => format!(" by {user}"),
            ("", version) => format!(" by release {version}"),
            (user, version) => format!(" by {user}, release {version}"),
        };
        let message = match entry.message.as_str() {
            "" => String::new(),
            message => format!(", {}", inline(message)),
        };
        context.streams.line(format!(
            "{time} {} {}{message} ({:.0} ms){by}",
            entry.act.name(),
            entry.revision,
            entry.duration.as_secs_f64() * 1000.0
        ))?;
    }
    Ok(Exit::Done)
}
