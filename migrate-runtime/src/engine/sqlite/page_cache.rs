//! SQLite's page cache while a transaction of ours is open.
//!
//! A cache that is full, 2 MB by default, makes room by writing pages before COMMIT. The journal has
//! to be on the disk first, so each time costs two waits for the disk, and pages that change again
//! are written twice (<https://sqlite.org/pragma.html#pragma_cache_spill>).

use crate::driver::DbError;
use crate::engine::database::Database;
use crate::engine::locked::Locked;

/// What the cache may grow to before that, in KiB: a plan of thousands of statements fits in, and no
/// app is surprised by it.
const ROOM: u32 = 16 * 1024;

const READ: &str = "PRAGMA main.cache_spill";

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Lets the cache grow; it is faster, and no more, so that an error is none of ours.
    pub(crate) async fn spill_late(&mut self) {
        // 0: it may grow without a limit.
        let Ok(Some(before @ 1..)) = self.spill().await else {
            return;
        };
        let restore = format!("{READ} = {before}");
        let _ = self.engine.driver.rows(&format!("{READ} = -{ROOM}")).await;
        if !matches!(self.spill().await, Ok(Some(now)) if now >= before) {
            // The app has set more.
            let _ = self.engine.driver.rows(&restore).await;
        }
        self.restore.push(restore);
    }

    async fn spill(&mut self) -> Result<Option<u32>, DbError> {
        let rows = self.engine.driver.rows(READ).await?;
        Ok(rows.cell().and_then(|cell| cell.parse().ok()))
    }
}
