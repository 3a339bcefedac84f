//! One database of a server, dropped with its value.

use std::fmt::Write as _;
use std::sync::Weak;

use ::postgres::config::Host;
use ::postgres::{Client, Config};
use migrate_schema::scratch;
use migrate_scratch::LocalServer;

/// A fresh database; dropping the value drops it, whoever is still connected.
pub struct Database {
    scratch: scratch::Database,
    server: Option<Weak<LocalServer>>,
}

impl Database {
    pub(super) fn create(on: &scratch::Server, server: Option<Weak<LocalServer>>) -> Self {
        let scratch = on.database().unwrap();
        Self { scratch, server }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.scratch.name()
    }

    /// How to connect to it.
    #[must_use]
    pub fn config(&self) -> Config {
        self.scratch.config().clone()
    }

    /// How to connect to it, as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.scratch.config())
    }

    /// A new connection.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn connect(&self) -> Client {
        self.scratch
            .connect()
            .expect("the test's database accepts connections")
    }

    /// The statements that the server has been sent for this database, in order: a simple query's whole text is one,
    /// a prepared statement is listed each time it is executed.
    ///
    /// # Panics
    ///
    /// If we did not start the server: its log is out of reach.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let server = self
            .server
            .as_ref()
            .and_then(Weak::upgrade)
            .expect("this test reads the server's log: it needs Postgres::start");
        let ours = format!("] {} LOG:  ", self.name());
        let mut statements = Vec::<String>::new();
        let mut inside = false;
        for line in server.log().lines() {
            // The lines that follow the first of an entry begin with a tab.
            if let Some(more) = line.strip_prefix('\t') {
                if let Some(last) = statements.last_mut().filter(|_| inside) {
                    last.push('\n');
                    last.push_str(more);
                }
                continue;
            }
            let entry = line
                .split_once(&ours)
                .and_then(|(_, entry)| entry.split_once(": "));
            let statement =
                entry.filter(|(what, _)| *what == "statement" || what.starts_with("execute "));
            inside = statement.is_some();
            statements.extend(statement.map(|(_, text)| text.to_owned()));
        }
        statements
    }
}

/// A configuration as a URL.
pub(crate) fn url(config: &Config) -> String {
    let user = config.get_user().map(encode).unwrap_or_default();
    let password = config
        .get_password()
        .map(|password| format!(":{}", encode(&String::from_utf8_lossy(password))));
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) if host.contains(':') => format!("[{host}]"),
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(dir)) => encode(&dir.to_string_lossy()),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().map(encode).unwrap_or_default();
    format!(
        "postgres://{user}{}@{host}:{port}/{database}",
        password.unwrap_or_default()
    )
}

/// Percent-encodes what is no plain letter, digit or mark.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _: std::fmt::Result = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_means_the_configuration_it_was_made_from() {
        for given in [
            "postgres://postgres@127.0.0.1:5432/a",
            "postgres://me:p%40ss%3A%2F@%2Frun%2Fpg:5433/b",
        ] {
            let config: Config = given.parse().unwrap();
            assert_eq!(url(&config), given);
        }
    }
}
