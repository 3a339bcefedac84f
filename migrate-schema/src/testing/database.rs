use migrate_chain::Dialect;
use migrate_runtime::{Lock, Migrations, Migrator, Row, Value};

use super::scratch::scratch;
use super::typed::{FromRow, FromValue, column};
use crate::introspect::Ignore;
use crate::model::Schema;
use crate::scratch::{Live, Scratch};
use crate::{Error, Result};

/// A scratch database with a chain applied up to some revision, for tests of one's own: gone with the
/// value.
///
/// Here a revision splits a name in two, and the test looks what becomes of rows, there and back. On
/// PostgreSQL the same test runs with `Dialect::Postgres`; a chain for both is tested with
/// `for dialect in Dialect::ALL`.
///
/// ```
/// # #[cfg(feature = "rusqlite")] {
/// use migrate_runtime::{Dialect, Migrations, embed_migrations};
/// use migrate_schema::testing::{Result, TestDb};
///
/// static MIGRATIONS: Migrations = embed_migrations!("doc/people", dialects = [sqlite, postgres]);
///
/// fn names_are_split(dialect: Dialect) -> Result {
///     let mut db = TestDb::at(&MIGRATIONS, dialect, "a1c4")?;
///     db.execute("INSERT INTO people (id, name) VALUES (1, 'Ada Lovelace'), (2, 'Plato')")?;
///
///     db.upgrade("head")?;
///     let people: Vec<(String, Option<String>)> =
///         db.query("SELECT first_name, last_name FROM people ORDER BY id")?;
///     assert_eq!(people[0], ("Ada".to_owned(), Some("Lovelace".to_owned())));
///     assert_eq!(people[1], ("Plato".to_owned(), None));
///
///     db.downgrade("-1")?;
///     let name: String = db.value("SELECT name FROM people WHERE id = 1")?;
///     assert_eq!(name, "Ada Lovelace");
///     Ok(())
/// }
///
/// names_are_split(Dialect::Sqlite)?;
/// # #[cfg(feature = "postgres")]
/// names_are_split(Dialect::Postgres)?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TestDb<'m> {
    pub(crate) live: Live,
    dialect: Dialect,
    migrations: &'m Migrations,
    migrator: Migrator<'m>,
}

impl<'m> TestDb<'m> {
    /// One at a target such as a revision's id, `head` or `base`.
    ///
    /// # Errors
    ///
    /// A step failed, or no scratch database can be made.
    pub fn at(migrations: &'m Migrations, dialect: Dialect, target: &str) -> Result<TestDb<'m>> {
        let mut db = TestDb {
            live: Live::new(&scratch(dialect)?)?,
            dialect,
            migrations,
            // Nobody else knows of the database.
            migrator: Migrator::new(migrations).lock(Lock::None),
        };
        if target != "base" {
            db.upgrade(target)?;
        }
        Ok(db)
    }

    /// One on a scratch server of the caller's, with all of the chain applied that is written.
    pub(crate) fn on(
        migrations: &'m Migrations,
        scratch: &Scratch<'_>,
        prefix: &'m str,
    ) -> Result<TestDb<'m>> {
        let live = Live::new(scratch)?;
        let mut db = TestDb::over(live, migrations, scratch.dialect(), prefix);
        let chain = migrations.chain()?;
        for at in chain.written_heads() {
            db.upgrade(chain.get(at).id)?;
        }
        Ok(db)
    }

