//! fill c1
//!
//! revision: c1
//! down_revision: b1

pub fn upgrade() -> Result<()> {
    Ok(())
}
pub fn downgrade(db: &Context<'_>) -> Result<()> {
    Ok(())
}
