use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Later
#[derive(Debug, clap::Args)]
pub(crate) struct Squash {}

pub(crate) fn exec(_context: &mut Context<'_, '_>, _args: &Squash) -> Result<Exit> {
    Err(Failure::failed("later"))
}
