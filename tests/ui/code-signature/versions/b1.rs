//! fill b1
//!
//! revision: b1
//! down_revision: a1

use migrate_runtime::{Context, Result};

pub async fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
pub fn downgrade(db: &mut Context<'_>) {
    Ok(())
}
