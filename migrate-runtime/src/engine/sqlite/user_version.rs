//! SQLite's fast path: 31 bits of the head's fingerprint in `PRAGMA user_version`, which is read
//! without loading the schema.

use migrate_chain::Fingerprint;

use crate::driver::{Class, DbError};
use crate::engine::Engine;
use crate::engine::database::Database;
use crate::{Outcome, Report};

const READ: &str = "PRAGMA main.user_version";

/// What stands for a head: positive, and never 0, which a new database has.
fn mark(fingerprint: &Fingerprint) -> u32 {
    let [a, b, c, d, ..] = *fingerprint.as_bytes();
    (u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff).max(1)
}

impl<D: Database> Engine<'_, '_, D> {
    /// The report of a start that finds the mark of the chain's head, where the app wants it read.
    pub(crate) async fn marked(&mut self) -> Option<Report> {
        if !self.migrator.settings.user_version {
            return None;
        }
        let header = self.migrator.migrations.header().ok()?;
        let mut heads = header.effective_heads(D::DIALECT);
        let (Some(head), None) = (heads.next(), heads.next()) else {
            return None;
        };
        // What can't be read now is judged, and waited for, the usual way.
        let version = self.user_version().await.ok()?;
        (version == mark(&head.fingerprint)).then(|| {
            let mut report = Report::new(Outcome::UpToDate);
            report.from = vec![head.id.to_owned()];
            report.to.clone_from(&report.from);
            report
        })
    }

    /// Runs the last statements of a transaction, those that change the recorded heads, and lets the
    /// mark follow: also where the app doesn't read it, because another release of it may.
    pub(crate) async fn record_heads(&mut self, sql: &str) -> Result<(), DbError> {
        let version = self.user_version().await?;
        // Any other number is the app's own, or another tool's, which would refuse the database.
        let follows = match version {
            // To another tool the number may be how many of its steps are applied.
            0 => self.migrator.settings.user_version && !self.leaves_user_version(),
            _ => version == self.recorded_mark().await?,
        };
        self.driver.rows(sql).await?;
        if follows {
            let now = self.recorded_mark().await?;
            if now != version {
                self.driver.rows(&format!("{READ} = {now}")).await?;
            }
        }
        Ok(())
    }

    /// True when what the chain takes over keeps its own account in that number.
    fn leaves_user_version(&self) -> bool {
        let packed = self.migrator.migrations.packed();
        let adopt_sql = packed.ok().and_then(|packed| packed.adopt_sql());
        adopt_sql.is_some_and(|text| migrate_chain::sql::mentions(text, "user_version"))
    }

    async fn user_version(&mut self) -> Result<u32, DbError> {
        let rows = self.driver.rows(READ).await?;
        let version = rows.cell().and_then(|cell| cell.parse().ok());
        Ok(version.unwrap_or(0))
    }

    /// The mark of what is recorded; 0 where it is no single head, or a step is in progress.
    async fn recorded_mark(&mut self) -> Result<u32, DbError> {
        let rows = match self.driver.rows(&self.tables.select_heads()).await {
            Err(error) if error.class == Class::Missing => return Ok(0),
            rows => rows?,
        };
        let fingerprint = match (rows.get(0), rows.get(1)) {
            (Some(head), None) => head.get(1),
            _ => None,
        };
        let fingerprint: Option<Fingerprint> = fingerprint.and_then(|text| text.parse().ok());
        Ok(fingerprint.map_or(0, |fingerprint| mark(&fingerprint)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_positive() {
        let of = |first: [u8; 4]| {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&first);
            mark(&Fingerprint::from_bytes(bytes))
        };
        assert_eq!(of([0xff, 0, 0, 2]), 0x7f00_0002);
        assert_eq!(of([0x80, 0, 0, 0]), 1);
        assert_eq!(of([0, 0, 0, 0]), 1);
    }
}
