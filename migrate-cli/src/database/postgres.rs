use std::error::Error as _;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use super::Unreachable;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::error::{Error, Result};
use crate::interrupt::Cancel;
use crate::url::Postgres;

/// `sslmode` as libpq knows it; the driver itself knows the first three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// What a URL asks of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Security {
    pub(super) mode: Mode,
    /// A file of certificates to trust, in place of the system's.
    pub(super) root: Option<String>,
    /// The files of the client's own certificate and its key.
    pub(super) client: Option<(String, String)>,
    /// TLS begins without being asked for (`sslnegotiation=direct`).
    pub(super) is_direct: bool,
}

impl From<Mode> for SslMode {
    fn from(mode: Mode) -> SslMode {
        match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        }
    }
}

impl Security {
    #[cfg(feature = "tls")]
    pub(super) fn of_mode(mode: Mode) -> Security {
        Security {
            mode,
            root: None,
            client: None,
            is_direct: false,
        }
    }

    fn new(url: &Postgres) -> Result<Security> {
        let root = url.get("sslrootcert");
        let is_system = root == Some("system");
        let mode = match url.get("sslmode") {
            Some(word) => mode(word)?,
            // libpq: who trusts the system's authorities wants the name verified.
            None if is_system => Mode::VerifyFull,
            None => Mode::Prefer,
        };
        let client = match (url.get("sslcert"), url.get("sslkey")) {
            (Some(certificate), Some(key)) => Some((certificate.to_owned(), key.to_owned())),
            (None, None) => None,
            _ => {
                return Err(Error::usage(
                    "`sslcert` and `sslkey` belong together: the URL has one of them",
                ));
            }
        };
        Ok(Security {
            mode,
            root: root.filter(|_| !is_system).map(str::to_owned),
            client,
            is_direct: url.get("sslnegotiation") == Some("direct"),
        })
    }
}

/// How the connections of a URL are opened.
enum Connector {
    Plain,
    #[cfg(feature = "tls")]
    Tls(Tls),
}

impl Connector {
    #[cfg_attr(
        not(feature = "tls"),
        expect(clippy::needless_pass_by_value, reason = "TLS keeps it")
    )]
    fn new(security: Security) -> Result<Connector> {
        match security.mode {
            Mode::Disable => Ok(Connector::Plain),
            #[cfg(feature = "tls")]
            _ => Ok(Connector::Tls(Tls(security))),
            #[cfg(not(feature = "tls"))]
            Mode::Prefer => Ok(Connector::Plain),
            #[cfg(not(feature = "tls"))]
            _ => Err(Error::failed(
                "this program is built without TLS, which the URL's `sslmode` asks for",
            )
            .help("enable the feature `tls` of migrate-cli")),
        }
    }

    fn connect(&self, config: &Config) -> std::result::Result<Client, postgres::Error> {
        match self {
            Connector::Plain => config.connect(NoTls),
            #[cfg(feature = "tls")]
            Connector::Tls(tls) => config.connect(tls.clone()),
        }
    }
}

pub(super) fn connect(url: &Postgres) -> std::result::Result<Client, Unreachable> {
    let (config, connector) = read(url)?;
    (connector.connect(&config)).map_err(|error| Unreachable {
        // A role or password that the server refuses stays refused; what isn't there may come.
        may_come: error
            .code()
            .is_none_or(|state| !state.code().starts_with("28")),
        error: unreachable(url, &error),
    })
}

/// Why there is no connection, and what to do.
fn unreachable(url: &Postgres, error: &postgres::Error) -> Error {
    let failed = Error::failed(format!("can't connect to {url}: {}", causes(error)));
    match error.code() {
        Some(&SqlState::INVALID_CATALOG_NAME) => {
            failed.help("`cargo migrate create` makes the database")
        }
        Some(_) => failed,
        None => failed
            .help("is that the server, and is it up? `cargo migrate wait` waits for one that is starting")
            .help("another is named by `--url`, by DATABASE_URL, or in migrate.toml"),
    }
}

/// A connection to another database of the server, from which one can be made or dropped.
pub(crate) fn connect_beside(url: &Postgres) -> Result<Client> {
    let (mut config, connector) = read(url)?;
    let other = match url.database() {
        Some("postgres") => "template1",
        _ => "postgres",
    };
    config.dbname(other);
    (connector.connect(&config)).map_err(|error| {
        Error::failed(format!(
            "can't connect to the database `{other}` of the server, from where it is done: {}",
            causes(&error)
        ))
    })
}

/// The server of a URL, for scratch databases.
#[cfg(feature = "models")]
pub(crate) fn server(url: &Postgres) -> Result<migrate_schema::scratch::Server> {
    let (config, connector) = read(url)?;
    let server = migrate_schema::scratch::Server::of(config);
    Ok(server.connector(move |config| connector.connect(config)))
}

/// How to connect, for a program that does it by itself.
#[cfg(feature = "models")]
pub(crate) fn config(url: &Postgres) -> Result<Config> {
    read(url).map(|(config, _)| config)
}

