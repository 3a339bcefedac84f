use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Later
#[derive(Debug, clap::Args)]
pub(crate) struct Merge {}

pub(crate) fn exec(_context: &mut Context<'_, '_>, _args: &Merge) -> Result<Exit> {
    Err(Failure::failed("later"))
}
