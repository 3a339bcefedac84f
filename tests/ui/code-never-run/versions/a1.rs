//! fill a1
//!
//! revision: a1
//! down_revision: none
//! irreversible: rows are gone

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
pub fn downgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
