//! A database and the driver that reaches it, so that one body runs on every driver.

use std::future::Future;

use migrate_runtime::{AsyncConnection, Connection, Dialect, Error, Migrator};
use migrate_tests::support::{Engine, Postgres, Sqlite};
use sqlx::AssertSqlSafe;
use sqlx_core_0_8::connection::Connection as _;
use sqlx_core_0_8::row::Row as _;

/// A database, and the driver that reaches it.
pub(crate) enum Reached {
    Rusqlite(Sqlite),
    SqlxSqlite(Sqlite),
    DieselSqlite(Sqlite),
    Postgres(Postgres),
    Tokio(Postgres),
    Sqlx(Postgres),
    Sqlx08(Postgres),
    Diesel(Postgres),
}

/// What is done with a connection, whichever driver's it is.
pub(crate) trait Action {
    type Done;

    fn blocking<C: Connection>(self, connection: &mut C) -> Self::Done;
    fn awaited<C: AsyncConnection>(self, connection: &mut C) -> impl Future<Output = Self::Done>;
}

/// An [`Action`] that runs a chain.
pub(crate) struct Run<'a, 'm>(pub(crate) &'a mut Migrator<'m>);

impl Action for Run<'_, '_> {
    type Done = migrate_runtime::Result<migrate_runtime::Report>;

    fn blocking<C: Connection>(self, connection: &mut C) -> Self::Done {
        self.0.run(connection)
    }

    async fn awaited<C: AsyncConnection>(self, connection: &mut C) -> Self::Done {
        self.0.run_async(connection).await
    }
}

impl Reached {
    pub(crate) fn all() -> Vec<Reached> {
        let mut all = Reached::on_sqlite();
        all.extend(Reached::on_postgres());
        all
    }

    pub(crate) fn on_sqlite() -> Vec<Reached> {
        let drivers = [
            Reached::Rusqlite,
            Reached::SqlxSqlite,
            Reached::DieselSqlite,
        ];
        drivers.map(|reached| reached(Sqlite::new())).into()
    }

    pub(crate) fn on_postgres() -> Vec<Reached> {
        let drivers = [
            Reached::Postgres,
            Reached::Tokio,
            Reached::Sqlx,
            Reached::Sqlx08,
            Reached::Diesel,
        ];
        drivers.map(|reached| reached(Postgres::new())).into()
    }

    /// Another database on the same driver.
    pub(crate) fn another(&self) -> Reached {
        match self {
            Reached::Rusqlite(_) => Reached::Rusqlite(Sqlite::new()),
            Reached::SqlxSqlite(_) => Reached::SqlxSqlite(Sqlite::new()),
            Reached::DieselSqlite(_) => Reached::DieselSqlite(Sqlite::new()),
            Reached::Postgres(_) => Reached::Postgres(Postgres::new()),
            Reached::Tokio(_) => Reached::Tokio(Postgres::new()),
            Reached::Sqlx(_) => Reached::Sqlx(Postgres::new()),
            Reached::Sqlx08(_) => Reached::Sqlx08(Postgres::new()),
            Reached::Diesel(_) => Reached::Diesel(Postgres::new()),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Reached::Rusqlite(_) => "rusqlite",
            Reached::SqlxSqlite(_) => "sqlx (SQLite)",
            Reached::DieselSqlite(_) => "diesel (SQLite)",
            Reached::Postgres(_) => "postgres",
            Reached::Tokio(_) => "tokio-postgres",
            Reached::Sqlx(_) => "sqlx",
            Reached::Sqlx08(_) => "sqlx 0.8",
            Reached::Diesel(_) => "diesel",
        }
    }

    pub(crate) fn sqlite(&self) -> Option<&Sqlite> {
        match self {
            Reached::Rusqlite(database)
            | Reached::SqlxSqlite(database)
            | Reached::DieselSqlite(database) => Some(database),
            _ => None,
        }
    }