fn read(url: &Postgres) -> Result<(Config, Connector)> {
    let security = Security::new(url)?;
    let mut config: Config = (url.driver_text().parse()).map_err(|error: postgres::Error| {
        Error::usage(format!("{url} is not understood: {}", causes(&error)))
    })?;
    if config.get_application_name().is_none() {
        config.application_name("migrate");
    }
    config.ssl_mode(security.mode.into());
    notice_silence(&mut config, |parameter| url.get(parameter).is_some());
    Ok((config, Connector::new(security)?))
}

/// A peer that falls silent without a word, or a network that does, is noticed within about a minute, however long a
/// statement takes; by itself a connection waits for hours. What the URL says stays.
fn notice_silence(config: &mut Config, is_said: impl Fn(&str) -> bool) {
    if !is_said("keepalives_idle") {
        config.keepalives_idle(Duration::from_secs(30));
    }
    if !is_said("keepalives_interval") {
        config.keepalives_interval(Duration::from_secs(10));
    }
    if !is_said("keepalives_retries") {
        config.keepalives_retries(3);
    }
    if !is_said("tcp_user_timeout") {
        config.tcp_user_timeout(Duration::from_secs(60));
    }
}

fn mode(word: &str) -> Result<Mode> {
    Ok(match word {
        "disable" => Mode::Disable,
        // libpq's `allow` tries without first; encrypting is never less.
        "allow" | "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyCa,
        "verify-full" => Mode::VerifyFull,
        // The word may be a piece of a password that was not encoded.
        _ => {
            return Err(Error::usage("the URL's `sslmode` is not understood")
                .help("it is disable, prefer, require, verify-ca or verify-full"));
        }
    })
}

pub(super) fn cancel(client: &Client) -> Cancel {
    let token = client.cancel_token();
    Box::new(move || {
        // Whoever doesn't hear it goes on until the connection breaks.
        #[cfg(feature = "tls")]
        let _ = token.cancel_query(Tls::trusting());
        #[cfg(not(feature = "tls"))]
        let _ = token.cancel_query(NoTls);
    })
}

/// The server by the moment of its start, and the database by its name: the same through another
/// address or a pooler.
pub(super) fn identity(client: &mut Client) -> Option<String> {
    const SQL: &str = "SELECT pg_catalog.concat_ws(' ', \
         pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()), \
         pg_catalog.current_database())";
    let rows = client.simple_query(SQL).ok()?;
    rows.into_iter().find_map(|message| match message {
        postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}

/// What went wrong, down to the cause: the driver's own text is "error connecting to server".
pub(crate) fn causes(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(&format!(": {cause_text}"));
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::url::Url;

    fn security(text: &str) -> Result<Security> {
        match Url::parse(text, Path::new("/"))? {
            Url::Postgres(url) => Security::new(&url),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_silent_peer_is_noticed_unless_the_url_says_otherwise() {
        let config = |text: &str| match Url::parse(text, Path::new("/")).unwrap() {
            Url::Postgres(url) => read(&url).unwrap().0,
            other => panic!("{other}"),
        };
        let ours = config("postgres://h/d?sslmode=disable");
        assert!(ours.get_keepalives());
        assert_eq!(ours.get_keepalives_idle(), Duration::from_secs(30));
        assert_eq!(
            ours.get_keepalives_interval(),
            Some(Duration::from_secs(10))
        );
        assert_eq!(ours.get_keepalives_retries(), Some(3));
        assert_eq!(ours.get_tcp_user_timeout(), Some(&Duration::from_secs(60)));
        let said =
            "keepalives_idle=7&keepalives_interval=8&keepalives_retries=9&tcp_user_timeout=0";
        let theirs = config(&format!("postgres://h/d?sslmode=disable&{said}"));
        assert_eq!(theirs.get_keepalives_idle(), Duration::from_secs(7));
        assert_eq!(
            theirs.get_keepalives_interval(),
            Some(Duration::from_secs(8))
        );
        assert_eq!(theirs.get_keepalives_retries(), Some(9));
        assert_ne!(
            theirs.get_tcp_user_timeout(),
            Some(&Duration::from_secs(60))
        );
    }

    #[test]
    fn sslmode_is_honoured_beyond_what_the_driver_knows() {
        let found = security("postgres://h/d?sslmode=verify-full&sslrootcert=/c.pem").unwrap();
        assert_eq!(found.mode, Mode::VerifyFull);
        assert_eq!(found.root.as_deref(), Some("/c.pem"));
        assert_eq!(security("postgres://h/d").unwrap().mode, Mode::Prefer);
        let found = security("host=h sslrootcert=system").unwrap();
        assert_eq!((found.mode, found.root), (Mode::VerifyFull, None));
        let error = security("postgres://h/d?sslmode=maybe").unwrap_err();
        assert_eq!(error.to_string(), "the URL's `sslmode` is not understood");
        assert!(security("postgres://h/d?sslcert=a").is_err());
    }
}
