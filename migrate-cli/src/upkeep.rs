//! What migrate.toml asks to be kept beside the chain, once the chain has changed: the snapshot of its schema, and its proof.

use crate::commands::prove;
use crate::context::Context;
use crate::error::Result;
use crate::snapshot;

/// Where something can't be brought up to date, the change stays, and `check` goes on to say what is stale.
pub(crate) fn refresh(context: &mut Context<'_, '_>) -> Result<()> {
    snapshot::refresh(context)?;
    prove::refresh(context)
}
