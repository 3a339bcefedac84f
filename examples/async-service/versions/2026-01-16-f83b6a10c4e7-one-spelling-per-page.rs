//! one spelling per page
//!
//! revision: f83b6a10c4e7
//! down_revision: 2c7ef0d5b981
//! created: 2026-01-16 10:11:12 UTC
//! irreversible: which spellings there were is not kept

use migrate_runtime::{AsyncContext, Result};

pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> {
    for row in db.query("SELECT page, seen FROM visit", &[]).await? {
        let page = row.text(0)?;
        let spelt = page.trim_end_matches('/').to_lowercase();
        if spelt == page {
            continue;
        }
        db.execute("DELETE FROM visit WHERE page = ?1", &[page.into()])
            .await?;
        db.execute(
            "INSERT INTO visit (page, seen) VALUES (?1, ?2) ON CONFLICT (page) DO UPDATE SET seen = visit.seen + excluded.seen",
            &[spelt.into(), row.integer(1)?.into()],
        )
        .await?;
    }
    Ok(())
}
