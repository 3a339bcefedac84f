//! A checkout of a team's repository, and the programs that are started in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrate_cli::{App, Args};
use migrate_runtime::{Dialect, Migrations, Options, Schema};
use migrate_tests::postgres;
use tempfile::TempDir;

/// A folder with migrate.toml and revisions, and the variables of the shell in it.
pub(crate) struct Checkout {
    dir: TempDir,
    variables: BTreeMap<String, String>,
    dialects: Vec<Dialect>,
    /// The chain that the app embeds, where it isn't `main` of `versions`: its name is its folder's too.
    pub(crate) chain: Option<String>,
    /// The revision that the app pins, as `head` of the macro does.
    pub(crate) pinned: Option<String>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A release: the program with the chain that it was built with. Models need not travel, the chain does.
pub(crate) struct Release(TempDir);

impl Checkout {
    /// An empty folder, and an environment that holds what a shell has and nothing of the project.
    pub(crate) fn empty(dialects: &[Dialect]) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            variables: BTreeMap::from([("SOURCE_DATE_EPOCH".to_owned(), "1795168931".to_owned())]),
            dialects: dialects.to_vec(),
            chain: None,
            pinned: None,
        }
    }

    /// `cargo migrate init`, with a migrate.toml of the team's own.
    pub(crate) fn new(dialect: Dialect, configuration: &str) -> Self {
        let checkout = Self::empty(&[dialect]);
        checkout.write("migrate.toml", configuration);
        checkout.ok(&format!("init --dialect {dialect}"));
        assert_eq!(checkout.read("migrate.toml"), configuration);
        checkout
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The revision files, sorted.
    pub(crate) fn revisions(&self) -> Vec<String> {
        let names = fs::read_dir(self.path().join(self.folder())).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "chain.lock")
            .collect();
        names.sort();
        names
    }

    /// `cargo migrate LINE`: a process of its own, over the files.
    pub(crate) fn run(&self, line: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        command.args(words(line));
        self.finish(&mut command)
    }

    pub(crate) fn ok(&self, line: &str) -> String {
        self.run(line).ok(line)
    }

    /// `cargo run -- migrate LINE`: the app, with the models and the files as they are now.
    pub(crate) fn app(&self, models: &Schema, line: &str) -> Ran {
        let migrations = match self.build() {
            Ok(migrations) => migrations,
            Err(error) => {
                return Ran {
                    code: 101,
                    out: String::new(),
                    err: error,
                };
            }
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = App::new(&migrations)
            .models(models)
            .program("app migrate")
            .current_dir(self.path())
            .variables(self.variables.clone())
            .run(Args::new(words(line)), &mut out, &mut err);
        Ran {
            code: i32::from(exit.code()),
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }

    pub(crate) fn app_ok(&self, models: &Schema, line: &str) -> String {
        self.app(models, line).ok(line)
    }

    /// What the macro would compile in, or what it would say.
    pub(crate) fn build(&self) -> Result<Migrations, String> {
        let mut options = Options::new(self.folder());
        options.dialects.clone_from(&self.dialects);
        options.head.clone_from(&self.pinned);
        options.blank_head = true;
        if let Some(chain) = &self.chain {
            options.name.clone_from(chain);
        }
        Migrations::load(self.path().join(self.folder()), &options)
            .map_err(|error| format!("{error:#}"))
    }

    fn folder(&self) -> &str {
        self.chain.as_deref().unwrap_or("versions")
    }

    /// Builds a release of the files as they are.
    pub(crate) fn release(&self) -> Release {
        let release = tempfile::tempdir().unwrap();
        copy(&self.path().join(self.folder()), release.path());
        Release(release)
    }

    /// A second checkout of the same repository, without the first one's shell.
    pub(crate) fn cloned(&self) -> Self {
        let clone = Self::empty(&self.dialects);
        copy(self.path(), clone.path());
        clone
    }

    fn finish(&self, command: &mut Command) -> Ran {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let command = command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", path)
            .envs(&self.variables);
        command.output().unwrap().into()
    }
}

impl Release {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Starts the program, which migrates.
    pub(crate) fn start(&self, url: &str) -> Ran {
        self.start_with(url, &[])
    }

    pub(crate) fn start_with(&self, url: &str, words: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_replica"))
            .arg("--versions")
            .arg(self.0.path())
            .args(["--database", url])
            .args(words)
            .output();
        output.unwrap().into()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// What it printed, if it succeeded.
    pub(crate) fn ok(self, line: &str) -> String {
        assert_eq!(self.code, 0, "{line}\n{}{}", self.out, self.err);
        self.out
    }

    /// What it said, if it ended with that code.
    pub(crate) fn refused(self, code: i32) -> String {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self.err
    }

    /// All of it, as a person sees it, for snapshots.
    pub(crate) fn shown(&self) -> String {
        let mut text = self.out.clone();
        for line in self.err.lines() {
            writeln!(text, "{}", format!("! {line}").trim_end()).unwrap();
        }
        if self.code != 0 {
            writeln!(text, "[{}]", self.code).unwrap();
        }
        text
    }
}

/// The only value of a query, as text.
pub(crate) fn value(database: &postgres::Database, query: &str) -> String {
    let query = format!("SELECT CAST(({query}) AS text)");
    let row = database.connect().query_one(&query, &[]).unwrap();
    row.get::<_, Option<String>>(0).unwrap_or_default()
}

/// Runs statements, as the product does.
pub(crate) fn execute(database: &postgres::Database, sql: &str) {
    database.connect().batch_execute(sql).unwrap();
}

/// The words of a line, which may be quoted with `'`.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry: PathBuf = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, target).unwrap();
        }
    }
}
