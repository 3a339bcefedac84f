//! The process that runs a server for us and cleans up when we are gone.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::read_log;

/// The shell that starts and stops a server, and cleans up when we are gone.
pub(super) struct Supervisor {
    home: PathBuf,
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Makes the server's folder and starts the shell, as a user that PostgreSQL accepts.
    pub(super) fn spawn(bin: &Path) -> Self {
        let user = unprivileged_user();
        let home = tempfile::Builder::new()
            .prefix("migrate-pg-")
            .tempdir_in(parent_dir(user.is_some()))
            .unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", include_str!("supervise.sh"), "supervise.sh"])
            .arg(bin)
            .arg(home.path());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // Its own group: Ctrl-C kills the tests, and the supervisor then cleans up.
        command.process_group(0).current_dir(home.path());
        if let Some((uid, gid)) = user {
            chown(home.path(), Some(uid), Some(gid)).unwrap();
            command.uid(uid).gid(gid);
        }
        // PGDATA, PGPORT, PGOPTIONS and the like are about another server.
        for (name, _) in
            env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG"))
        {
            command.env_remove(name);
        }
        let mut process = command.env("LC_ALL", "C").spawn().expect("/bin/sh starts");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        // From here on the folder is the supervisor's to remove.
        Self {
            home: home.keep(),
            process,
            orders,
            answers,
        }
    }

    /// The server's folder: its data, socket and logs.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// Has one order carried out; an error is what PostgreSQL's programs and the server had to say.
    pub(super) fn order(&mut self, order: &str) -> Result<(), String> {
        let mut answer = String::new();
        writeln!(self.orders.as_ref().unwrap(), "{order}").unwrap();
        self.answers.read_line(&mut answer).unwrap();
        match answer.trim_end() {
            "0" => Ok(()),
            code => {
                let control = fs::read_to_string(self.home.join("control.log")).unwrap_or_default();
                Err(format!(
                    "`{order}` answered {code:?}\n{control}{}",
                    read_log(&self.home)
                ))
            }
        }
    }

    /// Nobody can reserve a port for another process, so a port that was free a moment ago may need a second try.
    pub(super) fn start_on_a_free_port(&mut self) -> u16 {
        let mut failure = String::new();
        for _ in 0..5 {
            let port = TcpListener::bind(("127.0.0.1", 0))
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            match self.order(&format!("start {port}")) {
                Ok(()) => return port,
                Err(log) => failure = log,
            }
            if !failure.contains("Address already in use") {
                break;
            }
        }
        panic!("the server does not start:\n{failure}");
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.process.wait();
    }
}

/// PostgreSQL and PgBouncer refuse to run as root; then they run as one of these users. `None`: we are not root.
///
/// # Panics
///
/// If we are root and there is nobody else.
#[must_use]
pub fn unprivileged_user() -> Option<(u32, u32)> {
    // std does not tell who we are, but a process owns what it creates.
    let probe = tempfile::tempfile()
        .and_then(|file: File| file.metadata())
        .unwrap();
    if probe.uid() != 0 {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |name: &str| {
        let fields = passwd
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields[0] == name)?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let user = ["postgres", "nobody"].into_iter().find_map(ids);
    assert!(
        user.is_some(),
        "PostgreSQL does not run as root, and /etc/passwd knows neither `postgres` nor `nobody`"
    );
    user
}

/// Where the server's folder goes: the temporary folder, unless only root can enter that.
pub(crate) fn parent_dir(other_user: bool) -> PathBuf {
    let usual = env::temp_dir();
    let open_to_all = |dir: &Path| fs::metadata(dir).is_ok_and(|dir| dir.mode() & 0o001 != 0);
    let reachable = usual.ancestors().all(open_to_all);
    if other_user && !reachable {
        PathBuf::from("/tmp")
    } else {
        usual
    }
}
