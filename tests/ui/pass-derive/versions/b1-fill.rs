//! fill b1
//!
//! revision: b1
//! down_revision: a1

use migrate_runtime::{AsyncContext, Context, Result};

pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> {
    helper(db);
    Ok(())
}

fn helper(_db: &mut AsyncContext<'_>) {}
pub fn downgrade(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
