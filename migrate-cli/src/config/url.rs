use std::fmt;
use std::path::{Path, PathBuf};

use migrate_chain::Dialect;

use crate::error::{Error, Result};

/// A database, as a person names it. Its [`Display`](fmt::Display) never shows a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Url {
    Sqlite(Sqlite),
    /// The whole URL, as the driver reads it.
    Postgres(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sqlite {
    Memory,
    File(PathBuf),
}

/// What may stand for a database.
const FORMS: &str = "a URL is sqlite:app.db, sqlite:///path/app.db, sqlite::memory: or postgres://user@host/database";

impl Url {
    /// Reads a URL; a relative path of a file counts from `base`.
    pub(crate) fn parse(text: &str, base: &Path) -> Result<Url> {
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(Error::usage(format!("`{}` is no URL", hidden(text))).help(FORMS));
        };
        match scheme {
            "sqlite" | "sqlite3" | "file" => Ok(Url::Sqlite(sqlite(scheme, rest, base)?)),
            "postgres" | "postgresql" if rest.starts_with("//") => {
                Ok(Url::Postgres(text.to_owned()))
            }
            "postgres" | "postgresql" => {
                Err(Error::usage(format!("`{}` lacks the `//`", hidden(text))).help(FORMS))
            }
            other => Err(Error::usage(format!(
                "`{other}:` is no database that this program knows"
            ))
            .help(FORMS)),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Url::Sqlite(_) => Dialect::Sqlite,
            Url::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// Three slashes come before an absolute path, as in any URL (SQLAlchemy puts a relative one there).
fn sqlite(scheme: &str, rest: &str, base: &Path) -> Result<Sqlite> {
    let (path, query) = rest
        .split_once('?')
        .map_or((rest, None), |(p, q)| (p, Some(q)));
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        return Err(Error::usage(format!(
            "`?{query}`: a {scheme}: URL takes no parameters here"
        ))
        .help(FORMS));
    }
    if matches!(path, ":memory:" | "//:memory:" | "//") {
        return Ok(Sqlite::Memory);
    }
    let path = match path.strip_prefix("//") {
        None => path,
        // `sqlite:///a/b`: an empty host, then the path.
        Some(path) if path.starts_with('/') => path,
        Some(_) => {
            let shown = hidden(&format!("{scheme}:{rest}"));
            return Err(Error::usage(format!("`{shown}` names a host")).help(FORMS));
        }
    };
    if path.is_empty() {
        return Err(Error::usage(format!("`{scheme}:` names no file")).help(FORMS));
    }
    Ok(Sqlite::File(base.join(decoded(path))))
}

/// Percent signs stand for bytes; what isn't such an escape stays as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = match tail {
            [a, b, ..] if *first == b'%' => {
                let digits = [*a, *b];
                std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        match escape {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

/// A URL's text without its password.
pub(crate) fn hidden(text: &str) -> String {
    let (before, after) = match text.split_once("://") {
        // Who knows what a thing that is no URL holds.
        None if text.contains('@') => return "***".to_owned(),
        None => return text.to_owned(),
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
    };
    let (location, query) = after
        .split_once('?')
        .map_or((after, None), |(l, q)| (l, Some(q)));
    // A password may hold an `@` or a `/` that nobody encoded: the last `@` ends it.
    let location = match location.rsplit_once('@') {
        None => location.to_owned(),
        Some((user, host)) => match user.split_once(':') {
            None => format!("{user}@{host}"),
            Some((user, _)) => format!("{user}:***@{host}"),
        },
    };
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((key, _)) if key.to_ascii_lowercase().contains("passw") => format!("{key}=***"),
            _ => pair.to_owned(),
        });
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    });
    format!("{before}{location}{}", query.unwrap_or_default())
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Url::Sqlite(Sqlite::Memory) => f.write_str("sqlite::memory:"),
            Url::Sqlite(Sqlite::File(path)) => write!(f, "sqlite:{}", path.display()),
            Url::Postgres(url) => f.write_str(&hidden(url)),
        }
    }
}

/// As [`Display`](fmt::Display): a password must not reach a log by way of `{:?}` either.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Url::parse(text, Path::new("/base")) {
            Ok(url) => url.to_string(),
            Err(error) => error.text.lines().next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn urls_are_read() {
        for (text, wanted) in [
            ("sqlite:app.db", "sqlite:/base/app.db"),
            ("sqlite:a/b c.db", "sqlite:/base/a/b c.db"),
            ("sqlite:a%20b%zz.db", "sqlite:/base/a b%zz.db"),
            ("sqlite:///var/app.db", "sqlite:/var/app.db"),
            ("sqlite:/var/app.db", "sqlite:/var/app.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://", "sqlite::memory:"),
            (
                "sqlite://host/app.db",
                "`sqlite://host/app.db` names a host",
            ),
            ("sqlite:", "`sqlite:` names no file"),
            (
                "sqlite:a.db?mode=ro",
                "`?mode=ro`: a sqlite: URL takes no parameters here",
            ),
            ("app.db", "`app.db` is no URL"),
            (
                "mysql://u:secret@h/d",
                "`mysql:` is no database that this program knows",
            ),
            ("postgres:d", "`postgres:d` lacks the `//`"),
            ("postgres://u@h/d", "postgres://u@h/d"),
        ] {
            assert_eq!(read(text), wanted);
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, wanted) in [
            ("postgres://u:secret@h/d", "postgres://u:***@h/d"),
            (
                "postgres://u:sec:r@et@h:5432/d?sslmode=require",
                "postgres://u:***@h:5432/d?sslmode=require",
            ),
            ("postgres://u:se/cret@h/d", "postgres://u:***@h/d"),
            (
                "postgresql://h/d?user=u&password=secret",
                "postgresql://h/d?user=u&password=***",
            ),
            (
                "postgresql:///d?sslpassword=secret",
                "postgresql:///d?sslpassword=***",
            ),
        ] {
            let url = Url::parse(text, Path::new("/")).unwrap();
            assert_eq!(url.to_string(), wanted);
            assert_eq!(format!("{url:?}"), wanted);
        }
        assert_eq!(hidden("postgres:u:secret@h"), "***");
    }
}
