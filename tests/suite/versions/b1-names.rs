//! names
//!
//! revision: b1
//! down_revision: a1

use migrate_runtime::{Context, Result};

pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
    db.execute(
        "INSERT INTO users VALUES (?1, ?2)",
        &[2.into(), "Grace".into()],
    )?;
    let rows = db.query("SELECT name FROM users WHERE id > ?1", &[1.into()])?;
    match rows.len() {
        1 => Ok(()),
        n => Err(format!("{n} rows").into()),
    }
}

pub fn downgrade(db: &mut Context<'_>) -> Result<()> {
    db.execute("DELETE FROM users WHERE id = ?1", &[2.into()])?;
    Ok(())
}
