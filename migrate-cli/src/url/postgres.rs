//! PostgreSQL: `postgres://user:password@host:port/database?parameters` and `host=.. dbname=..`.

use std::fmt;

use super::decoded;
use super::parameters::Parameters;
use crate::error::{Error, Result};

/// How a special character of a password is written, for those that end it.
const ENCODE: &str = "in a user name or password `@` is written `%40`, `:` is `%3A`, `/` is `%2F`, `?` is `%3F`, `#` is `%23` and `%` is `%25`";

/// A database on a server, by libpq's parameters.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Postgres {
    parameters: Parameters,
}

/// True for `host=localhost dbname=app`: a known word, then `=`, before any colon.
pub(super) fn is_dsn(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default().trim_end();
    name.len() < text.len()
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

impl Postgres {
    /// Reads what stands after `postgres://`.
    ///
    /// The last `@` before the database ends the password, as in a browser; one after that, or a
    /// fragment, is refused, because it shows that a `/`, `?` or `#` of the password was not encoded.
    pub(super) fn from_url(rest: &str) -> Result<Postgres> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        if after.contains('@') {
            return Err(Error::usage(
                "the URL has an `@` after its host: is there a `/`, `?` or `#` in the password, or an `@` in a parameter?",
            )
            .help(ENCODE));
        }
        if after.contains('#') {
            return Err(Error::usage("the URL has a `#`, which means nothing there").help(ENCODE));
        }
        let (path, query) = after.split_once('?').unwrap_or((after, ""));
        let mut postgres = Postgres::default();
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        if let Some(user) = user {
            let (user, password) = match user.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (user, None),
            };
            postgres.part("user", user)?;
            if let Some(password) = password {
                postgres.part("password", password)?;
            }
        }
        postgres.read_hosts(hosts)?;
        let database = path.strip_prefix('/').unwrap_or(path);
        if database.contains('/') {
            return Err(Error::usage("the URL names a database with a `/`")
                .help("in the name of a database it is written `%2F`")
                .help(ENCODE));
        }
        postgres.part("dbname", database)?;
        postgres.parameters.read_query(query)?;
        postgres.checked()
    }

    /// Sets what was written, if it was.
    fn part(&mut self, name: &'static str, text: &str) -> Result<()> {
        match text {
            "" => Ok(()),
            text => self.parameters.add(0, name, decoded(text)?),
        }
    }

    /// `host`, `host:5433`, `[::1]:5432`, `%2Ftmp`, and several, parted by commas.
    fn read_hosts(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for one in text.split(',') {
            let wrong = |what: &str| Err(Error::usage(format!("{what} in the URL")).help(ENCODE));
            let (host, port) = match one.strip_prefix('[') {
                Some(rest) => match rest.split_once(']') {
                    Some((host, "")) => (host, ""),
                    Some((host, port)) if port.starts_with(':') => (host, &port[1..]),
                    _ => return wrong("there is a `[` that no `]` closes before a port"),
                },
                None => one.split_once(':').unwrap_or((one, "")),
            };
            // What follows may be a password that begins with what ends a host.
            if port.is_empty() && one.ends_with(':') {
                return wrong("there is a colon without a port");
            }
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return wrong("there is a port that is no number");
            }
            let host = decoded(host)?;
            if host.contains(',') {
                return wrong("there is a host with a comma");
            }
            hosts.push(host);
            ports.push(port);
        }
        if hosts.iter().any(|host| !host.is_empty()) {
            self.parameters.add(0, "host", hosts.join(","))?;
        }
        if ports.iter().all(|port| port.is_empty()) {
            Ok(())
        } else {
            self.parameters.add(0, "port", ports.join(","))
        }
    }

    /// Reads `name=value name='value with spaces'`.
    pub(super) fn from_dsn(text: &str) -> Result<Postgres> {
        let mut postgres = Postgres::default();
        let mut rest = text.trim_start();
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let Some((name, after)) = rest.split_once('=') else {
                return Err(Error::usage(format!("word {number} has no value"))
                    .help("a value with spaces stands in quotes: password='my secret'"));
            };
            let name = name.trim_end();
            if name.contains(char::is_whitespace) {
                return Err(Error::usage(format!("word {number} has no value"))
                    .help("a value with spaces stands in quotes: password='my secret'"));
            }
            let (value, after) = dsn_value(after.trim_start())?;
            postgres.parameters.add(number, name, value)?;
            rest = after.trim_start();
        }
        postgres.checked()
    }

    /// What the driver would refuse with the value in its text, or not at all.
    fn checked(self) -> Result<Postgres> {
        for name in ["port", "connect_timeout"] {
            let numbers = self.parameters.get(name).unwrap_or_default();
            if !numbers.split(',').all(|number| {
                number.is_empty()
                    || number
                        .parse::<u32>()
                        .is_ok_and(|n| name != "port" || n < 65536)
            }) {
                return Err(Error::usage(format!("`{name}` is a number in a URL")).help(ENCODE));
            }
        }
        Ok(self)
    }

    /// The database's name: where none is written, that of the user.
    pub(crate) fn database(&self) -> Option<&str> {
        self.get("dbname").or_else(|| self.get("user"))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }

    /// The parameters that the driver knows, in the form that it reads.
    #[cfg(feature = "postgres")]
    pub(crate) fn driver_text(&self) -> String {
        const OURS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];
        let pairs = self
            .parameters
            .iter()
            .filter(|(name, _)| !OURS.contains(name));
        let pairs = pairs.map(|(name, value)| {
            format!(
                "{name}='{}'",
                value.replace('\\', r"\\").replace('\'', r"\'")
            )
        });
        pairs.collect::<Vec<_>>().join(" ")
    }
}

/// The value at the start of a text, quoted or up to the next space, and what follows it.
fn dsn_value(text: &str) -> Result<(String, &str)> {
    let quoted = text.strip_prefix('\'');
    let mut chars = quoted.unwrap_or(text).char_indices();
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, c)) => value.push(c),
                None => break,
            },
            '\'' if quoted.is_some() => return Ok((value, &body[at + 1..])),
            c if quoted.is_none() && c.is_whitespace() => return Ok((value, &body[at..])),
            c => value.push(c),
        }
    }
    match quoted {
        Some(_) => Err(Error::usage(
            "a quote of the connection string is not closed",
        )),
        None => Ok((value, "")),
    }
}

impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |name| self.get(name).unwrap_or_default();
        f.write_str("postgres://")?;
        match (self.get("user"), self.get("password")) {
            (None, None) => {}
            (user, None) => write!(f, "{}@", user.unwrap_or_default())?,
            (user, Some(_)) => write!(f, "{}:***@", user.unwrap_or_default())?,
        }
        let ports: Vec<&str> = get("port").split(',').collect();
        let hosts: Vec<String> = (get("host").split(',').enumerate())
            .map(|(at, host)| {
                // One port may be for all hosts.
                let port = ports.get(at).or(ports.first()).copied().unwrap_or_default();
                let host = if host.contains(':') {
                    format!("[{host}]")
                } else {
                    host.replace('/', "%2F")
                };
                match port {
                    "" => host,
                    port => format!("{host}:{port}"),
                }
            })
            .collect();
        write!(f, "{}/{}", hosts.join(","), get("dbname"))?;
        const SHOWN: [&str; 5] = ["user", "password", "host", "port", "dbname"];
        let mut mark = '?';
        for (name, value) in self.parameters.iter() {
            // A setting may hold a secret, as an extension's key does.
            if !SHOWN.contains(&name) && name != "options" {
                write!(f, "{mark}{name}={value}")?;
                mark = '&';
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
