use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::dialect::Dialect;
use crate::problem::{Problem, Problems};

/// The name of the lock file beside the revisions.
pub const CHAIN_LOCK: &str = "chain.lock";
/// The name of the file beside the revisions that says how databases of another tool's are taken over.
pub const ADOPT_SQL: &str = "adopt.sql";
/// The name of the file beside the revisions that shows the schema which they make on a database.
pub const fn snapshot(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "schema.sqlite.sql",
        Dialect::Postgres => "schema.postgres.sql",
    }
}

/// The folder of data files for Rust-coded revisions.
pub const ASSETS: &str = "assets";
/// The largest revision, in bytes: it is compiled into the app, and sent to a database in one
/// message, which PostgreSQL limits to 1 GiB.
const MAX_LEN: u64 = 64 << 20;

/// A file of the versions directory as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the versions directory, with `/` between folders.
    pub path: String,
    /// The whole text, byte order mark and line endings included.
    pub text: String,
}

/// What a versions directory holds, sorted by path, with what should not be there as problems.
#[derive(Debug, Default, Clone)]
#[non_exhaustive]
pub struct Folder {
    /// The directory as problems show it.
    pub root: String,
    /// The revision files.
    pub files: Vec<SourceFile>,
    /// The text of chain.lock, if there is one.
    pub chain_lock: Option<String>,
    /// adopt.sql, if there is one.
    pub adopt: Option<SourceFile>,
    /// What can't be read or leads outside.
    pub problems: Problems,
    /// Files that are no revision.
    pub strays: Problems,
}

impl Folder {
    /// An empty one, for entries that come from elsewhere than the disk.
    pub fn new(root: &str) -> Folder {
        Folder {
            root: root.trim_end_matches('/').to_owned(),
            ..Folder::default()
        }
    }

    /// Reads a directory and its sub-folders; what goes wrong is among the problems.
    ///
    /// `root` is how problems name the directory.
    pub fn read(directory: &Path, root: &str) -> Folder {
        let mut folder = Folder::new(root);
        match fs::canonicalize(directory) {
            Ok(real) => folder.walk(&real),
            Err(error) => {
                let problem = match error.kind() {
                    io::ErrorKind::NotFound => Problem::file(root, "there is no such directory")
                        .help("`cargo migrate init` makes one; the path is relative to the crate's Cargo.toml")
                        .help("in a published crate, `package.include` must list it"),
                    _ => Problem::file(root, format!("can't be read: {error}")),
                };
                folder.problems.push(problem);
                return folder;
            }
        }
        folder.finish();
        folder
    }

    fn walk(&mut self, root: &Path) {
        let mut open: Vec<(PathBuf, String)> = vec![(root.to_owned(), String::new())];
        while let Some((directory, relative)) = open.pop() {
            let entries = fs::read_dir(&directory).and_then(Iterator::collect);
            let entries: Vec<fs::DirEntry> = match entries {
                Ok(entries) => entries,
                Err(error) => {
                    self.unreadable(&relative, &error);
                    continue;
                }
            };
            for entry in entries {
                let name = entry.file_name();
                let inside = format!("{relative}{}", name.to_string_lossy());
                if name.to_str().is_none() {
                    let shown = self.shown(&inside);
                    self.problems
                        .push(Problem::file(shown, "a file name that is not UTF-8"));
                    continue;
                }
                // What can't be read hides nothing else.
                match self.entry(root, &entry, &inside) {
                    Ok(true) => open.push((entry.path(), format!("{inside}/"))),
                    Ok(false) => {}
                    Err(error) => self.unreadable(&inside, &error),
                }
            }
        }
    }

    /// Adds one entry; true for a folder to be read too.
    fn entry(&mut self, root: &Path, entry: &fs::DirEntry, inside: &str) -> io::Result<bool> {
        if ignored(inside) {
            return Ok(false);
        }
        let path = entry.path();
        let kind = entry.file_type()?;
        let link = kind.is_symlink();
        if link && !fs::canonicalize(&path)?.starts_with(root) {
            let problem = Problem::file(
                self.shown(inside),
                "a symbolic link that leads out of the directory",
            )
            .help("copy the file: what is compiled in must be what is reviewed beside it");
            self.problems.push(problem);
            return Ok(false);
        }
        // Of a link, what it leads to.
        let metadata = fs::metadata(&path)?;
        if !metadata.is_dir() {
            self.file(&path, &metadata, inside)?;
            return Ok(false);
        }
        if link {
            self.problems.push(Problem::file(
                self.shown(inside),
                "a symbolic link to a folder: its revisions would be read twice",
            ));
        }
        Ok(!link && inside != ASSETS)
    }

