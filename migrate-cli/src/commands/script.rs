use super::change::Kind;
use crate::Exit;
use crate::context::Context;
use crate::failure::{Failure, Result};

pub(super) fn exec(_context: &mut Context<'_, '_>, _kind: Kind<'_>) -> Result<Exit> {
    Err(Failure::failed("later"))
}
