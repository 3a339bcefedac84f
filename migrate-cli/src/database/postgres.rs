use std::error::Error as _;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};

use crate::config::Url;
use crate::error::{Error, Result};
use crate::interrupt::Cancel;

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
    /// A file of certificates to trust, beside the system's.
    pub(super) root: Option<String>,
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

/// How the connections of a URL are opened.
enum Connector {
    Plain,
    #[cfg(feature = "tls")]
    Tls(postgres_native_tls::MakeTlsConnector),
}

impl Connector {
    fn new(security: &Security) -> Result<Connector> {
        match security.mode {
            Mode::Disable => Ok(Connector::Plain),
            #[cfg(feature = "tls")]
            _ => super::tls::connector(security).map(Connector::Tls),
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

pub(super) fn connect(url: &Url, text: &str) -> Result<Client> {
    let (config, connector) = read(url, text)?;
    (connector.connect(&config))
        .map_err(|error| Error::failed(format!("can't connect to {url}: {}", causes(&error))))
}

/// The server of a URL, for scratch databases.
#[cfg(feature = "models")]
pub(crate) fn server(url: &Url, text: &str) -> Result<migrate_schema::scratch::Server> {
    let (config, connector) = read(url, text)?;
    let server = migrate_schema::scratch::Server::of(config);
    Ok(server.connector(move |config| connector.connect(config)))
}

fn read(url: &Url, text: &str) -> Result<(Config, Connector)> {
    let (text, security) = security(text)?;
    let mut config: Config = text.parse().map_err(|error: postgres::Error| {
        Error::usage(format!("{url} is not understood: {}", causes(&error)))
    })?;
    if config.get_application_name().is_none() {
        config.application_name("migrate");
    }
    config.ssl_mode(security.mode.into());
    Ok((config, Connector::new(&security)?))
}

/// Takes out of the URL what the driver doesn't know.
fn security(text: &str) -> Result<(String, Security)> {
    let (location, query) = text.split_once('?').map_or((text, ""), |(l, q)| (l, q));
    let mut security = Security {
        mode: Mode::Prefer,
        root: None,
    };
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => security.mode = self::mode(mode)?,
            Some(("sslrootcert", "system")) => {}
            Some(("sslrootcert", path)) => security.root = Some(path.to_owned()),
            _ => kept.push(pair),
        }
    }
    let text = if kept.is_empty() {
        location.to_owned()
    } else {
        format!("{location}?{}", kept.join("&"))
    };
    Ok((text, security))
}

fn mode(word: &str) -> Result<Mode> {
    Ok(match word {
        "disable" => Mode::Disable,
        // libpq's `allow` tries without first; encrypting is never less.
        "allow" | "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyCa,
        "verify-full" => Mode::VerifyFull,
        other => {
            return Err(Error::usage(format!("`sslmode={other}` is not understood"))
                .help("it is disable, prefer, require, verify-ca or verify-full"));
        }
    })
}

pub(super) fn cancel(client: &Client) -> Cancel {
    let token = client.cancel_token();
    Box::new(move || {
        // A server that takes encrypted connections only cancels when this one breaks.
        #[cfg(feature = "tls")]
        if let Ok(connector) = super::tls::trusting() {
            let _ = token.cancel_query(connector);
            return;
        }
        let _ = token.cancel_query(NoTls);
    })
}

/// What went wrong, down to the cause: the driver's own text is "error connecting to server".
fn causes(error: &postgres::Error) -> String {
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
    use super::*;

    #[test]
    fn sslmode_is_honoured_beyond_what_the_driver_knows() {
        let read = |text| security(text).map_err(|error| error.text);
        let (text, found) =
            read("postgres://h/d?sslmode=verify-full&application_name=a&sslrootcert=/c.pem")
                .unwrap();
        assert_eq!(text, "postgres://h/d?application_name=a");
        assert_eq!(found.mode, Mode::VerifyFull);
        assert_eq!(found.root.as_deref(), Some("/c.pem"));
        assert_eq!(read("postgres://h/d").unwrap().1.mode, Mode::Prefer);
        assert!(
            read("postgres://h/d?sslmode=maybe")
                .unwrap_err()
                .starts_with("`sslmode=maybe`")
        );
    }
}
