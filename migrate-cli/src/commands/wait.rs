use std::time::Duration;

use serde::Serialize;

use super::json;
use crate::Exit;
use crate::context::Context;
use crate::database::Access;
use crate::error::Result;

/// Wait until the database answers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Any other command waits with `--wait SECONDS`.

Example:
  wait --timeout 60 && upgrade      in a container whose server starts at the same time")]
pub(crate) struct Wait {
    /// After how many seconds it is a failure
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = crate::cli::seconds)]
    timeout: f64,
}

#[derive(Debug, Serialize)]
struct Answered {
    url: String,
}

pub(crate) fn exec(context: &mut Context<'_, '_>, args: &Wait) -> Result<Exit> {
    let url = context.config.url()?.clone();
    context.wait_for(&url, Access::Read, Duration::from_secs_f64(args.timeout))?;
    let url = url.to_string();
    if context.global.json {
        json(context, &Answered { url })?;
    } else {
        context.streams.line(format!("{url} answers"))?;
    }
    Ok(Exit::Done)
}
