//! The parameters of PostgreSQL: which are known, under which names, and which hold secrets.

use super::decoded;
use crate::error::{Error, Result};

/// What libpq and the driver call them.
const KNOWN: [&str; 24] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "options",
    "application_name",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "search_path",
    "client_encoding",
];

/// Other names of the same: of sqlx, of asyncpg, and of libpq where the driver has its own.
const ALIASES: [(&str, &str); 10] = [
    ("ssl-mode", "sslmode"),
    ("ssl", "sslmode"),
    ("ssl-root-cert", "sslrootcert"),
    ("ssl-ca", "sslrootcert"),
    ("ssl-cert", "sslcert"),
    ("ssl-key", "sslkey"),
    ("keepalives_count", "keepalives_retries"),
    ("database", "dbname"),
    ("username", "user"),
    ("fallback_application_name", "application_name"),
];

/// Settings of a pool or of another driver, which change nothing that this program does.
const IGNORED: [&str; 4] = [
    "statement-cache-capacity",
    "prepared_statement_cache_size",
    "gssencmode",
    "sslcompression",
];

/// What libpq knows and the driver can't do.
const UNSUPPORTED: [&str; 12] = [
    "service",
    "passfile",
    "sslpassword",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requiressl",
    "requirepeer",
    "require_auth",
    "krbsrvname",
    "gsslib",
    "replication",
];

/// Names and values, in the order in which they were written, each name once.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Takes what was written as the `number`th parameter. Its name is shown only if it is known: a
    /// `&` in a password would make a parameter of what follows.
    pub(super) fn add(&mut self, number: usize, name: &str, value: String) -> Result<()> {
        let lower = name.to_ascii_lowercase();
        // sqlx: options[search_path]=app
        if let Some(setting) = lower
            .strip_prefix("options[")
            .and_then(|s| s.strip_suffix(']'))
        {
            let option = format!("-c {setting}={}", escaped_option(&value));
            return self.add_option(&option);
        }
        let alias = ALIASES.iter().find(|(alias, _)| *alias == lower);
        let wanted = alias.map_or(lower.as_str(), |(_, name)| name);
        let Some(name) = KNOWN.into_iter().find(|known| *known == wanted) else {
            return self.unknown(number, &lower);
        };
        let value = match (lower.as_str(), value.as_str()) {
            ("ssl", "true" | "on" | "1") => "require".to_owned(),
            ("ssl", "false" | "off" | "0") => "disable".to_owned(),
            _ => value,
        };
        if name == "search_path" {
            return self.add_option(&format!("-c search_path={}", escaped_option(&value)));
        }
        if name == "client_encoding" {
            return match value.to_ascii_lowercase().as_str() {
                "utf8" | "utf-8" | "unicode" | "auto" => Ok(()),
                _ => Err(Error::usage("`client_encoding` is UTF8 here, always")),
            };
        }
        if name == "options" {
            return self.add_option(&value);
        }
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            // SQLAlchemy names each host by itself.
            Some((_, hosts)) if matches!(name, "host" | "port" | "hostaddr") && number > 0 => {
                hosts.push(',');
                hosts.push_str(&value);
                Ok(())
            }
            Some(_) => Err(Error::usage(format!("the URL says `{name}` twice"))),
            None => {
                self.0.push((name, value));
                Ok(())
            }
        }
    }

    fn add_option(&mut self, option: &str) -> Result<()> {
        match self.0.iter_mut().find(|(known, _)| *known == "options") {
            Some((_, options)) => {
                options.push(' ');
                options.push_str(option);
            }
            None => self.0.push(("options", option.to_owned())),
        }
        Ok(())
    }

    fn unknown(&self, number: usize, name: &str) -> Result<()> {
        if IGNORED.contains(&name) {
            return Ok(());
        }
        if UNSUPPORTED.contains(&name) {
            return Err(Error::usage(format!(
                "`{name}` is a parameter of libpq that this program's driver doesn't have"
            )));
        }
        let error = Error::usage(format!(
            "parameter {number} of the URL is none that is known"
        ));
        Err(match migrate_chain::nearest(name, KNOWN) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error
                .help(format!("known are {}", KNOWN.join(", ")))
                .help("an `&` or `=` in a password is written `%26` or `%3D`"),
        })
    }

    /// Reads `a=b&c=d`, whose values may be escaped.
    pub(super) fn read_query(&mut self, query: &str) -> Result<()> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for (at, pair) in pairs.enumerate() {
            let number = at + 1;
            let Some((name, value)) = pair.split_once('=') else {
                return Err(
                    Error::usage(format!("parameter {number} of the URL has no value"))
                        .help("a `?`, `#` or `&` in a password is written `%3F`, `%23` or `%26`"),
                );
            };
            self.add(number, &decoded(name)?, decoded(value)?)?;
        }
        Ok(())
    }
}

/// A value of `-c name=value`, where a space ends it and a backslash takes the next character.
fn escaped_option(value: &str) -> String {
    value.replace('\\', r"\\").replace(' ', r"\ ")
}
