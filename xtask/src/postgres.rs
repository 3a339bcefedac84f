//! Scratch PostgreSQL databases for what is not a test: `cargo xtask postgres COMMAND`, and the examples.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use migrate_scratch::LocalServer;
use xtask::requirement::POSTGRES;

use crate::{Result, command, install};

/// The variable that names a server to use instead of starting one.
const URL_VARIABLE: &str = "MIGRATE_TEST_POSTGRES_URL";

/// Where databases are made.
pub(crate) struct Server {
    /// How its superuser reaches it.
    admin: String,
    databases: Vec<String>,
    /// Absent for one that was running already.
    own: Option<LocalServer>,
}

impl Server {
    pub(crate) fn start() -> Result<Server> {
        install::missing()?;
        let (admin, own) = match env::var(URL_VARIABLE) {
            Ok(url) => (url, None),
            Err(_) => {
                let own = LocalServer::start(&[]).map_err(|error| format!("{error:#}"))?;
                (own.url(LocalServer::USER), Some(own))
            }
        };
        Ok(Server {
            admin,
            databases: Vec::new(),
            own,
        })
    }

    /// The URL of a new database, which lives as long as the server's value.
    pub(crate) fn database(&mut self) -> Result<String> {
        let name = format!("xtask_{}_{}", std::process::id(), self.databases.len());
        self.psql(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        let (server, database) = self.admin.split_at(location(&self.admin));
        let query = database.find('?').map_or("", |at| &database[at..]);
        let url = format!("{server}/{name}{query}");
        self.databases.push(name);
        Ok(url)
    }

    fn psql(&self, sql: &str) -> Result {
        let beside = POSTGRES.find().map(|initdb| initdb.with_file_name("psql"));
        let psql = beside.filter(|psql| psql.is_file());
        let mut psql = Command::new(psql.unwrap_or_else(|| PathBuf::from("psql")));
        psql.args(["--no-psqlrc", "--quiet", "--command", sql, &self.admin]);
        match psql.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("psql failed to run `{sql}`: {status}")),
            Err(error) => Err(format!("psql did not start: {error}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server of our own takes its databases with it.
        if self.own.is_none() {
            for name in &self.databases {
                // There is nobody left to give an error to, and psql has printed it.
                let _ = self.psql(&format!("DROP DATABASE {name} WITH (FORCE)"));
            }
        }
    }
}

/// Where a URL's path begins, or would.
fn location(url: &str) -> usize {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?']);
    end.map_or(url.len(), |at| host + at)
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

#[cfg(test)]
mod tests {
    use super::location;

    #[test]
    fn a_path_begins_after_the_host() {
        for (url, path) in [
            ("postgres://me@localhost:5432/postgres?a=b", "/postgres?a=b"),
            ("postgres://me@localhost?a=/b", "?a=/b"),
            ("postgres://me@%2Frun:5432", ""),
        ] {
            assert_eq!(&url[location(url)..], path);
        }
    }
}
