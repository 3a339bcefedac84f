//! The other tool's folder, read once.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A folder of another tool, with the texts in it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) folder: PathBuf,
    /// By path in the folder, with `/` between folders; sorted.
    pub(crate) files: Vec<File>,
    /// As a person named the folder.
    shown: String,
}

/// A file in it.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: String,
    /// Without a byte order mark, with LF.
    pub(crate) text: String,
    /// False where the file isn't UTF-8, so that its text is not what it holds.
    pub(crate) is_text: bool,
    pub(crate) has_mark: bool,
    pub(crate) has_crlf: bool,
}

/// How deep a tool's files lie, and how large they may be.
const DEEPEST: usize = 4;
const LARGEST: u64 = 64 << 20;

impl Source {
    pub(crate) fn read(folder: &Path, shown: &str) -> Result<Source> {
        let mut source = Source {
            folder: folder.to_owned(),
            files: Vec::new(),
            shown: shown.trim_end_matches('/').to_owned(),
        };
        if !folder.is_dir() {
            return Err(Error::usage(format!("there is no folder {shown}"))
                .help("name the folder in which the other tool's migrations are"));
        }
        source.walk(folder, "", 0)?;
        source.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(source)
    }

    fn walk(&mut self, folder: &Path, inside: &str, depth: usize) -> Result<()> {
        let cant = |error| Error::failed(format!("can't read {}: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(cant)? {
            let entry = entry.map_err(cant)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.')
                || ["target", "node_modules", "__pycache__"].contains(&name.as_str())
            {
                continue;
            }
            let path = format!("{inside}{name}");
            let metadata = fs::metadata(entry.path()).map_err(cant)?;
            if metadata.is_dir() {
                if depth < DEEPEST {
                    self.walk(&entry.path(), &format!("{path}/"), depth + 1)?;
                }
            } else if is_read(&name) && metadata.len() <= LARGEST {
                let bytes = fs::read(entry.path()).map_err(cant)?;
                self.files.push(File::new(path, &bytes));
            }
        }
        Ok(())
    }

    /// The files right in the folder.
    pub(crate) fn top(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| !file.path.contains('/'))
    }

    /// The folders right in the folder, each with its files.
    pub(crate) fn folders(&self) -> Vec<(&str, Vec<&File>)> {
        let mut folders: Vec<(&str, Vec<&File>)> = Vec::new();
        for file in &self.files {
            let Some((folder, _)) = file.path.split_once('/') else {
                continue;
            };
            match folders.last_mut() {
                Some((last, files)) if *last == folder => files.push(file),
                _ => folders.push((folder, vec![file])),
            }
        }
        folders
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path));
        at.ok().and_then(|at| self.files.get(at))
    }

    /// How a file in it is shown.
    pub(crate) fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    /// The nearest file of that name in the folder or above it, up to the root of the repository.
    pub(crate) fn above(&self, names: &[&str]) -> Option<(String, String)> {
        let folder = fs::canonicalize(&self.folder).ok()?;
        for (height, folder) in folder.ancestors().enumerate() {
            for &name in names {
                let path = folder.join(name);
                if path.is_file() {
                    let text = fs::read_to_string(&path).unwrap_or_default();
                    return Some((name.to_owned(), text));
                }
            }
            if folder.join(".git").exists() || height == DEEPEST {
                break;
            }
        }
        None
    }
}

fn is_read(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    [
        "sql", "rs", "toml", "py", "ini", "go", "java", "kt", "sum", "conf", "prisma",
    ]
    .contains(&ending)
}

impl File {
    fn new(path: String, bytes: &[u8]) -> File {
        let (text, is_text) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, true),
            Err(_) => ("", false),
        };
        let bare = text.strip_prefix('\u{feff}');
        let text = bare.unwrap_or(text);
        File {
            path,
            is_text,
            has_mark: bare.is_some(),
            has_crlf: text.contains("\r\n"),
            text: text.replace("\r\n", "\n"),
        }
    }

    /// The name without folders.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What reading it has changed.
    pub(crate) fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        if self.has_mark {
            changes.push("the byte order mark was taken off".to_owned());
        }
        if self.has_crlf {
            changes.push("CRLF line endings became LF".to_owned());
        }
        changes
    }

    /// The text with CRLF, as a checkout on Windows has it.
    pub(crate) fn crlf(&self) -> String {
        self.text.replace('\n', "\r\n")
    }

    /// The text as the file has it, a byte order mark included, once with LF and once with CRLF.
    pub(crate) fn forms(&self) -> [String; 2] {
        let mark = if self.has_mark { "\u{feff}" } else { "" };
        [
            format!("{mark}{}", self.text),
            format!("{mark}{}", self.crlf()),
        ]
    }
}
