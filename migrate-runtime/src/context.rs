use crate::driver::{Raw, ready};
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
use crate::value::postgres as pg;
#[cfg(feature = "rusqlite")]
use crate::value::sqlite;
use crate::{Dialect, Error, ErrorKind, Result, Row, Value};

/// What a Rust-coded revision works with: the live connection, inside the step's transaction.
///
/// Statements are written with `?1`, `?2`, ... on every database.
///
/// ```
/// use migrate_runtime::{Context, Result};
///
/// pub fn upgrade(db: &mut Context<'_>) -> Result<()> {
///     for row in db.query("SELECT id, name FROM unit", &[])? {
///         let name = row.text(1)?.to_lowercase();
///         db.execute("UPDATE unit SET name = ?1 WHERE id = ?2", &[name.into(), row.integer(0)?.into()])?;
///     }
///     Ok(())
/// }
/// ```
pub struct Context<'a>(Inner<'a>);

/// What an `async` Rust-coded revision works with; on every driver, the blocking ones too.
///
/// Only the database may be awaited there: on a blocking driver nothing else would ever be ready,
/// which is an error that names the revision.
///
/// ```
/// use migrate_runtime::{AsyncContext, Result};
///
/// pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> {
///     db.execute("INSERT INTO unit (name) VALUES (?1)", &["kg".into()]).await?;
///     Ok(())
/// }
/// ```
pub struct AsyncContext<'a>(Inner<'a>);

struct Inner<'a> {
    raw: Raw<'a>,
    revision: &'a str,
    #[cfg(feature = "include_dir")]
    assets: &'static crate::assets::Assets<'static>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(raw: Raw<'a>, revision: &'a str, migrations: &crate::Migrations) -> Self {
        Context(Inner::new(raw, revision, migrations))
    }

    /// Runs one statement; the number of rows it changed.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        ready(self.0.execute(sql, parameters)).unwrap_or_else(|| Err(needs_async()))
    }

    /// Runs one query; its rows.
    ///
    /// # Errors
    ///
    /// What the database said, or a column of a type that has no [`Value`]: cast it in the query.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        ready(self.0.query(sql, parameters)).unwrap_or_else(|| Err(needs_async()))
    }

    /// Runs several statements, without parameters.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub fn execute_batch(&mut self, sql: &str) -> Result<()> {
        ready(self.0.execute_batch(sql)).unwrap_or_else(|| Err(needs_async()))
    }

    /// The connection, when the driver is rusqlite. It is shared, so no transaction can be nested.
    ///
    /// # Errors
    ///
    /// Another driver is in use.
    #[cfg(feature = "rusqlite")]
    pub fn rusqlite(&self) -> Result<&rusqlite::Connection> {
        match &self.0.raw {
            Raw::Rusqlite(connection) => Ok(connection),
            #[allow(unreachable_patterns)]
            _ => Err(Error::from("the driver in use is not rusqlite")),
        }
    }

    /// The client, when the driver is postgres. Its transaction is the step's: leave it open.
    ///
    /// # Errors
    ///
    /// Another driver is in use.
    #[cfg(feature = "postgres")]
    pub fn postgres(&mut self) -> Result<&mut postgres::Client> {
        match &mut self.0.raw {
            Raw::Postgres(client) => Ok(client),
            #[allow(unreachable_patterns)]
            _ => Err(Error::from("the driver in use is not postgres")),
        }
    }
}

impl<'a> AsyncContext<'a> {
    pub(crate) fn new(raw: Raw<'a>, revision: &'a str, migrations: &crate::Migrations) -> Self {
        AsyncContext(Inner::new(raw, revision, migrations))
    }

    /// Runs one statement; the number of rows it changed.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub async fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        self.0.execute(sql, parameters).await
    }

    /// Runs one query; its rows.
    ///
    /// # Errors
    ///
    /// What the database said, or a column of a type that has no [`Value`]: cast it in the query.
    pub async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        self.0.query(sql, parameters).await
    }

    /// Runs several statements, without parameters.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub async fn execute_batch(&mut self, sql: &str) -> Result<()> {
        self.0.execute_batch(sql).await
    }

    /// The client, when the driver is tokio-postgres. Its transaction is the step's: leave it open.
    ///
    /// # Errors
    ///
    /// Another driver is in use.
    #[cfg(feature = "tokio-postgres")]
    pub fn tokio_postgres(&mut self) -> Result<&mut tokio_postgres::Client> {
        match &mut self.0.raw {
            Raw::TokioPostgres(client) => Ok(client),
            #[allow(unreachable_patterns)]
            _ => Err(Error::from("the driver in use is not tokio-postgres")),
        }
    }
}

