//! Indexes that `CREATE INDEX CONCURRENTLY` has left INVALID.

use migrate_chain::Dialect;
use migrate_chain::sql::ConcurrentIndex;

use crate::driver::DbError;
use crate::engine::Engine;
use crate::engine::database::Database;
use migrate_chain::sql::literal;

/// What the catalog says of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Absent,
    Valid,
    Invalid,
}

impl<D: Database> Engine<'_, '_, D> {
    /// Looks an index up as the statement would find its table.
    pub(crate) async fn find_index(&mut self, index: &ConcurrentIndex) -> Result<Found, DbError> {
        let name = literal(Dialect::Postgres, &index.qualified());
        let sql = format!(
            "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({name})"
        );
        let rows = self.driver.rows(&sql).await?;
        Ok(match rows.cell() {
            None => Found::Absent,
            Some("t") => Found::Valid,
            Some(_) => Found::Invalid,
        })
    }

    /// Drops what a failed try has left: `IF NOT EXISTS` would accept it, and it serves no query.
    pub(crate) async fn drop_invalid_index(
        &mut self,
        index: &ConcurrentIndex,
    ) -> Result<bool, DbError> {
        if self.find_index(index).await? != Found::Invalid {
            return Ok(false);
        }
        let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.qualified());
        self.driver.rows(&sql).await?;
        Ok(true)
    }
}
