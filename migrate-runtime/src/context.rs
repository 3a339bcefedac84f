use crate::driver::{Raw, ready};
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
        ready(self.0.raw.change(sql, parameters)).unwrap_or_else(|| Err(needs_async()))
    }

    /// Runs one query; its rows.
    ///
    /// # Errors
    ///
    /// What the database said, or a column of a type that has no [`Value`]: cast it in the query.
    pub fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        ready(self.0.raw.query(sql, parameters)).unwrap_or_else(|| Err(needs_async()))
    }

    /// Runs several statements, without parameters.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub fn execute_batch(&mut self, sql: &str) -> Result<()> {
        ready(self.0.raw.batch(sql)).unwrap_or_else(|| Err(needs_async()))
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
        self.0.raw.change(sql, parameters).await
    }

    /// Runs one query; its rows.
    ///
    /// # Errors
    ///
    /// What the database said, or a column of a type that has no [`Value`]: cast it in the query.
    pub async fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>> {
        self.0.raw.query(sql, parameters).await
    }

    /// Runs several statements, without parameters.
    ///
    /// # Errors
    ///
    /// What the database said.
    pub async fn execute_batch(&mut self, sql: &str) -> Result<()> {
        self.0.raw.batch(sql).await
    }
}

macro_rules! common {
    ($context:ident) => {
        impl $context<'_> {
            /// Which database this is.
            pub fn dialect(&self) -> Dialect {
                self.0.raw.dialect()
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
                    .field("dialect", &self.0.raw.dialect())
                    .finish_non_exhaustive()
            }
        }
    };
}

common!(Context);
common!(AsyncContext);

/// What gives a Rust-coded revision the connection of its driver.
macro_rules! connections {
    ($($(#[$cfg:meta])* $context:ident.$name:ident() -> $connection:ty = $variant:ident, $driver:literal;)*) => {
        $(
            $(#[$cfg])*
            impl $context<'_> {
                #[doc = concat!("The connection, when the driver is ", $driver, ". The transaction that is open on it is the step's: leave it open. One that is begun on it is a savepoint where the driver counts transactions, as diesel does, and sqlx on PostgreSQL; through sqlx on SQLite it fails, and `SAVEPOINT` as a statement does as well.")]
                ///
                /// # Errors
                ///
                /// Another driver is in use.
                pub fn $name(&mut self) -> Result<&mut $connection> {
                    match &mut self.0.raw {
                        Raw::$variant(connection) => Ok(connection),
                        #[allow(unreachable_patterns)]
                        _ => Err(Error::from(concat!("the driver in use is not ", $driver))),
                    }
                }
            }
        )*
    };
}

#[cfg(feature = "rusqlite")]
impl Context<'_> {
    /// The connection, when the driver is rusqlite. It is shared, so no transaction can be nested. What is run on it, nobody
    /// looks at before: a DROP TABLE may delete rows that refer to the table, which [`Context::execute`] refuses.
    ///
    /// # Errors
    ///
    /// Another driver is in use.
    pub fn rusqlite(&self) -> Result<&rusqlite::Connection> {
        match &self.0.raw {
            Raw::Rusqlite(connection) => Ok(connection),
            #[allow(unreachable_patterns)]
            _ => Err(Error::from("the driver in use is not rusqlite")),
        }
    }
}

connections! {
    #[cfg(feature = "postgres")]
    Context.postgres() -> postgres::Client = Postgres, "postgres";
    #[cfg(feature = "diesel-postgres")]
    Context.diesel_postgres() -> diesel::PgConnection = DieselPostgres, "diesel's, to PostgreSQL";
    #[cfg(feature = "diesel-sqlite")]
    Context.diesel_sqlite() -> diesel::SqliteConnection = DieselSqlite, "diesel's, to SQLite";
    #[cfg(feature = "tokio-postgres")]
    AsyncContext.tokio_postgres() -> tokio_postgres::Client = TokioPostgres, "tokio-postgres";
    #[cfg(feature = "sqlx-postgres")]
    AsyncContext.sqlx_postgres() -> sqlx_postgres_0_9::PgConnection = SqlxPostgres, "sqlx 0.9's, to PostgreSQL";
    #[cfg(feature = "sqlx-0_8-postgres")]
    AsyncContext.sqlx_0_8_postgres() -> sqlx_postgres_0_8::PgConnection = Sqlx08Postgres, "sqlx 0.8's, to PostgreSQL";
    #[cfg(feature = "sqlx-sqlite")]
    AsyncContext.sqlx_sqlite() -> sqlx::SqliteConnection = SqlxSqlite, "sqlx's, to SQLite";
}

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
}
