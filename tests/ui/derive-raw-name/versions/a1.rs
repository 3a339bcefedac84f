//! fill a1
//!
//! revision: a1
//! down_revision: none

use migrate_runtime::{Context, Result};

pub fn upgrade(_: &mut Context<'_>) -> Result<()> {
    Ok(())
}

pub fn downgrade(_: &mut Context<'_>) -> Result<()> {
    Ok(())
}
