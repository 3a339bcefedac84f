//! A PostgreSQL server of the test process's own, and fresh databases on it.

mod database;
mod dump;

use std::env;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use ::postgres::Config;
use migrate_schema::scratch::Server;
use migrate_scratch::{LocalServer, unprivileged};

pub use database::Database;
pub(crate) use database::url;
pub use dump::{dump, dump_without};

/// The variable that names a server to use instead of starting one.
pub const URL_VARIABLE: &str = "MIGRATE_TEST_POSTGRES_URL";

/// What every server is started with, beside what every scratch server is; a test's own options come after, so they
/// win.
///
/// `stop_immediate` must lose nothing, so commits wait for the write. Autovacuum would make timing and locks depend on
/// luck, and the log tells a test which statements arrived, on which database. A proxy needs TCP.
const OPTIONS: &[(&str, &str)] = &[
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("listen_addresses", "127.0.0.1"),
    ("log_statement", "all"),
    ("log_line_prefix", "%m [%p] %d "),
];

/// A PostgreSQL server.
///
/// One that we started is stopped and its folder removed when this value is dropped or the process ends.
pub struct Postgres {
    /// How its superuser connects, to the database `postgres`.
    admin: Config,
    /// What makes its databases.
    scratch: Server,
    /// Absent for a server that was running already.
    own: Option<Arc<LocalServer>>,
}

impl Postgres {
    /// The server that all tests of this process share: started by whoever asks first, or the one that
    /// `MIGRATE_TEST_POSTGRES_URL` names.
    ///
    /// # Panics
    ///
    /// If there is no server to be found, or it does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match env::var(URL_VARIABLE) {
            Ok(url) => {
                let admin = url
                    .parse()
                    .unwrap_or_else(|error| panic!("{URL_VARIABLE} is no PostgreSQL URL: {error}"));
                Self::of(admin, None)
            }
            Err(_) => Self::start(&[]),
        })
    }

    /// Starts a server for one test, with settings of its own (as in `postgresql.conf`).
    ///
    /// # Panics
    ///
    /// If PostgreSQL is not installed, or the server does not start.
    #[must_use]
    pub fn start(options: &[(&str, &str)]) -> Self {
        let options: Vec<_> = OPTIONS.iter().chain(options).copied().collect();
        let own = LocalServer::start(&options).unwrap_or_else(|error| {
            panic!(
                "{error:#}\n  = help: or set {URL_VARIABLE} to a superuser's URL of a running one"
            )
        });
        let admin = own.url(LocalServer::USER).parse().unwrap();
        Self::of(admin, Some(Arc::new(own)))
    }

    fn of(admin: Config, own: Option<Arc<LocalServer>>) -> Self {
        let scratch = Server::of(admin.clone());
        Self {
            admin,
            scratch,
            own,
        }
    }

    /// Creates an empty database, which is dropped with the value.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn database(&self) -> Database {
        Database::create(&self.scratch, self.own.as_ref().map(Arc::downgrade))
    }

    /// Its major version.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    #[must_use]
    pub fn version(&self) -> u32 {
        let mut admin = self.admin.connect(::postgres::NoTls).unwrap();
        let number = admin.query_one("SHOW server_version_num", &[]).unwrap();
        number.get::<_, &str>(0).parse::<u32>().unwrap() / 10_000
    }

    /// Whether it has what came with a major version. Where it hasn't, that is said past libtest, which would swallow it:
    /// no test proves less than it seems to in silence.
    #[must_use]
    pub fn has(&self, what: &str, version: u32) -> bool {
        let own = self.version();
        if own < version {
            let line = format!("not tried on PostgreSQL {own}: {what} (since {version})\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
        own >= version
    }

    /// A fixture's script as this server can run it: without what came with version 15, which is said.
    #[must_use]
    pub fn suited(&self, script: &str) -> String {
        let mut script = script.to_owned();
        for (part, instead) in [
            (" NULLS NOT DISTINCT", ""),
            ("security_invoker", "security_barrier"),
        ] {
            if script.contains(part) && !self.has(part.trim(), 15) {
                script = script.replace(part, instead);
            }
        }
        script
    }

    /// How the superuser connects, to the database `postgres`.
    #[must_use]
    pub fn config(&self) -> Config {
        self.admin.clone()
    }

    /// The superuser's URL, of the database `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        url(&self.admin)
    }

    /// The folder of the server's Unix socket.
    ///
    /// # Panics
    ///
    /// If we did not start the server.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        self.own().home()
    }

    /// One of the programs that come with the server, such as `pg_dump`.
    ///
    /// # Panics
    ///
    /// If we did not start the server.
    #[must_use]
    pub fn program(&self, name: &str) -> std::path::PathBuf {
        self.own().programs().join(name)
    }

    /// All that the server has logged: each statement, before it runs. See also [`Database::statements`].
    ///
    /// # Panics
    ///
    /// If we did not start the server: its log is out of reach.
    #[must_use]
    pub fn log(&self) -> String {
        self.own().log()
    }

    /// Kills the server as a crash would: connections break, nothing is written; [`restart`](Self::restart) recovers.
    ///
    /// # Panics
    ///
    /// If we did not start the server, or it does not stop.
    pub fn stop_immediate(&self) {
        self.own().stop_immediate().unwrap();
    }

    /// Starts the server again, on the same port; if it still runs, it is shut down first.
    ///
    /// # Panics
    ///
    /// If we did not start the server, or it does not start again.
    pub fn restart(&self) {
        self.own().restart().unwrap();
    }

    fn own(&self) -> &LocalServer {
        let own = self.own.as_deref();
        own.unwrap_or_else(|| {
            panic!("this test needs a server of its own: Postgres::start, not {URL_VARIABLE}")
        })
    }
}