    /// Reads a file if it may be a revision: the rest is reported unread, because it may be a pipe
    /// that never ends, or a dump of gigabytes.
    fn file(&mut self, path: &Path, metadata: &fs::Metadata, inside: &str) -> io::Result<()> {
        if is_leftover(inside) {
            return Ok(());
        }
        if !may_be_read(inside) {
            self.stray(inside);
        } else if !metadata.is_file() {
            let problem = Problem::file(self.shown(inside), "not a regular file")
                .help("remove it: a revision is a file with text in it, no pipe, socket or device");
            self.problems.push(problem);
        } else if metadata.len() > MAX_LEN {
            self.too_large(inside, metadata.len());
        } else {
            let mut bytes = Vec::new();
            // It may grow meanwhile; `add` refuses what is then too large.
            let mut file = fs::File::open(path)?.take(MAX_LEN + 1);
            file.read_to_end(&mut bytes)?;
            self.add(inside, &bytes);
        }
        Ok(())
    }

    fn unreadable(&mut self, inside: &str, error: &io::Error) {
        let problem = Problem::file(self.shown(inside), format!("can't be read: {error}"));
        self.problems.push(problem);
    }

    /// Adds a file by its path in the directory; call [`finish`](Folder::finish) after the last.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        if ignored(path) || is_leftover(path) {
            return;
        }
        if !may_be_read(path) {
            return self.stray(path);
        }
        if bytes.len() as u64 > MAX_LEN {
            return self.too_large(path, bytes.len() as u64);
        }
        let shown = self.shown(path);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let at = error.valid_up_to();
                let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count();
                let problem = Problem::line(shown, line, format!("not UTF-8 at byte {at}"));
                self.problems.push(problem.help("save the file as UTF-8"));
                return;
            }
        };
        if path == CHAIN_LOCK {
            self.chain_lock = Some(text);
        } else if path == ADOPT_SQL {
            let path = path.to_owned();
            self.adopt = Some(SourceFile { path, text });
        } else {
            let path = path.to_owned();
            self.files.push(SourceFile { path, text });
        }
    }

    fn stray(&mut self, path: &str) {
        let problem = Problem::file(self.shown(path), "not a revision: those end in `.sql` or `.rs`")
            .help("data files for Rust-coded revisions go to the `assets` folder; README.md, dot files and what editors leave behind are ignored");
        self.strays.push(problem);
    }

    fn too_large(&mut self, path: &str, len: u64) {
        let message = format!(
            "{} MiB, and a revision has at most {}",
            len.div_ceil(1 << 20),
            MAX_LEN >> 20
        );
        let problem = Problem::file(self.shown(path), message).help(
            "a revision is compiled into the app: load so much data with a command of its own, or from a file in `assets`",
        );
        self.problems.push(problem);
    }

    /// Sorts what was added, so that no order of a file system shows.
    pub fn finish(&mut self) {
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    fn shown(&self, path: &str) -> String {
        if path.is_empty() {
            self.root.clone()
        } else {
            format!("{}/{}", self.root, path.trim_end_matches('/'))
        }
    }
}

/// README.md, dot files (also inside dot folders), data files and the snapshot of the schema are no revisions.
fn ignored(path: &str) -> bool {
    file_name(path).eq_ignore_ascii_case("README.md")
        || Dialect::ALL
            .iter()
            .any(|&dialect| path == snapshot(dialect))
        || path.split('/').any(|part| part.starts_with('.'))
        || path
            .strip_prefix(ASSETS)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// What editors, merge tools and file managers leave beside a file.
fn is_leftover(path: &str) -> bool {
    const ENDINGS: [&str; 2] = [".orig", ".rej"];
    const NAMES: [&str; 4] = ["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"];
    let name = file_name(path).to_ascii_lowercase();
    // Vim's swap files end in `.swp`, or in the next letters down when several are open.
    let swap = name.rsplit_once('.').is_some_and(|(_, end)| {
        end.len() == 3 && end.starts_with("sw") && end.ends_with(|c| ('a'..='p').contains(&c))
    });
    let quoted = name.len() > 1 && name.starts_with('#') && name.ends_with('#');
    swap || quoted
        || name.ends_with('~')
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || NAMES.contains(&name.as_str())
        // What an IDE writes to before it renames it.
        || name.contains("___jb_")
}

/// A revision or chain.lock, by its name.
fn may_be_read(path: &str) -> bool {
    path == CHAIN_LOCK || path.ends_with(".sql") || path.ends_with(".rs")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
