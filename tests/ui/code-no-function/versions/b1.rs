//! fill b1
//!
//! revision: b1
//! down_revision: a1

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
mod inner {
    pub fn downgrade(db: &mut Context<'_>) -> Result<()> {
        Ok(())
    }
}
