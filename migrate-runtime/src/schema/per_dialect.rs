use migrate_chain::Dialect;

/// One value for each database.
///
/// ```
/// use migrate_runtime::{Dialect, schema::PerDialect};
///
/// let kind = PerDialect { sqlite: "TEXT", postgres: "jsonb" };
/// assert_eq!(kind.get(Dialect::Postgres), "jsonb");
/// assert_eq!(PerDialect::both("now").get(Dialect::Sqlite), "now");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PerDialect<T> {
    /// On SQLite.
    pub sqlite: T,
    /// On PostgreSQL.
    pub postgres: T,
}

/// A text of SQL; a database for which there is none does without.
pub type SqlText = PerDialect<Option<&'static str>>;

impl<T: Copy> PerDialect<T> {
    /// One value for both databases.
    pub const fn both(value: T) -> PerDialect<T> {
        PerDialect {
            sqlite: value,
            postgres: value,
        }
    }

    /// On that database.
    pub const fn get(&self, dialect: Dialect) -> T {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            _ => self.postgres,
        }
    }
}
