use super::database::Database;
use super::{Engine, lock, recorded_state};
use crate::driver::Class;
use crate::{Error, Result};

/// The key under which the environment's name is kept.
const KEY: &str = "environment";

impl<D: Database> Engine<'_, '_, D> {
    /// The name of the environment, if one was recorded.
    pub(crate) async fn environment(mut self) -> Result<Option<String>> {
        // Tells whether the tables are there, and in the right schema.
        if self.visible_heads().await?.is_none() {
            return Ok(None);
        }
        match self.read_patiently(&self.tables.select_setting(KEY)).await {
            Ok(rows) => Ok(rows.cell().map(str::to_owned)),
            Err(error) if error.class == Class::Missing => Ok(None),
            Err(error) => Err(recorded_state::failed(&self.tables, error)),
        }
    }

    /// Keeps it; `false` where nothing was applied yet, so that there are no tables.
    pub(crate) async fn set_environment(mut self, name: &str) -> Result<bool> {
        if self.visible_heads().await?.is_none() {
            return Ok(false);
        }
        let sql = self.tables.upsert_setting(KEY, name);
        let mut wait = lock::Backoff::new(self.migrator.settings.lock_wait);
        loop {
            match self.driver.rows_within(&sql, wait.slice()).await {
                Ok(_) => return Ok(true),
                Err(error) if error.class == Class::Busy && !wait.is_over() => {
                    let pause = wait.pause();
                    self.driver.sleep(pause).await;
                }
                Err(error) => return Err(Error::database("record the environment", error)),
            }
        }
    }
}
