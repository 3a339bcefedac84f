use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Later
#[derive(Debug, clap::Args)]
pub(crate) struct Revision {}

pub(crate) fn exec(_context: &mut Context<'_, '_>, _args: &Revision) -> Result<Exit> {
    Err(Failure::failed("later"))
}
