//! Processes that migrate when they start, and the chains they carry.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use migrate_runtime::{Dialect, Migrations, Options};
use tempfile::TempDir;

/// How often a test that depends on luck is tried.
pub(crate) fn rounds() -> usize {
    let rounds = env::var("MIGRATE_ROUNDS").ok();
    rounds.map_or(3, |rounds| {
        rounds.parse().expect("MIGRATE_ROUNDS is a number")
    })
}

/// A versions directory on disk.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// With these files.
    pub(crate) fn new(files: &[(&str, String)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::write(dir.path().join(path), text).unwrap();
        }
        // A process of another user may have to read it.
        #[cfg(unix)]
        fs::set_permissions(
            dir.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// What one process said in the end.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The values of its lines that begin with `what: `.
    pub(crate) fn all(&self, what: &str) -> Vec<&str> {
        let lines = self.out.lines();
        lines
            .filter_map(|line| line.strip_prefix(what)?.strip_prefix(": "))
            .collect()
    }

    /// The only such value.
    pub(crate) fn one(&self, what: &str) -> Option<&str> {
        self.all(what).first().copied()
    }
}

/// A process that has connected.
pub(crate) struct Replica {
    child: Child,
    out: BufReader<ChildStdout>,
    said: String,
}

impl Replica {
    /// Starts one and waits until it is connected.
    pub(crate) fn start(folder: &Folder, database: &str, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_replica"));
        command
            .arg("--versions")
            .arg(folder.path())
            .args(["--database", database])
            .args(options);
        Self::spawn(&mut command)
    }

    /// Starts a replica by a command that is complete.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut replica = Self {
            child,
            out,
            said: String::new(),
        };
        replica.until("ready");
        replica
    }

    /// Waits for a line, or for the end; tells which.
    pub(crate) fn until(&mut self, wanted: &str) -> bool {
        loop {
            let mut line = String::new();
            if self.out.read_line(&mut line).unwrap() == 0 {
                return false;
            }
            self.said.push_str(&line);
            if line.trim_end().starts_with(wanted) {
                return true;
            }
        }
    }

    /// Lets one that was started with `--at-once` go.
    pub(crate) fn go(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        // It may have died of something by now, which the end tells.
        let _ = stdin.write_all(b"go\n");
    }

    /// True until it has ended.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Said {
        self.out.read_to_string(&mut self.said).unwrap();
        let mut err = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        Said {
            status: self.child.wait().unwrap(),
            out: self.said,
            err,
        }
    }
}

/// Starts one and waits for its end.
pub(crate) fn replica(folder: &Folder, database: &str, options: &[&str]) -> Said {
    Replica::start(folder, database, options).end()
}

/// The chain in a folder, for use in this process.
pub(crate) fn load(folder: &Folder, dialect: Dialect) -> Migrations {
    let mut options = Options::new("versions");
    options.dialects = vec![dialect];
    Migrations::load(folder.path(), &options).unwrap_or_else(|error| panic!("{error:#}"))
}

/// A revision whose upgrade also writes a line into the ledger: run twice, it stands there twice.
pub(crate) fn noted(id: &str, down: &str, section: &str, upgrade: &str) -> (String, String) {
    let down = if down.is_empty() { "none" } else { down };
    let ledger = if down == "none" {
        "CREATE TABLE ledger (step TEXT NOT NULL);\n"
    } else {
        ""
    };
    let text = format!(
        "-- make {id}\n-- revision: {id}\n-- down_revision: {down}\n\n\
         -- upgrade{section}\n{ledger}INSERT INTO ledger VALUES ('{id}');\n{upgrade}\n\n-- downgrade: nothing\n"
    );
    (format!("{id}.sql"), text)
}

/// Six steps in a line, in one transaction: tables, rows, and arithmetic that doesn't bear repetition.
pub(crate) fn plain() -> Vec<(String, String)> {
    vec![
        noted(
            "a1",
            "",
            "",
            "CREATE TABLE stock (n INTEGER NOT NULL);\nINSERT INTO stock VALUES (1);",
        ),
        noted("b1", "a1", "", "UPDATE stock SET n = n * 3;"),
        noted(
            "c1",
            "b1",
            "",
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO item VALUES (1, 'one'), (2, 'two');",
        ),
        noted("d1", "c1", "", "UPDATE stock SET n = n * 5;"),
        noted("e1", "d1", "", "ALTER TABLE item ADD COLUMN price INTEGER;"),
        noted(
            "f1",
            "e1",
            "",
            "UPDATE stock SET n = n * 7;\nUPDATE item SET price = id;",
        ),
    ]
}

/// Files with a step in the middle, and one at the end, that can't run in a transaction.
pub(crate) fn mixed(dialect: Dialect) -> Vec<(String, String)> {
    let (middle, last) = match dialect {
        Dialect::Sqlite => (
            "VACUUM;\nUPDATE stock SET n = n * 11;\nVACUUM;\nUPDATE stock SET n = n * 13;",
            "PRAGMA journal_mode = DELETE;",
        ),
        _ => (
            "CREATE INDEX CONCURRENTLY item_name ON item (name);\nUPDATE stock SET n = n * 11;\n\
             CREATE INDEX CONCURRENTLY item_price ON item (price);\nUPDATE stock SET n = n * 13;",
            "VACUUM item;",
        ),
    };
    let mut files = plain();
    files.push(noted("g1", "f1", " (no transaction)", middle));
    files.push(noted("h1", "g1", "", "UPDATE stock SET n = n * 17;"));
    files.push(noted("i1", "h1", " (no transaction)", last));
    files
}

/// The ids of such files.
pub(crate) fn ids_of(files: &[(String, String)]) -> Vec<String> {
    let ids = files
        .iter()
        .map(|(path, _)| path.trim_end_matches(".sql").to_owned());
    ids.collect()
}

/// As a folder.
pub(crate) fn folder(files: &[(String, String)]) -> Folder {
    let files: Vec<_> = (files.iter())
        .map(|(path, text)| (path.as_str(), text.clone()))
        .collect();
    Folder::new(&files)
}
