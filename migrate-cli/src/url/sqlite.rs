//! SQLite: `sqlite:app.db`, `sqlite:///app.db`, `file:app.db?mode=ro`, `sqlite::memory:`.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{FORMS, decoded};
use crate::error::{Error, Result};

/// A database of SQLite, and how it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sqlite {
    pub(crate) place: Place,
    pub(crate) mode: Mode,
    pub(crate) is_shared: bool,
    pub(crate) is_immutable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory; with a name and a shared cache, for several connections of the process.
    Memory(Option<String>),
    File(PathBuf),
}

/// SQLite's `mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    ReadOnly,
    ReadWrite,
    /// A file that isn't there is made.
    #[default]
    Create,
}

impl Sqlite {
    /// Reads what stands after `sqlite:`.
    pub(super) fn parse(rest: &str, base: &Path) -> Result<Sqlite> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        // SQLAlchemy: `sqlite:///file:app.db?mode=ro&uri=true`.
        let inner = path.trim_start_matches('/').strip_prefix("file:");
        if let Some(inner) = inner {
            return Sqlite::read(file_path(inner)?, query, base);
        }
        let path = match path.strip_prefix("//") {
            Some(path) => path,
            None => return Sqlite::read(Written::Path(decoded(path)?), query, base),
        };
        let path = decoded(path)?;
        // `sqlite://user:password@host/name` is a database on a server.
        if !path.starts_with('/') && path.contains(':') && path.contains('@') {
            return Err(
                Error::usage("a SQLite URL names a file, not a user and a host").help(FORMS),
            );
        }
        let written = match path.strip_prefix('/') {
            None if path.is_empty() => Written::Path(":memory:".to_owned()),
            // sqlx: `sqlite://app.db`.
            None => Written::Path(path),
            Some(":memory:") => Written::Path(":memory:".to_owned()),
            Some(rest) if rest.starts_with('/') => Written::Path(rest.to_owned()),
            Some(rest) if rest.starts_with('.') => Written::Path(rest.to_owned()),
            Some(rest) if is_drive(rest) => Written::Path(rest.to_owned()),
            Some(rest) => Written::ThreeSlashes(rest.to_owned()),
        };
        Sqlite::read(written, query, base)
    }

    /// Reads what stands after `file:`, as SQLite itself does.
    pub(super) fn parse_file(rest: &str, base: &Path) -> Result<Sqlite> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Sqlite::read(file_path(path)?, query, base)
    }

    fn read(written: Written, query: &str, base: &Path) -> Result<Sqlite> {
        let options = Options::read(query)?;
        let path = match written {
            Written::Path(path) => path,
            Written::ThreeSlashes(path) => which(&path, base)?,
        };
        let place = match path.as_str() {
            "" => return Err(Error::usage("the URL names no file").help(FORMS)),
            ":memory:" => Place::Memory(None),
            _ if options.is_memory => Place::Memory(Some(path)),
            _ => Place::File(base.join(path)),
        };
        Ok(Sqlite {
            place,
            mode: options.mode,
            is_shared: options.is_shared,
            is_immutable: options.is_immutable,
        })
    }
}

impl Sqlite {
    /// False for a file in a folder that isn't there.
    #[cfg(feature = "rusqlite")]
    pub(crate) fn has_folder(&self) -> bool {
        match &self.place {
            Place::File(path) => path.parent().is_none_or(Path::is_dir),
            Place::Memory(_) => true,
        }
    }
}

/// A path as it was written.
enum Written {
    Path(String),
    /// `sqlite:///app.db`: relative for SQLAlchemy, absolute for sqlx.
    ThreeSlashes(String),
}

/// The path of a `file:` URL: with an authority, which is empty or this machine, it is absolute.
fn file_path(text: &str) -> Result<Written> {
    let text = decoded(text)?;
    if text.contains('#') {
        return Err(Error::usage("a `#` ends the path of a `file:` URL")
            .help("in the name of a file it is written `%23`, or use `sqlite:`"));
    }
    Ok(Written::Path(match text.strip_prefix("//") {
        None => text,
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(rest) => match rest.strip_prefix("localhost/") {
            Some(path) => format!("/{path}"),
            None => {
                return Err(Error::usage("a `file:` URL with two slashes names a host")
                    .help("write `file:app.db` or `file:///path/app.db`"));
            }
        },
    }))
}

/// `C:/app.db`
fn is_drive(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.next() == Some(b':')
        && matches!(bytes.next(), Some(b'/' | b'\\'))
}

