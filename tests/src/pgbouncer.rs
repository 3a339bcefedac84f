//! PgBouncer, in transaction mode unless said otherwise: each transaction goes to whichever server connection is free.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ::postgres::config::Host;
use ::postgres::{Client, Config, NoTls};
use migrate_scratch::unprivileged::parent_dir;
use tempfile::TempDir;
use xtask::requirement;

use crate::postgres::unprivileged_user;
use crate::postgres::{Database, url};

/// A pooler in front of one database. It ends with this value, or with the test process.
pub struct PgBouncer {
    config: Config,
    /// What runs it, and ends it when we are gone.
    shell: Option<Child>,
    /// Its configuration and its output.
    home: TempDir,
}

/// The end of our standard input, which the kernel brings about however the test process ends, stops it.
const SHELL: &str = r#"trap '' HUP INT PIPE
"$1" -q "$2/pgbouncer.ini" </dev/null >"$2/output" 2>&1 &
read -r _
kill -KILL $!"#;

impl PgBouncer {
    /// Starts one with a pool of so many server connections.
    ///
    /// # Panics
    ///
    /// If it is not installed, or does not start.
    #[must_use]
    pub fn start(database: &Database, pool: usize) -> Self {
        Self::start_in(database, pool, "transaction")
    }

    /// Starts one whose pool has so many server connections, in a mode of its own: `session`, `transaction`, `statement`.
    ///
    /// # Panics
    ///
    /// If it is not installed, or does not start.
    #[must_use]
    pub fn start_in(database: &Database, pool: usize, mode: &str) -> Self {
        let program = requirement::PGBOUNCER.find().expect(
            "PgBouncer is not installed: install it (Debian: `apt-get install pgbouncer`; `cargo xtask test` does)",
        );
        let user = unprivileged_user();
        let home = tempfile::Builder::new()
            .prefix("migrate-pgbouncer-")
            .tempdir_in(parent_dir(user.is_some()))
            .unwrap();
        if let Some((uid, gid)) = user {
            chown(home.path(), Some(uid), Some(gid)).unwrap();
        }
        let mut bouncer = Self {
            config: Config::new(),
            shell: None,
            home,
        };
        // Nobody can reserve a port for another process, so one that was free may need a second try.
        for _ in 0..5 {
            let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr());
            let port = free.unwrap().port();
            let ini = bouncer.home.path().join("pgbouncer.ini");
            fs::write(ini, settings(&database.config(), port, pool, mode)).unwrap();
            bouncer.config = relocated(&database.config(), port);
            let mut command = Command::new("/bin/sh");
            command
                .args(["-c", SHELL, "pgbouncer.sh"])
                .arg(&program)
                .arg(bouncer.home.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0);
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            bouncer.shell = Some(command.spawn().expect("/bin/sh starts"));
            if bouncer.answers() {
                return bouncer;
            }
            bouncer.stop();
        }
        let output = fs::read_to_string(bouncer.home.path().join("output"));
        panic!("PgBouncer does not start:\n{}", output.unwrap_or_default());
    }

    fn answers(&self) -> bool {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(10) {
            if self.config.connect(NoTls).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn stop(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }

    /// How to connect to the database through it.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// The URL of the database through it.
    #[must_use]
    pub fn url(&self) -> String {
        url(&self.config)
    }

    /// A new connection through it.
    ///
    /// # Panics
    ///
    /// If it refuses.
    #[must_use]
    pub fn connect(&self) -> Client {
        self.config
            .connect(NoTls)
            .expect("the pooler accepts connections")
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The configuration file: whoever comes gets in, as the user that the database was made by.
fn settings(server: &Config, port: u16, pool: usize, mode: &str) -> String {
    let host = match server.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => "localhost".to_owned(),
    };
    let to = server.get_ports().first().copied().unwrap_or(5432);
    let user = server.get_user().unwrap_or("postgres");
    let password = server
        .get_password()
        .map(|password| format!(" password={}", String::from_utf8_lossy(password)))
        .unwrap_or_default();
    format!(
        "[databases]\n* = host={host} port={to} user={user}{password}\n\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         pool_mode = {mode}\ndefault_pool_size = {pool}\nmax_client_conn = 500\n\
         ignore_startup_parameters = extra_float_digits\nlogfile =\npidfile =\n"
    )
}

/// The configuration of a database, at the pooler's address.
fn relocated(server: &Config, port: u16) -> Config {
    let mut there = Config::new();
    there.host("127.0.0.1").port(port);
    there.user(server.get_user().unwrap_or("postgres"));
    server.get_dbname().map(|name| there.dbname(name));
    there
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Postgres;

    #[test]
    fn clients_share_a_server_connection_between_transactions() {
        let database = Postgres::shared().database();
        let bouncer = PgBouncer::start(&database, 1);
        let (mut one, mut two) = (bouncer.connect(), bouncer.connect());
        let pid = |client: &mut Client| -> i32 {
            client.batch_execute("SELECT 1").unwrap();
            let rows = client.simple_query("SELECT pg_backend_pid()").unwrap();
            rows.iter()
                .find_map(|row| match row {
                    ::postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
                    _ => None,
                })
                .unwrap()
        };
        assert_eq!(pid(&mut one), pid(&mut two));
    }
}
