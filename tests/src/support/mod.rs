//! Both databases behind one trait, and versions directories written on the spot.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use migrate_runtime::{Code, Connection, Dialect, Function, Migrations, Options};
use rusqlite::types::ValueRef;

use crate::{Postgres as Server, postgres, sqlite};

pub use postgres::Database as Postgres;
pub use sqlite::Database as Sqlite;

/// The tables that are the engine's own, unless a test names them otherwise.
pub const OURS: &[&str] = &[
    "migrate_revision",
    "migrate_log",
    "migrate_in_progress",
    "migrate_setting",
];

/// A database of a kind, fresh and empty.
pub trait Engine: Sized + Sync {
    /// Its dialect.
    const DIALECT: Dialect;
    /// What connects to it.
    type Client: Connection + Send;

    /// A new one.
    fn new() -> Self;
    /// A connection to it.
    fn connect(&self) -> Self::Client;
    /// Runs statements.
    fn try_execute(client: &mut Self::Client, sql: &str) -> Result<(), String>;
    /// The rows of a query as text.
    fn rows(client: &mut Self::Client, sql: &str) -> Vec<Vec<String>>;
    /// All of it but some tables, as text that can be compared.
    fn dump_without(&self, tables: &[&str]) -> String;
    /// Runs statements over a connection of their own.
    fn run(&self, sql: &str) {
        Self::execute(&mut self.connect(), sql);
    }
    /// The only value of a query, as text.
    fn value(&self, query: &str) -> String {
        Self::column(&mut self.connect(), query).remove(0)
    }
    /// Runs statements that must succeed.
    fn execute(client: &mut Self::Client, sql: &str) {
        Self::try_execute(client, sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    /// All of it, the engine's tables included.
    fn dump(&self) -> String {
        self.dump_without(&[])
    }
    /// What the scripts made.
    fn made(&self) -> String {
        self.dump_without(OURS)
    }
    /// The first column of a query's rows.
    fn column(client: &mut Self::Client, sql: &str) -> Vec<String> {
        let rows = Self::rows(client, sql).into_iter();
        rows.map(|mut row| row.remove(0)).collect()
    }
    /// The recorded heads of all chains.
    fn heads(client: &mut Self::Client) -> Vec<String> {
        Self::column(
            client,
            "SELECT revision FROM migrate_revision ORDER BY revision",
        )
    }
}

impl Engine for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
    type Client = rusqlite::Connection;

    fn new() -> Self {
        let database = Self::new();
        // There from the start, as a database on a server is.
        fs::write(database.path(), "").unwrap();
        database
    }

    fn connect(&self) -> Self::Client {
        self.connect()
    }

    fn try_execute(client: &mut Self::Client, sql: &str) -> Result<(), String> {
        client.execute_batch(sql).map_err(|error| error.to_string())
    }

    fn rows(client: &mut Self::Client, sql: &str) -> Vec<Vec<String>> {
        let mut statement = client
            .prepare(sql)
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut all = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let cell = |at| match row.get_ref(at).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    String::from_utf8_lossy(bytes).into_owned()
                }
            };
            all.push((0..columns).map(cell).collect());
        }
        all
    }

    fn dump_without(&self, tables: &[&str]) -> String {
        sqlite::dump_without(&self.connect(), tables)
    }
}

impl Engine for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
    type Client = ::postgres::Client;

    fn new() -> Self {
        Server::shared().database()
    }

    fn connect(&self) -> Self::Client {
        self.connect()
    }

    fn try_execute(client: &mut Self::Client, sql: &str) -> Result<(), String> {
        client
            .batch_execute(sql)
            .map_err(|error| format!("{error:?}"))
    }

    fn rows(client: &mut Self::Client, sql: &str) -> Vec<Vec<String>> {
        let messages = client
            .simple_query(sql)
            .unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        let rows = messages.iter().filter_map(|message| match message {
            ::postgres::SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|at| row.get(at).unwrap_or("NULL").to_owned())
                    .collect(),
            ),
            _ => None,
        });
        rows.collect()
    }

    fn dump_without(&self, tables: &[&str]) -> String {
        postgres::dump_without(&mut self.connect(), tables)
    }
}

/// A database that commands reach by its URL.
pub trait Database: Engine {
    /// Where it is.
    fn url(&self) -> String;
    /// The database's own shell, with this database open.
    fn shell(&self) -> Command;

