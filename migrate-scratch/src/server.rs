use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::supervisor::Supervisor;
use crate::{Error, Result, requirement};

/// What every server is started with; one's own settings come after, so they win.
///
/// Nothing has to survive a power cut.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    // What isn't needed any more is given back soon: the folder may be in memory.
    ("max_wal_size", "128MB"),
    ("listen_addresses", ""),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
    ("lc_messages", "C"),
];

/// A PostgreSQL server of this process's own, in a temporary folder (in memory where there is room and `TMPDIR` isn't set),
/// reached through a Unix socket in that folder.
///
/// It is stopped and its folder removed when the value is dropped or the process ends, `SIGKILL` included: a small
/// shell script supervises it and acts when the pipe from us closes.
///
/// ```no_run
/// use migrate_scratch::LocalServer;
///
/// let server = LocalServer::start(&[("max_connections", "20")])?;
/// let psql = server.programs().join("psql");
/// std::process::Command::new(psql).args(["-c", "SELECT 1", &server.url("postgres")]).status()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LocalServer {
    programs: PathBuf,
    home: PathBuf,
    host: String,
    port: u16,
    supervisor: Mutex<Supervisor>,
}

impl LocalServer {
    /// The superuser. There is always a database of that name, too.
    pub const USER: &'static str = "postgres";

    /// Starts one, with settings as in `postgresql.conf`. With `listen_addresses` it is reached through TCP, on a port
    /// that was free.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed or does not start (with what its programs said).
    pub fn start(settings: &[(&str, &str)]) -> Result<LocalServer> {
        let programs = programs()?;
        let mut supervisor = Supervisor::spawn(&programs)?;
        let home = supervisor.home().to_path_buf();
        let socket = home.to_str().map(str::to_owned);
        let socket =
            socket.ok_or_else(|| Error::new("the temporary folder's name is not UTF-8"))?;
        supervisor.order("init")?;
        configure(&home, &socket, settings)?;
        let address = settings
            .iter()
            .rev()
            .find(|(name, _)| *name == "listen_addresses");
        let address = address.map_or("", |(_, address)| address);
        let (host, port) = match address {
            // A socket in a folder of our own: the port is no more than part of its name.
            "" => {
                supervisor.order("start 5432")?;
                (socket, 5432)
            }
            address => (
                address.to_owned(),
                start_on_a_free_port(&mut supervisor, address)?,
            ),
        };
        Ok(LocalServer {
            programs,
            home,
            host,
            port,
            supervisor: Mutex::new(supervisor),
        })
    }

    /// The address it listens on, or the folder of its socket.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port it listens on, which is part of a socket's name as well.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How the superuser reaches a database, as a URL.
    pub fn url(&self, database: &str) -> String {
        let (user, port) = (Self::USER, self.port);
        let (host, database) = (encode(&self.host), encode(database));
        format!("postgres://{user}@{host}:{port}/{database}")
    }

    /// The folder of PostgreSQL's programs that it was started from.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The server's folder: its data, socket and log.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// All that the server has logged.
    pub fn log(&self) -> String {
        self.supervisor().log()
    }

    /// Kills it as a crash would: connections break, nothing is written; [`restart`](Self::restart) recovers.
    ///
    /// # Errors
    ///
    /// It does not stop.
    pub fn stop_immediate(&self) -> Result<()> {
        self.supervisor().order("stop immediate")
    }

    /// Starts it again, on the same port; if it still runs, it is shut down first.
    ///
    /// # Errors
    ///
    /// It does not start again.
    pub fn restart(&self) -> Result<()> {
        let mut supervisor = self.supervisor();
        // An error says that it has stopped already.
        let _ = supervisor.order("stop fast");
        supervisor.order(&format!("start {}", self.port))
    }

    fn supervisor(&self) -> MutexGuard<'_, Supervisor> {
        // Each order is complete in itself, whatever became of the thread that gave the one before.
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalServer")
            .field("home", &self.home)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The folder of PostgreSQL's programs.
fn programs() -> Result<PathBuf> {
    let found = requirement::POSTGRES.find();
    let folder = found.and_then(|initdb| initdb.parent().map(Path::to_path_buf));
    folder.ok_or_else(|| {
        Error::new("no PostgreSQL server is installed on this machine").with_help(
            "install it (Debian: `apt-get install postgresql`), or give the URL of a running one",
        )
    })
}

/// Adds our settings and the caller's to the server's own file, as it stands after `initdb`.
fn configure(home: &Path, socket: &str, settings: &[(&str, &str)]) -> Result<()> {
    let cant = |error| Error::new("can't configure the server").with_source(error);
    let mut file = OpenOptions::new()
        .append(true)
        .open(home.join("data/postgresql.conf"))
        .map_err(cant)?;
    let socket = [("unix_socket_directories", socket)];
    for (name, value) in SETTINGS.iter().chain(&socket).chain(settings) {
        writeln!(file, "{name} = '{}'", value.replace('\'', "''")).map_err(cant)?;
    }
    Ok(())
}

/// Nobody can reserve a port for another process, so one that was free a moment ago may need a second try.
fn start_on_a_free_port(supervisor: &mut Supervisor, address: &str) -> Result<u16> {
    let mut tries = 5;
    loop {
        let listener = TcpListener::bind((address, 0)).and_then(|socket| socket.local_addr());
        let port = listener
            .map_err(|error| Error::new("no port is free").with_source(error))?
            .port();
        tries -= 1;
        match supervisor.order(&format!("start {port}")) {
            Ok(()) => return Ok(port),
            Err(error)
                if tries == 0 || !format!("{error:#}").contains("Address already in use") =>
            {
                return Err(error);
            }
            Err(_) => {}
        }
    }
}

/// Percent-encodes what is no plain letter, digit or mark.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _: fmt::Result = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A text file that need not be UTF-8: logs quote what clients sent.
pub(crate) fn read_lossy(file: &Path) -> String {
    let text = fs::read(file).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}
