//! fill b1
//!
//! revision: b1
//! down_revision: a1
//! irreversible:

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    Ok(())
}