    pub(crate) fn on_server(&self) -> Option<&Postgres> {
        match self {
            Reached::Postgres(database)
            | Reached::Tokio(database)
            | Reached::Sqlx(database)
            | Reached::Sqlx08(database)
            | Reached::Diesel(database) => Some(database),
            _ => None,
        }
    }

    pub(crate) fn postgres(&self) -> &Postgres {
        self.on_server().expect("a driver for PostgreSQL")
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.sqlite() {
            Some(_) => Dialect::Sqlite,
            None => Dialect::Postgres,
        }
    }

    /// True for a driver whose futures can be dropped.
    pub(crate) fn is_async(&self) -> bool {
        matches!(
            self,
            Reached::SqlxSqlite(_) | Reached::Tokio(_) | Reached::Sqlx(_) | Reached::Sqlx08(_)
        )
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        match (self.sqlite(), self.on_server()) {
            (Some(database), _) => database.path().to_string_lossy().into_owned(),
            (_, Some(database)) => database.url(),
            _ => unreachable!("it is one of the two"),
        }
    }

    /// Does something with a fresh connection.
    pub(crate) fn with<A: Action>(&self, action: A) -> A::Done {
        self.with_and_read(&self.url(), action, None).0
    }

    /// Does something with a fresh connection, and then reads a text with it; through a proxy if that is where the URL leads.
    pub(crate) fn with_and_read<A: Action>(
        &self,
        url: &str,
        action: A,
        read: Option<&str>,
    ) -> (A::Done, Option<String>) {
        match self {
            Reached::Rusqlite(database) => {
                let mut client = database.connect();
                // The connection's own wait would count beside the engine's.
                client.busy_timeout(std::time::Duration::ZERO).unwrap();
                client.execute_batch("PRAGMA foreign_keys = ON").unwrap();
                let done = action.blocking(&mut client);
                assert!(client.is_autocommit());
                (
                    done,
                    read.map(|sql| Sqlite::column(&mut client, sql).remove(0)),
                )
            }
            Reached::Postgres(_) => {
                let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
                let done = action.blocking(&mut client);
                (
                    done,
                    read.map(|sql| Postgres::column(&mut client, sql).remove(0)),
                )
            }
            Reached::Diesel(_) => {
                let mut client =
                    <diesel::PgConnection as diesel::Connection>::establish(url).unwrap();
                let done = action.blocking(&mut client);
                (done, read.map(|sql| text(&mut client, sql)))
            }
            Reached::DieselSqlite(_) => {
                use diesel::connection::SimpleConnection as _;
                let mut client =
                    <diesel::SqliteConnection as diesel::Connection>::establish(url).unwrap();
                client.batch_execute("PRAGMA foreign_keys = ON").unwrap();
                let done = action.blocking(&mut client);
                (done, read.map(|sql| text(&mut client, sql)))
            }
            Reached::Tokio(_) => runtime().block_on(async {
                let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
                let (mut client, connection) = connected.unwrap();
                let running = tokio::spawn(connection);
                let done = action.awaited(&mut client).await;
                let read = match read {
                    Some(sql) => Some(client.query_one(sql, &[]).await.unwrap().get(0)),
                    None => None,
                };
                running.abort();
                (done, read)
            }),
            Reached::Sqlx(_) => runtime().block_on(async {
                let mut client = <sqlx::PgConnection as sqlx::Connection>::connect(url)
                    .await
                    .unwrap();
                let done = action.awaited(&mut client).await;
                let read = match read {
                    Some(sql) => Some(
                        sqlx::query_scalar(AssertSqlSafe(sql))
                            .fetch_one(&mut client)
                            .await
                            .unwrap(),
                    ),
                    None => None,
                };
                (done, read)
            }),
            Reached::Sqlx08(_) => runtime().block_on(async {
                let mut client = sqlx_postgres_0_8::PgConnection::connect(url).await.unwrap();
                let done = action.awaited(&mut client).await;
                let read = match read {
                    Some(sql) => Some(
                        sqlx_core_0_8::query::query(sql)
                            .fetch_one(&mut client)
                            .await
                            .unwrap()
                            .get(0),
                    ),
                    None => None,
                };
                (done, read)
            }),
            Reached::SqlxSqlite(database) => runtime().block_on(async {
                let mut client = sqlx_sqlite(database).await;
                let done = action.awaited(&mut client).await;
                let read = match read {
                    Some(sql) => Some(
                        sqlx::query_scalar(AssertSqlSafe(sql))
                            .fetch_one(&mut client)
                            .await
                            .unwrap(),
                    ),
                    None => None,
                };
                (done, read)
            }),
        }
    }

