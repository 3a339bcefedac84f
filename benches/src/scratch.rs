//! Databases to measure on.

use std::path::{Path, PathBuf};
use std::{fs, io};

use migrate_tests::Postgres;
use postgres::{Client, NoTls};

use crate::{Base, Result};

/// Makes databases of both kinds.
pub(crate) struct Scratch {
    folder: PathBuf,
    server: Option<Postgres>,
    made: usize,
}

/// A server as people run it, but for the vacuum whose moment is a matter of luck.
const SERVER: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "256MB"),
    ("log_statement", "none"),
    ("max_locks_per_transaction", "256"),
];

/// A database; removed on drop.
pub(crate) struct Database {
    pub(crate) url: String,
    /// The URL through the server's socket.
    pub(crate) socket: String,
    kind: Kind,
}

enum Kind {
    File(PathBuf),
    Name { name: String, admin: String },
}

impl Scratch {
    pub(crate) fn new(folder: PathBuf) -> io::Result<Scratch> {
        fs::create_dir_all(&folder)?;
        Ok(Scratch {
            folder,
            server: None,
            made: 0,
        })
    }

    /// The server, started by whoever asks first.
    pub(crate) fn server(&mut self) -> &Postgres {
        self.server.get_or_insert_with(|| Postgres::start(SERVER))
    }

    /// An empty one, or a copy.
    pub(crate) fn database(&mut self, base: Base, copy: Option<&Database>) -> Result<Database> {
        self.made += 1;
        let made = self.made;
        if base == Base::Sqlite {
            let file = self.folder.join(format!("{made}.db"));
            remove(&file);
            if let Some(Database {
                kind: Kind::File(from),
                ..
            }) = copy
            {
                fs::copy(from, &file).map_err(|error| error.to_string())?;
            }
            let url = file.display().to_string();
            return Ok(Database {
                socket: url.clone(),
                url,
                kind: Kind::File(file),
            });
        }
        let server = self.server();
        let admin = server.url();
        let socket = percent(&server.socket_dir().display().to_string());
        let name = format!("bench_{made}");
        let template = match copy {
            Some(Database {
                kind: Kind::Name { name, .. },
                ..
            }) => name.as_str(),
            _ => "template0",
        };
        run(
            &admin,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )?;
        let before = admin.rsplit_once('/').map_or("", |(before, _)| before);
        let url = format!("{before}/{name}");
        let port = url.rsplit_once(':').map_or("", |(_, rest)| rest);
        Ok(Database {
            socket: format!("postgres://postgres@{socket}:{port}"),
            url: url.clone(),
            kind: Kind::Name { name, admin },
        })
    }

    /// Writes out what is in memory, so that no measurement pays for the one before.
    pub(crate) fn settle(&mut self, base: Base) -> Result {
        match base {
            Base::Sqlite => Ok(()),
            Base::Postgres => run(&self.server().url(), "CHECKPOINT"),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is rubbish in target/.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.kind {
            Kind::File(file) => remove(file),
            // The server may be gone, and then so is the database.
            Kind::Name { name, admin } => {
                let _ = run(
                    admin,
                    &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                );
            }
        }
    }
}

fn remove(file: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        // Most are not there.
        let _ = fs::remove_file(name);
    }
}

fn run(url: &str, sql: &str) -> Result {
    let client = Client::connect(url, NoTls);
    client
        .and_then(|mut client| client.batch_execute(sql))
        .map_err(|error| format!("{sql}: {error}"))
}

fn percent(path: &str) -> String {
    path.replace('%', "%25").replace('/', "%2F")
}