/// PostgreSQL and PgBouncer refuse to run as root; then they run as one of these users. `None`: we are not root.
///
/// # Panics
///
/// If we are root and there is nobody else.
#[must_use]
pub fn unprivileged_user() -> Option<(u32, u32)> {
    unprivileged::user().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_dropped_with_its_value_even_while_in_use() {
        let server = Postgres::shared();
        let database = server.database();
        let name = database.name().to_owned();
        let mut inside = database.connect();
        inside.batch_execute("CREATE TABLE t (a int)").unwrap();
        drop(database);

        let mut admin = server.config().connect(::postgres::NoTls).unwrap();
        let left = admin
            .query("SELECT FROM pg_database WHERE datname = $1", &[&name])
            .unwrap();
        assert!(left.is_empty());
        inside.batch_execute("SELECT 1").unwrap_err();
        assert!(inside.is_closed());
    }

    #[test]
    fn statements_are_those_of_one_database() {
        let server = Postgres::start(&[]);
        let (one, two) = (server.database(), server.database());
        one.connect()
            .batch_execute("SELECT 1;\nSELECT 'one'")
            .unwrap();
        two.connect().query("SELECT $1::int", &[&2]).unwrap();
        assert_eq!(one.statements(), ["SELECT 1;\nSELECT 'one'"]);
        assert_eq!(two.statements(), ["SELECT $1::int"]);
    }

    #[test]
    fn a_server_of_ones_own_survives_a_crash_and_leaves_nothing() {
        let server = Postgres::start(&[("fsync", "on"), ("max_connections", "7")]);
        let database = server.database();
        database
            .connect()
            .batch_execute("CREATE TABLE t AS SELECT 1 AS a")
            .unwrap();
        server.stop_immediate();
        let refused = database.config().connect(::postgres::NoTls);
        let error = refused.err().unwrap().to_string();
        assert!(error.starts_with("error connecting to server"), "{error}");
        server.restart();
        let row = database
            .connect()
            .query_one("SELECT a, current_setting('max_connections') FROM t", &[])
            .unwrap();
        assert_eq!((row.get(0), row.get(1)), (1, "7"));

        let home = server.socket_dir().to_path_buf();
        drop(server);
        assert!(!home.exists());
    }
}