    /// A database that is there, and another chain.
    pub(crate) fn over(
        live: Live,
        migrations: &'m Migrations,
        dialect: Dialect,
        prefix: &'m str,
    ) -> TestDb<'m> {
        TestDb {
            live,
            dialect,
            migrations,
            migrator: Migrator::new(migrations)
                .lock(Lock::None)
                .table_prefix(prefix),
        }
    }

    /// With a hook that looks at each step.
    #[cfg(feature = "postgres")]
    pub(crate) fn hook(
        self,
        hook: impl FnMut(
            migrate_runtime::Moment<'_>,
            &mut migrate_runtime::Context<'_>,
        ) -> migrate_runtime::Result<()>
        + Send
        + 'm,
    ) -> TestDb<'m> {
        TestDb {
            migrator: self.migrator.hook(hook),
            ..self
        }
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Upgrades to a target such as `head`, a revision's id or `+1`.
    ///
    /// # Errors
    ///
    /// A step failed.
    pub fn upgrade(&mut self, target: &str) -> Result<()> {
        match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => self.migrator.upgrade(conn, target).map(drop)?,
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => self.migrator.upgrade(&mut live.0, target).map(drop)?,
        }
        Ok(())
    }

    /// Downgrades to a target such as `base`, a revision's id or `-1`.
    ///
    /// # Errors
    ///
    /// A step failed, or is irreversible.
    pub fn downgrade(&mut self, target: &str) -> Result<()> {
        match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => self.migrator.downgrade(conn, target).map(drop)?,
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => self.migrator.downgrade(&mut live.0, target).map(drop)?,
        }
        Ok(())
    }

    /// Runs statements.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn execute(&mut self, sql: &str) -> Result<()> {
        self.live
            .run(sql)
            .map_err(|error| self.fails(sql).with_source(error))
    }

    /// The rows of a query, each as a tuple.
    ///
    /// ```
    /// # #[cfg(feature = "rusqlite")] {
    /// # use migrate_runtime::{Dialect, Migrations, embed_migrations};
    /// # use migrate_schema::testing::TestDb;
    /// # static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
    /// # let mut db = TestDb::at(&MIGRATIONS, Dialect::Sqlite, "head")?;
    /// let rows: Vec<(i64, Option<String>)> = db.query("SELECT 1, NULL UNION ALL SELECT 2, 'b'")?;
    /// assert_eq!(rows, [(1, None), (2, Some("b".to_owned()))]);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the database says, or a column that is something else than what is to be read.
    pub fn query<T: FromRow>(&mut self, query: &str) -> Result<Vec<T>> {
        self.query_with(query, &[])
    }

    /// Runs statements with values in place of `?1`, `?2`, and so on, on both databases.
    ///
    /// ```
    /// # #[cfg(feature = "rusqlite")] {
    /// # use migrate_runtime::{Dialect, Migrations, embed_migrations};
    /// # use migrate_schema::testing::TestDb;
    /// # static MIGRATIONS: Migrations = embed_migrations!("doc/versions", dialects = [sqlite]);
    /// # let mut db = TestDb::at(&MIGRATIONS, Dialect::Sqlite, "head")?;
    /// db.query_with::<()>("INSERT INTO notes VALUES (?1)", &[7.into()])?;
    /// assert_eq!(db.query_with::<(i64,)>("SELECT id FROM notes WHERE id > ?1", &[5.into()])?, [(7,)]);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`query`](TestDb::query).
    pub fn query_with<T: FromRow>(&mut self, query: &str, values: &[Value]) -> Result<Vec<T>> {
        let rows = self.rows(query, values)?;
        let rows: Result<Vec<T>> = rows.iter().map(T::read).collect();
        rows.map_err(|error| self.fails(query).with_source(error))
    }

    /// The only value of a query.
    ///
    /// # Errors
    ///
    /// What the database says; another number of rows or columns than one, or another type, is an
    /// error too.
    pub fn value<T: FromValue>(&mut self, query: &str) -> Result<T> {
        let rows = self.rows(query, &[])?;
        let value = match &rows[..] {
            [row] if row.len() == 1 => column(row, 0),
            [row] => Err(Error::new(format!(
                "it gives {} columns, and one is to be read",
                row.len()
            ))),
            rows => Err(Error::new(format!(
                "it gives {} rows, and one is to be read",
                rows.len()
            ))),
        };
        value.map_err(|error| self.fails(query).with_source(error))
    }

    /// What it looks like now.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub fn schema(&mut self) -> Result<Schema> {
        self.live.read(&Ignore::default())
    }

    fn rows(&mut self, query: &str, values: &[Value]) -> Result<Vec<Row>> {
        use migrate_runtime::__private::query as run;
        let rows = match &mut self.live {
            #[cfg(feature = "rusqlite")]
            Live::Sqlite(conn) => run(self.migrations, conn, query, values),
            #[cfg(feature = "postgres")]
            Live::Postgres(live) => run(self.migrations, &mut live.0, query, values),
        };
        rows.map_err(|error| self.fails(query).with_source(error))
    }

    fn fails(&self, sql: &str) -> Error {
        Error::new(format!("this fails on {}: {sql}", self.dialect))
    }
}

impl std::fmt::Debug for TestDb<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestDb")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}
