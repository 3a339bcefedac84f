//! SQLite table rebuilds: `foreign keys off`.
//!
//! With foreign keys on, `DROP TABLE` deletes the rows that refer to the table, and the pragma has no
//! effect inside a transaction (<https://sqlite.org/lang_altertable.html#otheralter>).

use migrate_chain::sort_positions;

use crate::driver::{Row, Rows};
use crate::engine::database::Database;
use crate::engine::locked::Locked;
use crate::{Error, ErrorKind, Result};

/// Rows of `PRAGMA foreign_key_check`: table, row id, parent, number of the key.
#[derive(Debug)]
pub(crate) struct Violations(Rows);

impl Violations {
    fn sorted(&self) -> Vec<Row<'_>> {
        let rows: Vec<Row<'_>> = self.0.iter().collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        sort_positions(&mut order, &|one, other| rows[one].compare(rows[other]));
        order.into_iter().map(|at| rows[at]).collect()
    }
}

impl<D: Database> Locked<'_, '_, '_, D> {
    /// Switches foreign keys off, and with them the rewriting of references that a rename does;
    /// before BEGIN.
    pub(crate) async fn foreign_keys_off(&mut self) -> Result<()> {
        let driver = &mut self.engine.driver;
        let failed = |error| Error::database("switch foreign keys off", error);
        let rows = driver
            .rows("PRAGMA foreign_keys; PRAGMA legacy_alter_table")
            .await
            .map_err(failed)?;
        let on = |at: usize| rows.get(at).and_then(|row| row.get(0)) == Some("1");
        let switch = |on| if on { "ON" } else { "OFF" };
        self.restore.push(format!(
            "PRAGMA legacy_alter_table = {}; PRAGMA foreign_keys = {}",
            switch(on(1)),
            switch(on(0))
        ));
        let off = "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON";
        driver.rows(off).await.map_err(failed)?;
        Ok(())
    }

    /// What violates a foreign key now.
    pub(crate) async fn violations(&mut self) -> Result<Violations> {
        let rows = self.engine.driver.rows("PRAGMA foreign_key_check").await;
        rows.map(Violations)
            .map_err(|error| Error::database("check foreign keys", error))
    }

    /// Fails if something does that did not before.
    pub(crate) async fn no_new_violations(&mut self, before: &Violations) -> Result<()> {
        const SHOWN: usize = 10;
        let after = self.violations().await?;
        // Counted: rows of a table without row ids all look the same.
        let (known, found) = (before.sorted(), after.sorted());
        let mut known = known.into_iter().peekable();
        let is_new = |row: &Row<'_>| {
            while known.next_if(|known| known.compare(*row).is_lt()).is_some() {}
            known.next_if(|known| known.compare(*row).is_eq()).is_none()
        };
        let new: Vec<Row<'_>> = found.into_iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let plural = if new.len() == 1 {
            "a row that refers"
        } else {
            "rows that refer"
        };
        let mut error = Error::new(
            ErrorKind::Script,
            format!("the rebuild would leave {} {plural} to nothing", new.len()),
        );
        for row in new.iter().take(SHOWN) {
            let cell = |at: usize| row.get(at).unwrap_or("?");
            error = error.with_note(format!(
                "`{}`, row {}, refers to `{}`",
                cell(0),
                cell(1),
                cell(2)
            ));
        }
        if new.len() > SHOWN {
            error = error.with_note(format!("and {} more", new.len() - SHOWN));
        }
        Err(error.with_help("copy every row to the rebuilt table, or mend the rows that refer to it, in the same script"))
    }
}
