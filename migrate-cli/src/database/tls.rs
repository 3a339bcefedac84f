//! TLS as `sslmode` asks for it, prepared when a server first speaks it, and once: reading the
//! certificates of the system takes longer than all else that a connection costs.

use std::error::Error as StdError;
use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use native_tls::{Certificate, Identity, TlsConnector};
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres_native_tls::TlsConnector as Handshake;

use super::postgres::{Mode, Security};
use crate::error::{Error, Result};

/// What has been prepared in this process.
static PREPARED: Mutex<Vec<(Security, TlsConnector)>> = Mutex::new(Vec::new());

/// Makes the connections of a URL encrypted, where the server speaks TLS.
#[derive(Debug, Clone)]
pub(super) struct Tls(pub(super) Security);

impl Tls {
    /// For a request that carries no secret: to cancel a statement.
    pub(super) fn trusting() -> Tls {
        Tls(Security::of_mode(Mode::Prefer))
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: Send + 'static,
    Handshake: TlsConnect<S>,
    <Handshake as TlsConnect<S>>::Future: Send + 'static,
{
    type Stream = <Handshake as TlsConnect<S>>::Stream;
    type TlsConnect = ToHost;
    type Error = native_tls::Error;

    fn make_tls_connect(&mut self, host: &str) -> std::result::Result<ToHost, native_tls::Error> {
        Ok(ToHost {
            tls: self.clone(),
            host: host.to_owned(),
        })
    }
}

/// A handshake with one host.
#[derive(Debug)]
pub(super) struct ToHost {
    tls: Tls,
    host: String,
}

type Boxed = Box<dyn StdError + Send + Sync>;

impl<S> TlsConnect<S> for ToHost
where
    S: Send + 'static,
    Handshake: TlsConnect<S>,
    <Handshake as TlsConnect<S>>::Future: Send + 'static,
{
    type Stream = <Handshake as TlsConnect<S>>::Stream;
    type Error = Boxed;
    type Future =
        Pin<Box<dyn Future<Output = std::result::Result<Self::Stream, Self::Error>> + Send>>;

    /// The server has agreed to TLS: now is the time to prepare it.
    fn connect(self, stream: S) -> Self::Future {
        match connector(&self.tls.0) {
            Ok(connector) => {
                let handshake = Handshake::new(connector, &self.host).connect(stream);
                Box::pin(async move { handshake.await.map_err(Into::into) })
            }
            Err(error) => Box::pin(async move { Err(error.diagnostic as Boxed) }),
        }
    }
}

/// The one that was prepared, or a new one.
fn connector(security: &Security) -> Result<TlsConnector> {
    let mut prepared = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, connector)) = prepared.iter().find(|(known, _)| known == security) {
        return Ok(connector.clone());
    }
    let connector = prepare(security)?;
    prepared.push((security.clone(), connector.clone()));
    Ok(connector)
}

/// What `sslmode` means to libpq: `require` encrypts and trusts any server, `verify-ca` wants a
/// certificate that a trusted authority signed, `verify-full` also the name.
fn prepare(security: &Security) -> Result<TlsConnector> {
    let mut builder = TlsConnector::builder();
    // libpq: with a root certificate at hand, `require` verifies it.
    let verifies = match security.mode {
        Mode::VerifyCa | Mode::VerifyFull => true,
        Mode::Disable | Mode::Prefer | Mode::Require => {
            security.mode == Mode::Require && security.root.is_some()
        }
    };
    builder.danger_accept_invalid_certs(!verifies);
    builder.danger_accept_invalid_hostnames(security.mode != Mode::VerifyFull);
    if security.is_direct {
        postgres_native_tls::set_postgresql_alpn(&mut builder);
    }
    if let Some(path) = &security.root {
        let pem = read("sslrootcert", path)?;
        let failed = |what: String| Error::failed(format!("sslrootcert {path}: {what}"));
        let certificates =
            Certificate::stack_from_pem(&pem).map_err(|error| failed(error.to_string()))?;
        if certificates.is_empty() {
            return Err(failed("it holds no certificate".to_owned()));
        }
        // Only these are trusted, not everyone whom the system trusts.
        builder.disable_built_in_roots(true);
        for certificate in certificates {
            builder.add_root_certificate(certificate);
        }
    }
    if let Some((certificate, key)) = &security.client {
        let (pem, key_pem) = (read("sslcert", certificate)?, read("sslkey", key)?);
        let identity = Identity::from_pkcs8(&pem, &key_pem).map_err(|error| {
            Error::failed(format!("sslcert {certificate} and sslkey {key}: {error}")).help(
                "the key is PKCS #8 without a password: `openssl pkcs8 -topk8 -nocrypt` writes it",
            )
        })?;
        builder.identity(identity);
    }
    (builder.build()).map_err(|error| Error::failed(format!("TLS can't be set up: {error}")))
}

fn read(parameter: &str, path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::failed(format!("{parameter} {path}: {error}")))
}
