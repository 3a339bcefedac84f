use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use migrate_runtime::Migrations;

use crate::config::Secret;
use crate::render::{Streams, Tty};
use crate::{Args, Database, Exit, cli, interrupt};

/// The `migrate` command of an app.
///
/// ```
/// use migrate_cli::{App, Args, Exit};
/// use migrate_runtime::{Migrations, embed_migrations};
///
/// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
///
/// let (mut out, mut err) = (Vec::new(), Vec::new());
/// let exit = App::new(&MIGRATIONS).run(Args::new(["heads"]), &mut out, &mut err);
/// assert_eq!(exit, Exit::Done);
/// assert_eq!(out, b"8280855a5064 (head)\n");
/// ```
#[derive(Debug)]
pub struct App<'m> {
    pub(crate) source: Source<'m>,
    pub(crate) program: Option<String>,
    pub(crate) url: Option<Secret>,
    pub(crate) database: Option<Database>,
    pub(crate) schema: Option<String>,
    pub(crate) table_prefix: Option<String>,
    pub(crate) app_version: Option<String>,
    pub(crate) lock_wait: Option<Duration>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) variables: Option<HashMap<String, Secret>>,
    /// What a file named `.env` adds to the environment.
    pub(crate) dotenv: HashMap<String, Secret>,
    #[cfg(feature = "models")]
    pub(crate) models: Option<&'m migrate_runtime::Schema>,
}

/// Where the chain comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'m> {
    /// Compiled into the app.
    App(&'m Migrations),
    /// Read from the versions directory.
    Disk,
}

impl<'m> App<'m> {
    /// For the chain that an app carries.
    pub fn new(migrations: &'m Migrations) -> App<'m> {
        App::of(Source::App(migrations))
    }

    /// For a chain that is read from a versions directory, as `cargo migrate` does. It has no code
    /// for Rust-coded revisions, so a plan with one of those is refused.
    pub fn from_disk() -> App<'static> {
        App::of(Source::Disk)
    }

    fn of(source: Source<'m>) -> App<'m> {
        App {
            source,
            program: None,
            url: None,
            database: None,
            schema: None,
            table_prefix: None,
            app_version: None,
            lock_wait: None,
            directory: None,
            variables: None,
            dotenv: HashMap::new(),
            #[cfg(feature = "models")]
            models: None,
        }
    }

    /// The models: `revision --autogenerate` writes what they ask for, and `check` compares them with
    /// the chain.
    ///
    /// ```
    /// use migrate_runtime::{Migrations, Schema, Table, embed_migrations, schema};
    ///
    /// #[derive(Table)]
    /// #[table(name = "users")]
    /// struct User {
    ///     #[column(primary_key)]
    ///     id: i64,
    ///     email: String,
    /// }
    ///
    /// static SCHEMA: Schema = schema![User];
    /// static MIGRATIONS: Migrations = embed_migrations!("versions", dialects = [sqlite]);
    ///
    /// let app = migrate_cli::App::new(&MIGRATIONS).models(&SCHEMA);
    /// ```
    #[cfg(feature = "models")]
    #[must_use]
    pub fn models(mut self, schema: &'m migrate_runtime::Schema) -> Self {
        self.models = Some(schema);
        self
    }

    /// How the help names the program; by default the executable's name and `migrate`.
    #[must_use]
    pub fn program(mut self, name: impl Into<String>) -> Self {
        self.program = Some(name.into());
        self
    }

    /// The database, unless a flag names another: `sqlite:app.db` or `postgres://...`.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into().into());
        self
    }

    /// The app's own connection, unless a flag names another database.
    #[must_use]
    pub fn connection(mut self, connection: impl Into<Database>) -> Self {
        self.database = Some(connection.into());
        self
    }

    /// Sets the schema of the record, as [`Migrator::schema`](migrate_runtime::Migrator::schema); the app's startup must
    /// name the same.
    #[must_use]
    pub fn schema_name(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Sets the prefix of the record's tables, as [`Migrator::table_prefix`](migrate_runtime::Migrator::table_prefix); the
    /// app's startup must name the same.
    #[must_use]
    pub fn table_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.table_prefix = Some(prefix.into());
        self
    }

    /// The release that the history names; by default that of the crate that embeds the chain.
    #[must_use]
    pub fn app_version(mut self, version: impl Into<String>) -> Self {
        self.app_version = Some(version.into());
        self
    }

    /// How long to wait for another process that migrates, unless `--lock-wait` says otherwise.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = Some(wait);
        self
    }

    /// Works as if it had been started in another folder.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Works with these variables in place of the process's environment.
    #[must_use]
    pub fn variables<K: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = variables.into_iter();
        self.variables = Some(
            pairs
                .map(|(key, value)| (key.into(), value.into().into()))
                .collect(),
        );
        self
    }

    /// Runs the command and prints to standard output and standard error; Ctrl-C stops a run and
    /// rolls it back.
    pub fn exec(self, args: Args) -> ExitCode {
        interrupt::listen();
        let (mut out, mut err) = (io::stdout(), io::stderr());
        let tty = Tty {
            out: out.is_terminal(),
            err: err.is_terminal(),
            input: io::stdin().is_terminal(),
        };
        self.on_thread(args, Streams::new(&mut out, &mut err, tty))
            .into()
    }

    /// Runs the command and prints to the given writers, which are taken for files: no colours, no
    /// questions.
    pub fn run(
        self,
        args: Args,
        out: &mut (dyn Write + Send),
        err: &mut (dyn Write + Send),
    ) -> Exit {
        self.on_thread(args, Streams::new(out, err, Tty::default()))
    }

    /// On a thread of its own: the blocking PostgreSQL driver panics inside an async runtime.
    fn on_thread(self, args: Args, streams: Streams<'_>) -> Exit {
        let words: Vec<OsString> = args.into_words();
        std::thread::scope(|scope| {
            let work = scope.spawn(move || cli::run(self, words, streams));
            work.join().unwrap_or(Exit::Failed)
        })
    }

    /// A variable of the environment that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = match &self.variables {
            Some(given) => given.get(name).map(|value| value.reveal().to_owned()),
            None => std::env::var(name).ok(),
        };
        let value = value.filter(|value| !value.is_empty());
        let from_file = || self.dotenv.get(name).map(|value| value.reveal().to_owned());
        value.or_else(from_file).filter(|value| !value.is_empty())
    }

    /// True on a terminal that only appends: no colours, and no line that is written over.
    pub(crate) fn is_dumb(&self) -> bool {
        self.variable("TERM").is_some_and(|value| value == "dumb")
    }

    pub(crate) fn is_mounted(&self) -> bool {
        matches!(self.source, Source::App(_))
    }
}
