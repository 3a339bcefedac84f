//! fill a1
//!
//! revision: a1
//! down_revision: none

fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
pub fn downgrade(db: &mut AsyncContext<'_>) -> Result<()> {
    Ok(())
}
