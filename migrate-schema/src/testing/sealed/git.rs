//! What git remembers of a versions directory.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use migrate_chain::chain_lock::ChainLock;
use migrate_chain::{CHAIN_LOCK, Folder};

use super::super::Result;
use crate::Error;

/// A directory of a repository.
pub(super) struct Git {
    crate_dir: PathBuf,
    /// The versions directory, from the top of the repository, with a slash behind it.
    prefix: String,
    /// As problems name it.
    root: String,
}

/// A release, and the commit that has what it brought.
pub(super) struct Release {
    pub(super) name: String,
    pub(super) commit: String,
    /// How a person names the commit.
    pub(super) shown: String,
    pub(super) lock: ChainLock,
}

impl Git {
    /// # Errors
    ///
    /// There is no git, no repository, or no commit yet.
    pub(super) fn of(crate_dir: &str, root: &str) -> Result<Git> {
        let mut git = Git {
            crate_dir: Path::new(crate_dir).to_owned(),
            prefix: String::new(),
            root: root.to_owned(),
        };
        git.run(&["rev-parse", "--verify", "HEAD"])?;
        let crate_prefix = git.run(&["rev-parse", "--show-prefix"])?;
        let mut parts: Vec<&str> = Vec::new();
        for part in crate_prefix.trim().split('/').chain(root.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        git.prefix = format!("{}/", parts.join("/"));
        Ok(git)
    }

    /// True where history was cut off when the repository was cloned.
    pub(super) fn is_shallow(&self) -> bool {
        let answer = self.run(&["rev-parse", "--is-shallow-repository"]);
        answer.is_ok_and(|answer| answer.trim() == "true")
    }

    /// The newest release, which has the revisions of all before it. What it brought is in the commit
    /// that its tag names; where nobody set a tag of that name, in the oldest since which chain.lock has
    /// named it all along.
    pub(super) fn release(&self) -> Result<Option<Release>> {
        let path = format!("{}{CHAIN_LOCK}", self.prefix);
        let commits = self.run(&[
            "log",
            "--first-parent",
            "--format=%H",
            "--",
            &format!(":/{path}"),
        ])?;
        let commits: Vec<&str> = commits.lines().collect();
        let names: Vec<String> = (commits.iter())
            .map(|commit| format!("{commit}:{path}"))
            .collect();
        let locks: Vec<ChainLock> = (self.contents(&names)?.into_iter())
            .map(|bytes| self.lock(&bytes.unwrap_or_default()))
            .collect();
        let mut looked_up = HashSet::new();
        for (at, lock) in locks.iter().enumerate() {
            for name in names_of(lock) {
                if !looked_up.insert(name) {
                    continue;
                }
                if let Some(tagged) = self.tagged(name, &path)? {
                    return Ok(Some(tagged));
                }
                // It was taken back since, and nobody tagged it: it was never released.
                if at > 0 {
                    continue;
                }
                let names_it = |lock: &&ChainLock| names_of(lock).contains(&name);
                let since = locks.iter().take_while(names_it).count().saturating_sub(1);
                if let (Some(commit), Some(lock)) = (commits.get(since), locks.get(since)) {
                    return Ok(Some(Release {
                        name: name.to_owned(),
                        commit: (*commit).to_owned(),
                        shown: commit.chars().take(10).collect(),
                        lock: lock.clone(),
                    }));
                }
            }
        }
        Ok(None)
    }

    /// The versions directory at a commit.
    pub(super) fn folder(&self, commit: &str) -> Result<Folder> {
        let top = format!(":/{}", self.prefix);
        let listed = self.run(&[
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            "--full-name",
            commit,
            "--",
            &top,
        ])?;
        let paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
        let names: Vec<String> = paths
            .iter()
            .map(|path| format!("{commit}:{path}"))
            .collect();
        let mut folder = Folder::new(&self.root);
        for (path, bytes) in paths.iter().zip(self.contents(&names)?) {
            let inside = path.strip_prefix(&self.prefix).unwrap_or(path);
            folder.add(inside, &bytes.unwrap_or_default());
        }
        folder.finish();
        Ok(folder)
    }

    fn tagged(&self, name: &str, path: &str) -> Result<Option<Release>> {
        let tag = format!("refs/tags/{name}^{{commit}}");
        let Ok(commit) = self.run(&["rev-parse", "--verify", "--quiet", &tag]) else {
            return Ok(None);
        };
        let commit = commit.trim().to_owned();
        let lock = self
            .contents(&[format!("{commit}:{path}")])?
            .pop()
            .flatten();
        let lock = self.lock(&lock.unwrap_or_default());
        // A tag from before the release was sealed says nothing.
        Ok(names_of(&lock).contains(&name).then(|| Release {
            name: name.to_owned(),
            commit,
            shown: format!("tag {name}"),
            lock,
        }))
    }

    fn lock(&self, bytes: &[u8]) -> ChainLock {
        // What once was no chain.lock names no release.
        ChainLock::parse(&self.root, &String::from_utf8_lossy(bytes)).unwrap_or_default()
    }

    /// What objects hold, in their order; nothing for one that is not there.
    fn contents(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let mut process = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            // Nobody reads it meanwhile.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| cant("cat-file", error))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let text = names
            .iter()
            .map(|name| format!("{name}\n"))
            .collect::<String>();
        let mut answer = Vec::new();
        // Both ends at once: either pipe may be full before the other is done.
        std::thread::scope(|scope| {
            scope.spawn(|| input.map(|mut input| input.write_all(text.as_bytes())));
            output
                .map(|mut output| output.read_to_end(&mut answer))
                .transpose()
        })
        .and_then(|_| process.wait())
        .map_err(|error| cant("cat-file", error))?;
        let mut rest = &answer[..];
        Ok(names.iter().map(|_| object(&mut rest)).collect())
    }

    fn run(&self, words: &[&str]) -> Result<String> {
        let what = words.first().copied().unwrap_or_default();
        let output = self
            .command(words)
            .output()
            .map_err(|error| cant(what, error))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(cant(
                what,
                String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            ))
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.crate_dir).args(words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // In a hook of git's these are about the commit that is being made.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(variable);
        }
        command
    }
}

fn names_of(lock: &ChainLock) -> Vec<&str> {
    let mut names: Vec<&str> = lock
        .entries
        .iter()
        .rev()
        .filter_map(|entry| Some(entry.seal.as_ref()?.release.as_str()))
        .collect();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// Takes the next object of what `cat-file --batch` answers: `HASH blob SIZE`, a line feed, the bytes,
/// a line feed.
fn object(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let (head, after) = rest.split_at(end);
    let after = &after[1..];
    let size = String::from_utf8_lossy(head)
        .rsplit_once(" blob ")
        .and_then(|(_, size)| size.parse::<usize>().ok());
    let Some(size) = size.filter(|&size| size < after.len()) else {
        *rest = after;
        return None;
    };
    *rest = &after[size + 1..];
    Some(after[..size].to_vec())
}

fn cant(what: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(format!("`git {what}` fails")).with_source(source)
}
