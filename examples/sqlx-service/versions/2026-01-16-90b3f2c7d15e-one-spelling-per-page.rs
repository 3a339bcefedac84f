//! one spelling per page
//!
//! revision: 90b3f2c7d15e
//! down_revision: 2c7ef0d5b981
//! created: 2026-01-16 10:11:12 UTC
//! irreversible: which spellings there were is not kept

use migrate_runtime::{AsyncContext, Result};

/// With sqlx's own connection; `db.query` and `db.execute` would run on every driver.
pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> {
    let connection = db.sqlx_postgres()?;
    let visits: Vec<(String, i64)> = sqlx::query_as("DELETE FROM visit RETURNING page, seen")
        .fetch_all(&mut *connection)
        .await?;
    for (page, seen) in visits {
        sqlx::query(
            "INSERT INTO visit (page, seen) VALUES ($1, $2) \
             ON CONFLICT (page) DO UPDATE SET seen = visit.seen + excluded.seen",
        )
        .bind(page.trim_end_matches('/').to_lowercase())
        .bind(seen)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