    /// Feeds a script to the database's own shell.
    fn feed(&self, script: &str) -> Result<(), String> {
        let mut child = self
            .shell()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A shell that stops at an error closes its end.
        let _ = child.stdin.take().unwrap().write_all(script.as_bytes());
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

impl Database for Sqlite {
    fn url(&self) -> String {
        self.url()
    }

    fn shell(&self) -> Command {
        let mut shell = Command::new("sqlite3");
        shell.arg(self.path());
        shell
    }
}

impl Database for Postgres {
    fn url(&self) -> String {
        self.url()
    }

    fn shell(&self) -> Command {
        let mut shell = Command::new("psql");
        shell.args(["--no-psqlrc", "--quiet", &self.url()]);
        shell
    }
}

/// Runs bodies that are generic over [`Engine`] on each database.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name::<$crate::support::Sqlite>();
            })+
        }
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name::<$crate::support::Postgres>();
            })+
        }
    };
}

/// The files of a versions directory.
#[derive(Clone, Default)]
pub struct Versions {
    files: Vec<(String, String)>,
    code: Vec<Code>,
    name: Option<&'static str>,
}

impl Versions {
    /// A versions directory without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the chain.
    pub fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// A file as it is.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// A revision on `down` (empty: on nothing); its upgrade's text begins on line 6.
    pub fn sql(self, id: &str, down: &str, upgrade: &str, downgrade: &str) -> Self {
        let text = revision(id, down, "", upgrade, downgrade);
        self.file(&format!("{id}.sql"), &text)
    }

    /// A revision with further lines of the header, and section lines of its own.
    pub fn with(self, id: &str, down: &str, header: &str, sections: &str) -> Self {
        let down = if down.is_empty() { "none" } else { down };
        let text = format!(
            "-- make {id}\n-- revision: {id}\n-- down_revision: {down}\n{header}\n{sections}\n"
        );
        self.file(&format!("{id}.sql"), &text)
    }

    /// A Rust-coded revision with an upgrade; its downgrade does nothing.
    pub fn code(mut self, id: &'static str, down: &str, upgrade: Function) -> Self {
        let down = if down.is_empty() { "none" } else { down };
        let function = match upgrade {
            Function::Sync(_) => "pub fn upgrade(db: &mut Context<'_>)",
            Function::Async(_) => "pub async fn upgrade(db: &mut AsyncContext<'_>)",
        };
        let text = format!(
            "//! make {id}\n//!\n//! revision: {id}\n//! down_revision: {down}\n//! downgrade: nothing\n\n\
             use migrate_runtime::{{AsyncContext, Context, Result}};\n\n{function} -> Result<()> {{ Ok(()) }}\n"
        );
        self.code.push(Code {
            revision: id,
            upgrade: Some(upgrade),
            downgrade: None,
        });
        self.file(&format!("{id}.rs"), &text)
    }

    /// The functions of a file that is a Rust-coded revision.
    #[must_use]
    pub fn functions(mut self, code: Code) -> Self {
        self.code.push(code);
        self
    }

    /// The chain, for one dialect.
    pub fn load<E: Engine>(self) -> Migrations {
        self.load_for(&[E::DIALECT])
    }

    /// The chain, for some dialects.
    pub fn load_for(self, dialects: &[Dialect]) -> Migrations {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in &self.files {
            fs::write(dir.path().join(path), text).unwrap();
        }
        let mut options = Options::new("versions");
        options.dialects = dialects.to_vec();
        options.multiple_heads = true;
        options.multiple_bases = true;
        if let Some(name) = self.name {
            options.name = name.to_owned();
        }
        let loaded = Migrations::load_with_code(dir.path(), &options, self.code);
        loaded.unwrap_or_else(|error| panic!("{error:#}"))
    }
}

/// The text of a revision file.
pub fn revision(id: &str, down: &str, header: &str, upgrade: &str, downgrade: &str) -> String {
    let down = if down.is_empty() { "none" } else { down };
    let mut text = format!("-- make {id}\n-- revision: {id}\n-- down_revision: {down}\n{header}\n");
    for (direction, script) in [("upgrade", upgrade), ("downgrade", downgrade)] {
        match script {
            "" => writeln!(text, "-- {direction}: nothing").unwrap(),
            script => writeln!(text, "-- {direction}\n{script}\n").unwrap(),
        }
    }
    text
}

/// A chain in a line, each with rows: tables that refer to each other, a change of data, a column.
pub fn shop() -> Versions {
    Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
             INSERT INTO author VALUES (1, 'ada'), (2, 'grace');",
            "DROP TABLE author;",
        )
        .sql(
            "b1",
            "a1",
            "CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES author, title TEXT);\n\
             INSERT INTO book VALUES (10, 1, 'notes'), (20, 2, NULL);",
            "DROP TABLE book;",
        )
        .sql(
            "c1",
            "b1",
            "UPDATE author SET name = upper(name);",
            "UPDATE author SET name = lower(name);",
        )
        .sql(
            "d1",
            "c1",
            "CREATE INDEX book_title ON book (title);",
            "DROP INDEX book_title;",
        )
}

/// Ids as a test writes them.
pub fn ids(list: &[&str]) -> Vec<String> {
    list.iter().map(|id| (*id).to_owned()).collect()
}
