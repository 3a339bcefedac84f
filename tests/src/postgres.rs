//! A PostgreSQL server of the test process's own, and fresh databases on it.

mod database;
mod dump;
pub(crate) mod supervisor;

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use ::postgres::Config;

pub use database::Database;
pub(crate) use database::url;
pub use dump::{dump, dump_without};

use crate::requirement;
use supervisor::Supervisor;

/// The variable that names a server to use instead of starting one.
pub const URL_VARIABLE: &str = "MIGRATE_TEST_POSTGRES_URL";

/// What every server is started with; a test's own options come after, so they win.
///
/// Nothing has to survive a power cut (but `stop_immediate`, so commits still wait for the write), autovacuum would make
/// timing and locks depend on luck, and the log tells a test which statements arrived, on which database.
const OPTIONS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("listen_addresses", "127.0.0.1"),
    ("log_statement", "all"),
    ("log_line_prefix", "%m [%p] %d "),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
    ("lc_messages", "C"),
];

/// A PostgreSQL server.
///
/// One that we started is stopped and its folder removed when this value is dropped or the process ends, `SIGKILL`
/// included: a small shell script supervises it and acts when the pipe from us closes.
pub struct Postgres {
    /// How its superuser connects, to the database `postgres`.
    admin: Config,
    /// Absent for a server that was running already.
    own: Option<Own>,
}

/// The parts of a server that we started.
struct Own {
    home: PathBuf,
    port: u16,
    supervisor: Mutex<Supervisor>,
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
                Self { admin, own: None }
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
        let bin = binaries();
        let mut supervisor = Supervisor::spawn(&bin);
        let home = supervisor.home().to_path_buf();
        supervisor
            .order("init")
            .unwrap_or_else(|log| panic!("initdb failed:\n{log}"));
        configure(&home, options);
        let port = supervisor.start_on_a_free_port();
        let mut admin = Config::new();
        admin
            .host("127.0.0.1")
            .port(port)
            .user("postgres")
            .dbname("postgres");
        Self {
            admin,
            own: Some(Own {
                home,
                port,
                supervisor: Mutex::new(supervisor),
            }),
        }
    }

    /// Creates an empty database, which is dropped with the value.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn database(&self) -> Database {
        Database::create(&self.admin, self.own.as_ref())
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
        &self.own().home
    }

    /// All that the server has logged: each statement, before it runs. See also [`Database::statements`].
    ///
    /// # Panics
    ///
    /// If we did not start the server: its log is out of reach.
    #[must_use]
    pub fn log(&self) -> String {
        read_log(&self.own().home)
    }

    /// Kills the server as a crash would: connections break, nothing is written; [`restart`](Self::restart) recovers.
    ///
    /// # Panics
    ///
    /// If we did not start the server, or it does not stop.
    pub fn stop_immediate(&self) {
        let order = self.own().supervisor().order("stop immediate");
        order.unwrap_or_else(|log| panic!("the server does not stop:\n{log}"));
    }

    /// Starts the server again, on the same port; if it still runs, it is shut down first.
    ///
    /// # Panics
    ///
    /// If we did not start the server, or it does not start again.
    pub fn restart(&self) {
        let own = self.own();
        let mut supervisor = own.supervisor();
        // An error says that it has stopped already.
        let _ = supervisor.order("stop fast");
        let order = supervisor.order(&format!("start {}", own.port));
        order.unwrap_or_else(|log| panic!("the server does not start again:\n{log}"));
    }

    fn own(&self) -> &Own {
        let own = self.own.as_ref();
        own.unwrap_or_else(|| {
            panic!("this test needs a server of its own: Postgres::start, not {URL_VARIABLE}")
        })
    }
}

impl Own {
    fn supervisor(&self) -> MutexGuard<'_, Supervisor> {
        // A test that panicked in here must not fail the others: each order is complete in itself.
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder of PostgreSQL's programs.
fn binaries() -> PathBuf {
    let initdb = requirement::POSTGRES.find().unwrap_or_else(|| {
        panic!(
            "no PostgreSQL server found: install it (Debian: `apt-get install postgresql`; `cargo xtask test` does), \
             or set {URL_VARIABLE} to a superuser's URL of a running one"
        )
    });
    initdb.parent().unwrap().to_path_buf()
}

/// Adds our settings and the test's to the server's own file, as it stands after `initdb`.
fn configure(home: &Path, options: &[(&str, &str)]) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(home.join("data/postgresql.conf"))
        .unwrap();
    let socket = home.to_str().expect("a temporary folder's name is UTF-8");
    for (name, value) in OPTIONS
        .iter()
        .chain(&[("unix_socket_directories", socket)])
        .chain(options)
    {
        writeln!(file, "{name} = '{}'", value.replace('\'', "''")).unwrap();
    }
}

/// The log so far, which need not be UTF-8: it quotes what clients sent.
fn read_log(home: &Path) -> String {
    let log = fs::read(home.join("server.log")).unwrap_or_default();
    String::from_utf8_lossy(&log).into_owned()
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
        assert!(inside.batch_execute("SELECT 1").is_err());
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
        assert!(database.config().connect(::postgres::NoTls).is_err());
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
