use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

/// Later
#[derive(Debug, clap::Args)]
pub(crate) struct Rebase {}

pub(crate) fn exec(_context: &mut Context<'_, '_>, _args: &Rebase) -> Result<Exit> {
    Err(Failure::failed("later"))
}
