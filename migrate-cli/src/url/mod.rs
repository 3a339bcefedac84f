//! What names a database: the URLs of sqlx, SQLAlchemy, libpq and rusqlite, read in one place.
//!
//! A URL is shown from the parts that were understood, never by cutting its text: what stands in
//! the wrong place may be a piece of a password.

mod parameters;
mod postgres;
mod sqlite;

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use migrate_chain::Dialect;

use crate::error::{Error, Result};

pub(crate) use postgres::Postgres;
#[cfg(feature = "rusqlite")]
pub(crate) use sqlite::Mode as SqliteMode;
pub(crate) use sqlite::{Place as SqlitePlace, Sqlite};

/// A database, as a person names it. Neither [`Display`](fmt::Display) nor `Debug` shows a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Url {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What may stand for a database.
const FORMS: &str =
    "a URL is sqlite:app.db, sqlite:/path/app.db, sqlite::memory: or postgres://user@host/database";

/// Schemes of other databases, which may be named: what stands before any other colon may be a secret.
const OTHERS: [&str; 12] = [
    "mysql",
    "mariadb",
    "mssql",
    "sqlserver",
    "oracle",
    "mongodb",
    "redis",
    "clickhouse",
    "duckdb",
    "libsql",
    "http",
    "https",
];

impl Url {
    /// Reads a URL, or a DSN of libpq (`host=localhost dbname=app`); a relative path of a file counts
    /// from `base`.
    ///
    /// # Errors
    ///
    /// What is not understood, without a word of what was written.
    pub(crate) fn parse(text: &str, base: &Path) -> Result<Url> {
        let text = text.trim();
        if postgres::is_dsn(text) {
            return Postgres::from_dsn(text).map(Url::Postgres);
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(Error::usage("the database is named by what is no URL").help(FORMS));
        };
        let lower = scheme.to_ascii_lowercase();
        // SQLAlchemy names its driver: `postgresql+psycopg2`.
        let (family, driver) = lower.split_once('+').unwrap_or((&lower, ""));
        match family {
            "sqlite" | "sqlite3" => Sqlite::parse(rest, base).map(Url::Sqlite),
            "file" if driver.is_empty() => Sqlite::parse_file(rest, base).map(Url::Sqlite),
            "postgres" | "postgresql" => match rest.strip_prefix("//") {
                Some(rest) => Postgres::from_url(rest).map(Url::Postgres),
                None => {
                    Err(Error::usage(format!("`{family}:` lacks the `//` after it")).help(FORMS))
                }
            },
            other if OTHERS.contains(&other) => Err(Error::usage(format!(
                "`{other}:` is no database that this program knows"
            ))
            .help(FORMS)),
            _ => Err(
                Error::usage("the database is named by a URL of no scheme that is known")
                    .help(FORMS),
            ),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Url::Sqlite(_) => Dialect::Sqlite,
            Url::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// Parameters of a URL that keep no secret.
const HARMLESS: [&str; 13] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "mode",
    "options",
    "port",
    "search_path",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "user",
];

/// The parameters behind the `?` of a URL, as they are written.
fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// The parts of a word of the command line that may be a URL with a password: no error shows them.
pub(crate) fn masks(word: &OsStr) -> Vec<String> {
    let word = word.to_string_lossy();
    let value = word.split_once('=').map(|(_, value)| value);
    // Of `--url=..` the value is all there may be to hide.
    let whole = (value.is_none() || !word.starts_with('-')).then_some(word.as_ref());
    let all = [whole, value].into_iter().flatten();
    // Without a password in any place, a URL is shown as it was written.
    let is_shown = |text: &str| {
        let (plain, query) = text.split_once('?').unwrap_or((text, ""));
        let rest = plain.split_once("://").map_or("", |(_, rest)| rest);
        let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
        !user.contains(':')
            && pairs(query).all(|(name, value)| HARMLESS.contains(&name) && !value.contains('@'))
            && Url::parse(plain, Path::new("/")).is_ok_and(|url| url.to_string() == plain)
    };
    let is_secret = |text: &&str| {
        (text.contains("://")
            || text.contains('@') && text.contains(':')
            || text.contains("password"))
            && !is_shown(text)
    };
    // An error may show a part: a range ends at a colon. The user in front of it is none of the password.
    let parts = |text: &str| {
        text.split(':')
            .skip(1)
            .filter(|part| !part.starts_with("//"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    all.filter(is_secret)
        .flat_map(|text| [vec![text.to_owned()], parts(text)].concat())
        .filter(|text| text.len() > 2)
        .collect()
}

/// Percent signs stand for bytes; what is no such escape stays as it is.
fn decoded(text: &str) -> Result<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    match decoded {
        Ok(decoded) if decoded.contains('\0') => {
            Err(Error::usage("a URL holds no NUL character (`%00`)"))
        }
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(Error::usage(
            "the escapes of a URL (`%` and two digits) make no UTF-8 text",
        )),
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Url::Sqlite(sqlite) => sqlite.fmt(f),
            Url::Postgres(postgres) => postgres.fmt(f),
        }
    }
}

/// Hides the password, as [`Display`](fmt::Display) does: it must not reach a log by way of `{:?}` either.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
