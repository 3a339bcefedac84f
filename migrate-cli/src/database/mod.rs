//! Connecting to what a URL names.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "rusqlite")]
mod sqlite;
#[cfg(feature = "tls")]
mod tls;

use migrate_chain::Dialect;

use crate::error::Error;
use crate::interrupt::Cancel;
use crate::url::Url;

/// A connection of either driver.
///
/// ```
/// let connection = rusqlite::Connection::open_in_memory()?;
/// let database = migrate_cli::Database::from(connection);
/// # Ok::<(), rusqlite::Error>(())
/// ```
pub struct Database(pub(crate) Kind);

#[allow(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Kind {
    #[cfg(feature = "rusqlite")]
    Rusqlite(::rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(::postgres::Client),
}

#[cfg(feature = "rusqlite")]
impl From<::rusqlite::Connection> for Database {
    fn from(connection: ::rusqlite::Connection) -> Database {
        Database(Kind::Rusqlite(connection))
    }
}

#[cfg(feature = "postgres")]
impl From<::postgres::Client> for Database {
    fn from(client: ::postgres::Client) -> Database {
        Database(Kind::Postgres(client))
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Database").field(&self.dialect()).finish()
    }
}

/// Evaluates an expression on the connection, whichever driver's it is.
macro_rules! on {
    ($database:expr, $conn:ident => $body:expr) => {
        match &mut $database.0 {
            #[cfg(feature = "rusqlite")]
            $crate::database::Kind::Rusqlite($conn) => $body,
            #[cfg(feature = "postgres")]
            $crate::database::Kind::Postgres($conn) => $body,
        }
    };
}

pub(crate) use on;

/// What a command is about to do with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// A file that isn't there is an empty database, and stays away.
    Read,
    /// A file that isn't there is made.
    Write,
}

/// A database that can't be connected to.
#[derive(Debug)]
pub(crate) struct Unreachable {
    pub(crate) error: Error,
    /// True where trying again later makes sense.
    pub(crate) may_come: bool,
}

impl From<Error> for Unreachable {
    fn from(error: Error) -> Unreachable {
        Unreachable {
            error,
            may_come: false,
        }
    }
}

impl From<Unreachable> for Error {
    fn from(unreachable: Unreachable) -> Error {
        unreachable.error
    }
}

impl Database {
    /// Whether a table is there and holds no row.
    #[cfg(feature = "models")]
    pub(crate) fn is_empty_table(&mut self, table: &str) -> Result<bool, Error> {
        let name = migrate_chain::sql::identifier(table);
        let failed = |error: &dyn std::fmt::Display| {
            Error::failed(format!("can't look whether {table} holds rows: {error}"))
        };
        match &mut self.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => {
                let there = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
                let there: i64 = connection
                    .query_row(there, [table], |row| row.get(0))
                    .map_err(|error| failed(&error))?;
                let holds = format!("SELECT EXISTS (SELECT 1 FROM {name})");
                let holds = || connection.query_row(&holds, [], |row| row.get::<_, bool>(0));
                Ok(there > 0 && !holds().map_err(|error| failed(&error))?)
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => {
                let mut transaction = client
                    .build_transaction()
                    .read_only(true)
                    .start()
                    .map_err(|error| failed(&error))?;
                let there = "SELECT pg_catalog.to_regclass($1) IS NOT NULL";
                let there: bool = transaction
                    .query_one(there, &[&name])
                    .and_then(|row| row.try_get(0))
                    .map_err(|error| failed(&error))?;
                let holds = format!("SELECT EXISTS (SELECT 1 FROM {name})");
                let mut holds = || transaction.query_one(&holds, &[])?.try_get::<_, bool>(0);
                Ok(there && !holds().map_err(|error| failed(&error))?)
            }
        }
    }

