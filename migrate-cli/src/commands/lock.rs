use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Later
#[derive(Debug, clap::Args)]
pub(crate) struct Lock {}

pub(crate) fn exec(_context: &mut Context<'_, '_>, _args: &Lock) -> Result<Exit> {
    Err(Failure::failed("later"))
}
