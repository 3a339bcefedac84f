use std::fs;

use native_tls::{Certificate, TlsConnector};
use postgres_native_tls::MakeTlsConnector;

use super::postgres::{Mode, Security};
use crate::error::{Error, Result};

/// What `sslmode` asks for, as libpq understands it: `require` encrypts and trusts any server,
/// `verify-ca` wants a certificate that a trusted authority signed, `verify-full` also the name.
pub(super) fn connector(security: &Security) -> Result<MakeTlsConnector> {
    let mut builder = TlsConnector::builder();
    // libpq: with a root certificate at hand, `require` verifies it.
    let verifies = match security.mode {
        Mode::VerifyCa | Mode::VerifyFull => true,
        _ => security.mode == Mode::Require && security.root.is_some(),
    };
    builder.danger_accept_invalid_certs(!verifies);
    builder.danger_accept_invalid_hostnames(security.mode != Mode::VerifyFull);
    if let Some(path) = &security.root {
        let failed = |what: String| Error::failed(format!("sslrootcert {path}: {what}"));
        let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
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
    built(&builder)
}

/// For a request that carries no secret: to cancel a statement.
pub(super) fn trusting() -> Result<MakeTlsConnector> {
    built(
        TlsConnector::builder()
            .danger_accept_invalid_certs(true)
            .danger_accept_invalid_hostnames(true),
    )
}

fn built(builder: &native_tls::TlsConnectorBuilder) -> Result<MakeTlsConnector> {
    let connector = builder.build();
    connector
        .map(MakeTlsConnector::new)
        .map_err(|error| Error::failed(format!("TLS can't be set up: {error}")))
}