/// What `sqlite:///PATH` means: the path whose folder exists, where `/` itself never counts; of two
/// the one whose file exists.
fn which(path: &str, base: &Path) -> Result<String> {
    let relative = base.join(path);
    let absolute = Path::new("/").join(path);
    if relative == absolute {
        return Ok(path.to_owned());
    }
    let folder = |file: &Path| file.parent().map(Path::to_owned).unwrap_or_default();
    let root = Path::new("/");
    let fits = |file: &Path| folder(file) != root && folder(file).is_dir();
    let absolute_text = absolute.to_string_lossy().into_owned();
    let (is_relative, is_absolute) = match (fits(&relative), fits(&absolute)) {
        (true, true) => (relative.is_file(), absolute.is_file()),
        fits => fits,
    };
    match (is_relative, is_absolute) {
        (true, false) => Ok(path.to_owned()),
        (false, true) => Ok(absolute_text),
        _ => Err(Error::usage(format!(
            "`sqlite:///{path}` is {} for SQLAlchemy and {absolute_text} for sqlx, and which is meant can't be told",
            relative.display()
        ))
        .help(format!("write `sqlite:{path}` for the first"))
        .help(format!("write `sqlite:{absolute_text}` for the second"))),
    }
}

#[derive(Default)]
struct Options {
    mode: Mode,
    is_memory: bool,
    is_shared: bool,
    is_immutable: bool,
}

impl Options {
    /// SQLite's own parameters; those of other libraries that change nothing here are passed over.
    fn read(query: &str) -> Result<Options> {
        const KNOWN: [&str; 3] = ["mode", "cache", "immutable"];
        const IGNORED: [&str; 6] = [
            "uri",
            "timeout",
            "check_same_thread",
            "isolation_level",
            "detect_types",
            "cached_statements",
        ];
        let mut options = Options::default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for (at, pair) in pairs.enumerate() {
            let number = at + 1;
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?.to_ascii_lowercase();
            let wrong = |forms: &str| {
                let error = Error::usage(format!("the URL's `{name}` is not understood"));
                Err(error.help(format!("it is {forms}")))
            };
            match (name.as_str(), value) {
                ("mode", "ro") => options.mode = Mode::ReadOnly,
                ("mode", "rw") => options.mode = Mode::ReadWrite,
                ("mode", "rwc") => options.mode = Mode::Create,
                ("mode", "memory") => options.is_memory = true,
                ("mode", _) => return wrong("ro, rw, rwc or memory"),
                ("cache", "shared") => options.is_shared = true,
                ("cache", "private") => options.is_shared = false,
                ("cache", _) => return wrong("shared or private"),
                ("immutable", "1" | "true" | "on" | "yes") => options.is_immutable = true,
                ("immutable", "0" | "false" | "off" | "no") => options.is_immutable = false,
                ("immutable", _) => return wrong("true or false"),
                ("key" | "hexkey" | "textkey", _) => {
                    return Err(Error::usage(format!(
                        "`{name}`: a key of an encrypted file doesn't belong into a URL"
                    ))
                    .help("an app opens the file itself and gives the connection to `App::connection`"));
                }
                (name, _) if IGNORED.contains(&name) => {}
                (name, _) => {
                    let error = Error::usage(format!(
                        "parameter {number} of the URL is none that is known"
                    ));
                    return Err(match migrate_chain::nearest(name, KNOWN) {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => error
                            .help(format!("known are {}", KNOWN.join(", ")))
                            .help("a `?` in the name of a file is written `%3F`"),
                    });
                }
            }
        }
        Ok(options)
    }
}

impl fmt::Display for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parameters = Vec::new();
        match &self.place {
            Place::Memory(None) => f.write_str("sqlite::memory:")?,
            Place::Memory(Some(name)) => {
                write!(f, "sqlite:{name}")?;
                parameters.push("mode=memory");
            }
            Place::File(path) => write!(f, "sqlite:{}", path.display())?,
        }
        parameters.extend(match self.mode {
            Mode::ReadOnly => Some("mode=ro"),
            Mode::ReadWrite => Some("mode=rw"),
            Mode::Create => None,
        });
        parameters.extend(self.is_shared.then_some("cache=shared"));
        parameters.extend(self.is_immutable.then_some("immutable=true"));
        match &parameters[..] {
            [] => Ok(()),
            parameters => write!(f, "?{}", parameters.join("&")),
        }
    }
}
