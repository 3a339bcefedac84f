//! Scratch PostgreSQL databases for what is not a test: `cargo xtask postgres COMMAND`, and the examples.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Result, command, install};

/// The tests' server, held by a process of its own: this crate has no dependencies.
pub(crate) struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start() -> Result<Server> {
        install::missing()?;
        let program = ["--package", "migrate-tests", "--bin", "scratch-postgres"];
        command::run(command::cargo().args(["build", "--quiet"]).args(program))?;
        let mut cargo = command::cargo();
        cargo.args(["run", "--quiet"]).args(program);
        let failed = |error| format!("scratch-postgres did not start: {error}");
        let mut process = (cargo.stdin(Stdio::piped()).stdout(Stdio::piped()))
            .spawn()
            .map_err(failed)?;
        let (Some(orders), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("scratch-postgres has no pipes".to_owned());
        };
        Ok(Server {
            process,
            orders: Some(orders),
            answers: BufReader::new(answers),
        })
    }

    /// The URL of a new database, which lives as long as the server does.
    pub(crate) fn database(&mut self) -> Result<String> {
        let failed = |error| format!("scratch-postgres has stopped: {error}");
        if let Some(orders) = &mut self.orders {
            orders.write_all(b"\n").map_err(failed)?;
        }
        let mut url = String::new();
        self.answers.read_line(&mut url).map_err(failed)?;
        match url.trim_end() {
            "" => Err("scratch-postgres made no database; what it said stands above".to_owned()),
            url => Ok(url.to_owned()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It stops when its stdin ends; there is nobody left to tell of an error.
        drop(self.orders.take());
        let _ = self.process.wait();
    }
}

/// Runs a command with `DATABASE_URL` set to that of a new database.
pub(crate) fn run(words: &[OsString]) -> Result {
    let [program, arguments @ ..] = words else {
        return Err(
            "`postgres` needs a command, such as `cargo xtask postgres cargo run -p service`"
                .to_owned(),
        );
    };
    let mut server = Server::start()?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("DATABASE_URL", server.database()?);
    command::run(&mut command)
}
