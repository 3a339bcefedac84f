//! fill d1
//!
//! revision: d1
//! down_revision: c1

pub fn upgrade(db: &mut Context<'_>) -> Result<(), String> {
    Ok(())
}
pub fn downgrade(db: &mut Context<'_>) -> Result<(), migrate_runtime::Error> {
    Ok(())
}
