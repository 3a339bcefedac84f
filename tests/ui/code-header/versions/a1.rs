//! fill a1
//!
//! revision: a1
//! down_revision: none
//! upgrade: (no transactoin)
//! downgrade: own transaction
//! contents: 2

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
pub fn downgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