    /// The rows of a query as texts.
    #[cfg(feature = "models")]
    pub(crate) fn texts(
        &mut self,
        query: &str,
    ) -> std::result::Result<Vec<Vec<Option<String>>>, Box<dyn std::error::Error + Send + Sync>>
    {
        match &mut self.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => {
                use ::rusqlite::types::ValueRef;
                let mut query = connection.prepare(query)?;
                let width = query.column_count();
                let mut rows = query.query([])?;
                let mut texts = Vec::new();
                while let Some(row) = rows.next()? {
                    let text = |at| match row.get_ref(at)? {
                        ValueRef::Null | ValueRef::Blob(_) => Ok(None),
                        ValueRef::Integer(value) => Ok(Some(value.to_string())),
                        ValueRef::Real(value) => Ok(Some(value.to_string())),
                        ValueRef::Text(text) => {
                            Ok(Some(String::from_utf8_lossy(text).into_owned()))
                        }
                    };
                    let row: ::rusqlite::Result<Vec<_>> = (0..width).map(text).collect();
                    texts.push(row?);
                }
                Ok(texts)
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => {
                let messages = client.simple_query(query)?;
                let rows = messages.into_iter().filter_map(|message| match message {
                    ::postgres::SimpleQueryMessage::Row(row) => {
                        let text = |at| row.get(at).map(str::to_owned);
                        Some((0..row.len()).map(text).collect())
                    }
                    _ => None,
                });
                Ok(rows.collect())
            }
        }
    }

    #[cfg_attr(not(feature = "rusqlite"), allow(unused_variables))]
    pub(crate) fn open(url: &Url, access: Access) -> std::result::Result<Database, Unreachable> {
        match url {
            #[cfg(feature = "rusqlite")]
            Url::Sqlite(what) => match sqlite::open(what, access) {
                Ok(connection) => Ok(Database::from(connection)),
                // A folder may be mounted yet.
                Err(error) => Err(Unreachable {
                    may_come: !what.has_folder(),
                    error,
                }),
            },
            #[cfg(feature = "postgres")]
            Url::Postgres(url) => postgres::connect(url).map(Database::from),
            #[cfg(not(all(feature = "rusqlite", feature = "postgres")))]
            other => Err(Error::failed(format!(
                "this program is built without {}: can't open {other}",
                other.dialect()
            ))
            .help(match other.dialect() {
                Dialect::Postgres => "enable the feature `postgres` of migrate-cli",
                _ => "enable the feature `rusqlite` of migrate-cli",
            })
            .into()),
        }
    }

    /// The server of a URL, for scratch databases; nothing if the URL is of another kind.
    #[cfg(all(feature = "models", feature = "postgres"))]
    pub(crate) fn server(
        url: &Url,
    ) -> crate::error::Result<Option<migrate_schema::scratch::Server>> {
        match url {
            Url::Postgres(url) => postgres::server(url).map(Some),
            _ => Ok(None),
        }
    }

    /// A second connection to PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) fn client(
        url: &Url,
    ) -> std::result::Result<::postgres::Client, migrate_runtime::Error> {
        let Url::Postgres(url) = url else {
            return Err(migrate_runtime::Error::other("not a PostgreSQL URL"));
        };
        postgres::connect(url)
            .map_err(|error| migrate_runtime::Error::other(*error.error.diagnostic))
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Kind::Postgres(_) => Dialect::Postgres,
        }
    }

    /// What tells this database from every other, whatever name it was reached by; nothing for one
    /// that only this connection has.
    pub(crate) fn identity(&mut self) -> Option<String> {
        match &mut self.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => sqlite::identity(connection),
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => postgres::identity(client),
        }
    }

    /// What stops the statement that runs.
    pub(crate) fn cancel(&self) -> Cancel {
        match &self.0 {
            #[cfg(feature = "rusqlite")]
            Kind::Rusqlite(connection) => {
                let handle = connection.get_interrupt_handle();
                Box::new(move || handle.interrupt())
            }
            #[cfg(feature = "postgres")]
            Kind::Postgres(client) => postgres::cancel(client),
        }
    }
}
