//! fill c1
//!
//! revision: c1
//! down_revision: b1
//! downgrade: (own transaction)

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
