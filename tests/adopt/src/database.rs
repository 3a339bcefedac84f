//! Scratch databases of both kinds, and what is in them, as text.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use migrate_scratch::LocalServer;
use tempfile::TempDir;

use crate::{Result, output};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// What the files and our dialects call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        }
    }
}

/// Where databases are made; all of them are gone with it.
pub(crate) struct Scratch {
    server: LocalServer,
    folder: TempDir,
    made: Cell<u32>,
}

impl Scratch {
    pub(crate) fn start() -> Result<Scratch> {
        Ok(Scratch {
            server: LocalServer::start(&[])?,
            folder: tempfile::tempdir()?,
            made: Cell::new(0),
        })
    }

    /// An empty folder.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        self.made.set(self.made.get() + 1);
        let folder = self
            .folder
            .path()
            .join(format!("{name}-{}", self.made.get()));
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// An empty database.
    pub(crate) fn database(&self, kind: Kind) -> Result<Database> {
        self.made.set(self.made.get() + 1);
        let name = format!("adopt_{}", self.made.get());
        let programs = self.server.programs().to_path_buf();
        let url = match kind {
            Kind::Sqlite => {
                let file = self.folder.path().join(format!("{name}.db"));
                // Some tools open a file that is there and make none.
                rusqlite::Connection::open(&file)?.execute_batch("VACUUM")?;
                format!("sqlite://{}", file.display())
            }
            Kind::Postgres => {
                let admin = self.server.url("postgres");
                let create = format!("CREATE DATABASE {name} TEMPLATE template0");
                postgres::Client::connect(&admin, postgres::NoTls)?.batch_execute(&create)?;
                self.server.url(&name)
            }
        };
        Ok(Database {
            kind,
            url,
            host: self.server.host().to_owned(),
            port: self.server.port(),
            programs,
        })
    }
}

pub(crate) struct Database {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    /// The folder of the server's socket, and its port: tools that read no such URL are given these.
    pub(crate) host: String,
    pub(crate) port: u16,
    programs: PathBuf,
}

impl Database {
    /// The file of an SQLite database.
    pub(crate) fn file(&self) -> &Path {
        Path::new(self.url.trim_start_matches("sqlite://"))
    }

    /// A PostgreSQL database's name.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) -> Result {
        match self.kind {
            Kind::Sqlite => rusqlite::Connection::open(self.file())?.execute_batch(sql)?,
            Kind::Postgres => {
                postgres::Client::connect(&self.url, postgres::NoTls)?.batch_execute(sql)?;
            }
        }
        Ok(())
    }

    /// The rows of a query, as text, a value from the next by a bar.
    pub(crate) fn rows(&self, sql: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        match self.kind {
            Kind::Sqlite => {
                use rusqlite::types::ValueRef;
                let connection = rusqlite::Connection::open(self.file())?;
                let mut statement = connection.prepare(sql)?;
                let columns = statement.column_count();
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let values: rusqlite::Result<Vec<String>> = (0..columns)
                        .map(|at| {
                            Ok(match row.get_ref(at)? {
                                ValueRef::Null => "NULL".to_owned(),
                                ValueRef::Integer(value) => value.to_string(),
                                ValueRef::Real(value) => value.to_string(),
                                ValueRef::Text(value) => {
                                    String::from_utf8_lossy(value).into_owned()
                                }
                                ValueRef::Blob(value) => {
                                    value.iter().map(|byte| format!("{byte:02x}")).collect()
                                }
                            })
                        })
                        .collect();
                    found.push(values?.join("|"));
                }
            }
            Kind::Postgres => {
                let mut client = postgres::Client::connect(&self.url, postgres::NoTls)?;
                for message in client.simple_query(sql)? {
                    if let postgres::SimpleQueryMessage::Row(row) = message {
                        let values = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL"));
                        found.push(values.collect::<Vec<_>>().join("|"));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Everything that the database defines but for our own tables.
    pub(crate) fn schema(&self) -> Result<String> {
        match self.kind {
            Kind::Sqlite => {
                let rows = self.rows(
                    "SELECT type, name, sql FROM sqlite_schema \
                     WHERE tbl_name NOT LIKE 'migrate_%' ORDER BY type, name",
                )?;
                Ok(rows.join("\n"))
            }
            Kind::Postgres => self.pg_dump(&["--schema-only", "--exclude-table=migrate_*"]),
        }
    }

    /// A script that makes the table anew, and its rows.
    pub(crate) fn dump_table(&self, table: &str) -> Result<String> {
        match self.kind {
            Kind::Sqlite => self.sqlite_dump(&|name| name == table),
            Kind::Postgres => self.pg_dump(&["--inserts", &format!("--table={table}*")]),
        }
    }

    /// A script that makes all the others, and their rows.
    pub(crate) fn dump_without(&self, table: &str) -> Result<String> {
        match self.kind {
            Kind::Sqlite => self.sqlite_dump(&|name| name != table),
            Kind::Postgres => self.pg_dump(&["--inserts", &format!("--exclude-table={table}*")]),
        }
    }

    /// pg_dump's script without what is about the session and the server's version.
    fn pg_dump(&self, args: &[&str]) -> Result<String> {
        let mut command = Command::new(self.programs.join("pg_dump"));
        command
            .args(["--no-owner", "--no-privileges"])
            .args(args)
            .arg(&self.url);
        let script = output(&mut command)?;
        let about_session = ["--", "SET ", "SELECT pg_catalog.set_config", "\\"];
        let kept = script.lines().filter(|line| {
            !line.is_empty() && !about_session.iter().any(|start| line.starts_with(start))
        });
        Ok(kept.map(|line| format!("{line}\n")).collect())
    }

    fn sqlite_dump(&self, wanted: &dyn Fn(&str) -> bool) -> Result<String> {
        let mut script = String::new();
        let objects = self.rows(
            "SELECT type, tbl_name, sql FROM sqlite_schema \
             WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite_%' ORDER BY type <> 'table', rowid",
        )?;
        for object in &objects {
            let mut parts = object.splitn(3, '|');
            let [kind, table, sql] = [(); 3].map(|()| parts.next().unwrap_or_default());
            if !wanted(table) {
                continue;
            }
            script.push_str(&format!("{sql};\n"));
            if kind == "table" {
                let columns =
                    self.rows(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
                let quoted: Vec<_> = columns
                    .iter()
                    .map(|column| format!("quote(\"{column}\")"))
                    .collect();
                let values = quoted.join(" || ', ' || ");
                for row in self.rows(&format!("SELECT {values} FROM \"{table}\" ORDER BY rowid"))? {
                    script.push_str(&format!("INSERT INTO \"{table}\" VALUES ({row});\n"));
                }
            }
        }
        Ok(script)
    }
}