macro_rules! common {
    ($context:ident) => {
        impl $context<'_> {
            /// Which database this is.
            pub fn dialect(&self) -> Dialect {
                self.0.dialect()
            }

            /// The revision that runs.
            pub fn revision(&self) -> &str {
                self.0.revision
            }

            /// The data files that travel with the chain, such as `assets/units.csv`.
            #[cfg(feature = "include_dir")]
            pub fn assets(&self) -> &'static include_dir::Dir<'static> {
                self.0.assets
            }
        }

        impl std::fmt::Debug for $context<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($context))
                    .field("revision", &self.0.revision)
                    .field("dialect", &self.0.dialect())
                    .finish_non_exhaustive()
            }
        }
    };
}

common!(Context);
common!(AsyncContext);

fn needs_async() -> Error {
    Error::new(ErrorKind::Code, "an async driver needs an `async fn`")
}

impl<'a> Inner<'a> {
    #[allow(unused_variables)]
    fn new(raw: Raw<'a>, revision: &'a str, migrations: &crate::Migrations) -> Inner<'a> {
        Inner {
            raw,
            revision,
            #[cfg(feature = "include_dir")]
            assets: migrations.assets(),
        }
    }

    fn dialect(&self) -> Dialect {
        match &self.raw {
            #[cfg(feature = "rusqlite")]
            Raw::Rusqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Raw::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "tokio-postgres")]
            Raw::TokioPostgres(_) => Dialect::Postgres,
            Raw::None(never, _) => match *never {},
        }
    }

    #[allow(unused_variables)]
    async fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64> {
        match &mut self.raw {
            #[cfg(feature = "rusqlite")]
            Raw::Rusqlite(connection) => {
                let changed = connection.execute(sql, sqlite::parameters(parameters))?;
                Ok(changed as u64)
            }
            #[cfg(feature = "postgres")]
            Raw::Postgres(client) => {
                let sql = migrate_chain::sql::postgres_parameters(sql);
                Ok(client.execute(&sql, &pg::parameters(&pg::bound(parameters)))?)
            }
            #[cfg(feature = "tokio-postgres")]
            Raw::TokioPostgres(client) => {
                let sql = migrate_chain::sql::postgres_parameters(sql);
                Ok(client
                    .execute(&sql, &pg::parameters(&pg::bound(parameters)))
                    .await?)
            }
            Raw::None(never, _) => match *never {},
        }
    }

    #[allow(unused_variables)]
    async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        match &mut self.raw {
            #[cfg(feature = "rusqlite")]
            Raw::Rusqlite(connection) => sqlite::query(connection, sql, parameters),
            #[cfg(feature = "postgres")]
            Raw::Postgres(client) => {
                let sql = migrate_chain::sql::postgres_parameters(sql);
                let rows = client.query(&sql, &pg::parameters(&pg::bound(parameters)))?;
                rows.iter().map(pg::row).collect()
            }
            #[cfg(feature = "tokio-postgres")]
            Raw::TokioPostgres(client) => {
                let sql = migrate_chain::sql::postgres_parameters(sql);
                let rows = client
                    .query(&sql, &pg::parameters(&pg::bound(parameters)))
                    .await?;
                rows.iter().map(pg::row).collect()
            }
            Raw::None(never, _) => match *never {},
        }
    }

    #[allow(unused_variables)]
    async fn execute_batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.raw {
            #[cfg(feature = "rusqlite")]
            Raw::Rusqlite(connection) => Ok(connection.execute_batch(sql)?),
            #[cfg(feature = "postgres")]
            Raw::Postgres(client) => Ok(client.batch_execute(sql)?),
            #[cfg(feature = "tokio-postgres")]
            Raw::TokioPostgres(client) => Ok(client.batch_execute(sql).await?),
            Raw::None(never, _) => match *never {},
        }
    }
}
