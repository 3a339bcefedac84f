//! fill c1
//!
//! revision: c1
//! down_revision: b1

use migrate_runtime::{Context, Result};

pub fn downgrade(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