    /// Gives a migrator what opens a second connection, with the same driver.
    pub(crate) fn with_connector<'m>(&self, migrator: Migrator<'m>) -> Migrator<'m> {
        let url = self.url();
        match self {
            Reached::Tokio(_) => migrator.connector_async(move || {
                let url = url.clone();
                async move {
                    let connected = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
                    let (client, connection) = connected.map_err(Error::other)?;
                    tokio::spawn(connection);
                    Ok(client)
                }
            }),
            Reached::Sqlx(_) => migrator.connector_async(move || {
                let url = url.clone();
                async move { Ok(<sqlx::PgConnection as sqlx::Connection>::connect(&url).await?) }
            }),
            Reached::Sqlx08(_) => migrator.connector_async(move || {
                let url = url.clone();
                async move {
                    use sqlx_core_0_8::connection::Connection as _;
                    Ok(sqlx_postgres_0_8::PgConnection::connect(&url).await?)
                }
            }),
            Reached::Diesel(_) => migrator.connector(move || {
                <diesel::PgConnection as diesel::Connection>::establish(&url).map_err(Error::other)
            }),
            _ => {
                let config = self.postgres().config();
                migrator.connector(move || config.connect(postgres::NoTls).map_err(Error::other))
            }
        }
    }

    /// True while nobody else could migrate.
    pub(crate) fn is_locked(&self) -> bool {
        if let Some(database) = self.sqlite() {
            let client = database.connect();
            client.busy_timeout(std::time::Duration::ZERO).unwrap();
            return client.execute_batch("BEGIN IMMEDIATE").is_err();
        }
        let count = apart(|| {
            Postgres::column(
                &mut self.postgres().connect(),
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
        });
        count == ["1"]
    }

    /// What the database has in a column of a query, through the driver of the fixtures.
    pub(crate) fn column(&self, sql: &str) -> Vec<String> {
        match self.sqlite() {
            Some(database) => Sqlite::column(&mut database.connect(), sql),
            None => apart(|| Postgres::column(&mut self.postgres().connect(), sql)),
        }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.column("SELECT revision FROM migrate_revision ORDER BY revision")
    }

    pub(crate) fn dump(&self) -> String {
        match self.sqlite() {
            Some(database) => database.dump(),
            None => self.postgres().dump(),
        }
    }

    pub(crate) fn made(&self) -> String {
        match self.sqlite() {
            Some(database) => database.made(),
            None => self.postgres().made(),
        }
    }
}

/// On a thread of its own: a blocking client may not live on one of an async runtime.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// Does something with a client of tokio-postgres.
pub(crate) fn in_runtime<T>(
    url: &str,
    test: impl AsyncFnOnce(&mut tokio_postgres::Client) -> T,
) -> T {
    runtime().block_on(async {
        let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
        let (mut client, connection) = connected.unwrap();
        let running = tokio::spawn(connection);
        let done = test(&mut client).await;
        running.abort();
        done
    })
}

pub(crate) async fn sqlx_sqlite(database: &Sqlite) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    let options = options.filename(database.path()).create_if_missing(true);
    <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options)
        .await
        .unwrap()
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// What a query answers whose one cell is named `value`.
fn text<C>(client: &mut C, sql: &str) -> String
where
    C: diesel::Connection + diesel::connection::LoadConnection,
    diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'static, C, Text>,
{
    let found: Text = diesel::RunQueryDsl::get_result(diesel::sql_query(sql), client).unwrap();
    found.value
}

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}
