//! Programs that cargo can't fetch: how each is found, and which package brings it.
//!
//! What starts a program and what installs it can't disagree about what "installed" means.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A program that we start.
pub struct Requirement {
    /// What people call it.
    pub name: &'static str,
    /// A program that only the package in question brings (`psql` would also come with a bare client).
    pub program: &'static str,
    /// Where packages put it when they don't put it on `PATH`; one `*` may stand anywhere in a folder name.
    pub folders: &'static [&'static str],
    /// The package by package manager (the manager's program name).
    pub packages: &'static [(&'static str, &'static str)],
}

/// A PostgreSQL server.
pub const POSTGRES: Requirement = Requirement {
    name: "PostgreSQL",
    program: "initdb",
    folders: &[
        "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
        "/usr/lib/postgresql*/bin",                           // openSUSE, Gentoo
        "/usr/libexec/postgresql*",                           // Alpine
        "/usr/pgsql-*/bin",                                   // the PostgreSQL project's RPMs
        "/usr/local/pgsql/bin",                               // built from source
        "/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple silicon
        "/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel
        "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",     // Homebrew on Linux
        "/opt/local/lib/postgresql*/bin",                     // MacPorts
        "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
    ],
    packages: &[
        ("apt-get", "postgresql"),
        ("dnf", "postgresql-server"),
        ("apk", "postgresql"),
        ("pacman", "postgresql"),
        ("brew", "postgresql@17"),
    ],
};

impl Requirement {
    /// The program's path, links followed: from `PATH`, else the highest version in the usual folders.
    ///
    /// Links are followed because a package's other programs live beside the real file, not beside a link to it.
    #[must_use]
    pub fn find(&self) -> Option<PathBuf> {
        let from_path = on_path(self.program);
        let installed = || {
            let in_folder = |pattern: &&str| {
                let mut folders = expand(Path::new(pattern));
                folders.sort_by_key(|folder| version(folder));
                folders
                    .into_iter()
                    .rev()
                    .map(|folder| folder.join(self.program))
                    .find(|file| file.is_file())
            };
            self.folders.iter().find_map(in_folder)
        };
        from_path
            .or_else(installed)
            .map(|file| file.canonicalize().unwrap_or(file))
    }
}

/// The first file of that name in the folders of `PATH`.
#[must_use]
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The existing paths that a pattern with `*` stands for.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str();
        let Some((start, end)) = part.to_str().and_then(|part| part.split_once('*')) else {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        };
        let matches = |name: &OsStr| {
            name.to_str().is_some_and(|name| {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end)
            })
        };
        found = found
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flat_map(|entries| entries.flatten())
            .filter(|entry| matches(&entry.file_name()))
            .map(|entry| entry.path())
            .collect();
    }
    found.retain(|path| path.exists());
    found
}

/// The numbers in a path, so that 17 sorts above 9.6.
fn version(path: &Path) -> Vec<u32> {
    let text = path.to_string_lossy();
    text.split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_is_numeric() {
        let mut folders = [
            "/usr/lib/postgresql/9.6/bin",
            "/usr/lib/postgresql/17/bin",
            "/usr/lib/postgresql/15/bin",
        ];
        folders.sort_by_key(|folder| version(Path::new(folder)));
        assert_eq!(folders.last(), Some(&"/usr/lib/postgresql/17/bin"));
    }

    #[test]
    fn a_star_stands_for_part_of_a_folder_name() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("s*c");
        assert_eq!(
            expand(&src),
            [Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]
        );
        assert!(expand(&src.join("nothing*here")).is_empty());
    }
}
