//! fill B.2
//!
//! revision: B.2
//! down_revision: b1
//! irreversible: rows are gone

use migrate_runtime::{Context, Result};

pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
