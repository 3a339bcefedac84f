//! The process that runs a server for us and cleans up when we are gone.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::server::read_lossy;
use crate::unprivileged::{self, folder, server_dir};
use crate::{Error, Result};

/// The shell that starts and stops a server, and cleans up when we are gone.
pub(crate) struct Supervisor {
    home: PathBuf,
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Makes the server's folder and starts the shell, as a user that PostgreSQL accepts.
    pub(crate) fn spawn(bin: &Path) -> Result<Self> {
        let cant = |error| Error::new("can't start a shell for the server").with_source(error);
        let user = unprivileged::user()?;
        let home = folder(&server_dir(user.is_some())).map_err(cant)?;
        let started = start(bin, &home, user).inspect_err(|_| drop(fs::remove_dir_all(&home)));
        let (process, orders, answers) = started.map_err(cant)?;
        // From here on the folder is the supervisor's to remove.
        Ok(Self {
            home,
            process,
            orders: Some(orders),
            answers: BufReader::new(answers),
        })
    }

    /// The server's folder: its data, socket and logs.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Has one order carried out; the error has what PostgreSQL's programs and the server had to say.
    pub(crate) fn order(&mut self, order: &str) -> Result<()> {
        let failed = |source: String| {
            let what = order.split(' ').next().unwrap_or(order);
            Error::new(format!("the private server fails to {what}")).with_source(source)
        };
        let mut answer = String::new();
        let asked = match &mut self.orders {
            Some(orders) => writeln!(orders, "{order}"),
            None => Ok(()),
        };
        asked
            .and_then(|()| self.answers.read_line(&mut answer))
            .map_err(|error| failed(error.to_string()))?;
        match answer.trim_end() {
            "0" => Ok(()),
            _ => Err(failed(format!(
                "{}{}",
                read_lossy(&self.home.join("control.log")),
                self.log()
            ))),
        }
    }

    /// All that the server has logged.
    pub(crate) fn log(&self) -> String {
        read_lossy(&self.home.join("server.log"))
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.process.wait();
    }
}

fn start(
    bin: &Path,
    home: &Path,
    user: Option<(u32, u32)>,
) -> io::Result<(Child, ChildStdin, ChildStdout)> {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", include_str!("supervise.sh"), "supervise.sh"])
        .arg(bin)
        .arg(home);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // Its own group: Ctrl-C ends us, and the supervisor then cleans up.
    command.process_group(0).current_dir(home);
    if let Some((uid, gid)) = user {
        chown(home, Some(uid), Some(gid))?;
        command.uid(uid).gid(gid);
    }
    // PGDATA, PGPORT, PGOPTIONS and the like are about another server.
    for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    let mut process = command.env("LC_ALL", "C").spawn()?;
    match (process.stdin.take(), process.stdout.take()) {
        (Some(orders), Some(answers)) => Ok((process, orders, answers)),
        _ => Err(io::Error::other("the shell has no pipes")),
    }
}
