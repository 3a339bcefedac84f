use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(unix)]
use migrate_scratch::LocalServer;
use postgres::{Client, Config, NoTls};

use super::admin::Admin;
use crate::{Error, Result};

/// A PostgreSQL server that scratch databases are made on.
///
/// ```no_run
/// use migrate_schema::scratch::Server;
///
/// let server = Server::at("postgres://me@localhost/postgres")?;
/// let database = server.database()?;
/// database.connect()?.batch_execute("CREATE TABLE t (a int)")?;
/// // Dropped with the value.
/// drop(database);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    admin: Arc<Admin>,
    /// Absent for one that was running already.
    #[cfg(unix)]
    own: Option<LocalServer>,
}

impl Server {
    /// One that is running; the role has to be allowed to create databases. Without TLS: see
    /// [`Server::connector`].
    ///
    /// # Errors
    ///
    /// It is no URL of a PostgreSQL database.
    pub fn at(url: &str) -> Result<Server> {
        let admin: Config = url.parse().map_err(|error: postgres::Error| {
            Error::new("that is no URL of a PostgreSQL database").with_source(error)
        })?;
        Ok(Server::of(admin))
    }

    /// One of our own, from the programs installed on this machine: started now, stopped with the
    /// value or the process.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed, or does not start.
    #[cfg(unix)]
    pub fn start() -> Result<Server> {
        let own = LocalServer::start(&[])?;
        let mut admin = Config::new();
        admin.host(own.host()).port(own.port());
        admin.user(LocalServer::USER).dbname(LocalServer::USER);
        let mut server = Server::of(admin);
        server.own = Some(own);
        Ok(server)
    }

    /// One of our own: not on this system.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(unix))]
    pub fn start() -> Result<Server> {
        Err(
            Error::new("a private server can't be started on this system")
                .with_help("give the URL of a running one"),
        )
    }

    /// One that is running, by its configuration; as [`Server::at`].
    pub fn of(admin: Config) -> Server {
        Server {
            admin: Arc::new(Admin::new(admin, Arc::new(|config| config.connect(NoTls)))),
            #[cfg(unix)]
            own: None,
        }
    }

    /// Says how to connect, with TLS for example.
    #[must_use]
    pub fn connector(
        mut self,
        connect: impl Fn(&Config) -> Result<Client, postgres::Error> + Send + Sync + 'static,
    ) -> Server {
        self.admin = Arc::new(Admin::new(self.admin.config.clone(), Arc::new(connect)));
        self
    }

    /// This one if it answers and its role may create databases; else one of our own, and a sentence that says so.
    ///
    /// ```no_run
    /// use migrate_schema::scratch::Server;
    ///
    /// let (server, note) = Server::at("postgres://app@localhost/app")?.or_private()?;
    /// if let Some(note) = note {
    ///     eprintln!("note: {note}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// This one will not do, and none of our own starts.
    pub fn or_private(self) -> Result<(Server, Option<String>)> {
        self.or_else(Server::start)
    }

    /// This server if it answers and its role may create databases; else another one, and a sentence that says why.
    ///
    /// # Errors
    ///
    /// The errors of [`or_private`](Server::or_private).
    pub fn or_else(
        self,
        other: impl FnOnce() -> Result<Server>,
    ) -> Result<(Server, Option<String>)> {
        let (reason, version, help) = match self.about() {
            Ok(server) if server.may_create => return Ok((self, None)),
            Ok(ServerInfo { role, version, .. }) => (
                format!("`{role}` may not create databases on the server of the URL"),
                format!(" (PostgreSQL {version})"),
                format!(
                    "let the role create databases: `ALTER ROLE {} CREATEDB`",
                    crate::sql::ident(&role)
                ),
            ),
            // What is generated needs no server that the app's database is on: a checkout is enough.
            Err(error) => (
                format!(
                    "the server of the URL can't be used ({})",
                    innermost(&error)
                ),
                String::new(),
                "name a server that answers, or start that one".to_owned(),
            ),
        };
        let other = other().map_err(|error| {
            Error::new(format!(
                "scratch databases can't be made: {reason}, and no private server starts"
            ))
            .with_source(error)
            .with_help(help)
            .with_help(
                "or install PostgreSQL on this machine, so that a private server can be started",
            )
        })?;
        let note = format!(
            "{reason}{version}: scratch databases are on a private server (PostgreSQL {})",
            other.about()?.version
        );
        Ok((other, Some(note)))
    }

    /// What the server says of itself and of us.
    fn about(&self) -> Result<ServerInfo> {
        let info = self.admin.run(|client| {
            let row = client.query_one(
                "SELECT rolname::pg_catalog.text, rolcreatedb OR rolsuper, pg_catalog.current_setting('server_version') \
                 FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user",
                &[],
            )?;
            Ok(ServerInfo {
                role: row.try_get(0)?,
                may_create: row.try_get(1)?,
                version: row.try_get(2)?,
            })
        });
        info.map_err(|error| {
            cant(
                "ask the server that scratch databases are to be made on",
                error,
            )
        })
    }

    /// Creates an empty database, which is dropped with the value.
    ///
    /// # Errors
    ///
    /// The server can't be reached, or the role may not create databases.
    pub fn database(&self) -> Result<Database> {
        let name = fresh_name();
        let mut config = self.admin.config.clone();
        config.dbname(&name);
        self.admin.create(&name).map_err(|error| {
            cant("create a scratch database", error)
                .with_help("give the URL of a role that may (`ALTER ROLE .. CREATEDB`)")
        })?;
        Ok(Database {
            name,
            config,
            admin: Arc::clone(&self.admin),
        })
    }
}

/// What the system or the server says, under all that says what we wanted of it.
fn innermost(error: &Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

struct ServerInfo {
    role: String,
    may_create: bool,
    version: String,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The configuration would show a password to whoever reads a log.
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// A fresh database; dropping the value drops it, whoever is still connected.
pub struct Database {
    name: String,
    config: Config,
    admin: Arc<Admin>,
}

impl Database {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to connect to it.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A new connection.
    ///
    /// # Errors
    ///
    /// The server refuses.
    pub fn connect(&self) -> Result<Client> {
        (self.admin.connect)(&self.config)
            .map_err(|error| cant("connect to a scratch database", error))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone, and then so is the database. One that is left behind is in nobody's way.
        let _ = self.admin.remove(&self.name);
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn cant(doing: &str, error: postgres::Error) -> Error {
    let message = match error.as_db_error() {
        Some(error) => format!("can't {doing}: {}", error.message()),
        None => format!("can't {doing}"),
    };
    Error::new(message).with_source(error)
}

/// Other processes, on other machines too, may use the same server.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // The standard library seeds each of these anew.
    let random = RandomState::new().build_hasher().finish();
    format!("migrate_scratch_{}_{count}_{random:016x}", process::id())
}
