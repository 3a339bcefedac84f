//! `sslmode` and `sslrootcert` as libpq means them, against a server that speaks TLS with a certificate of our own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

use migrate_cli::Exit;
use migrate_tests::Postgres as Server;
use migrate_tests::unprivileged_user;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

use crate::support::Project;

struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

fn begin(name: &str, serial: u32, key: &PKey<Private>) -> X509Builder {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    let serial = BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap();
    certificate.set_serial_number(&serial).unwrap();
    certificate.set_subject_name(&subject).unwrap();
    certificate.set_issuer_name(&subject).unwrap();
    certificate.set_pubkey(key).unwrap();
    let (from, to) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(2));
    certificate.set_not_before(&from.unwrap()).unwrap();
    certificate.set_not_after(&to.unwrap()).unwrap();
    certificate
}

impl Authority {
    fn new(name: &str) -> Authority {
        let key = key();
        let mut certificate = begin(name, 1, &key);
        let is_authority = BasicConstraints::new().critical().ca().build().unwrap();
        certificate.append_extension(is_authority).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        Authority {
            key,
            certificate: certificate.build(),
        }
    }

    /// Key and certificate of a server that bears this name.
    fn sign(&self, host: &str) -> (Vec<u8>, Vec<u8>) {
        let own = key();
        let mut certificate = begin(host, 2, &own);
        let issuer = self.certificate.subject_name();
        certificate.set_issuer_name(issuer).unwrap();
        let name = SubjectAlternativeName::new()
            .dns(host)
            .build(&certificate.x509v3_context(Some(&self.certificate), None))
            .unwrap();
        certificate.append_extension(name).unwrap();
        certificate
            .sign(&self.key, MessageDigest::sha256())
            .unwrap();
        let certificate = certificate.build().to_pem().unwrap();
        (own.private_key_to_pem_pkcs8().unwrap(), certificate)
    }

    fn write(&self, file: &Path) -> String {
        fs::write(file, self.certificate.to_pem().unwrap()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

/// A file that the server may read and nobody else, which it insists on for a key.
fn for_server(file: &Path, content: &[u8]) -> String {
    fs::write(file, content).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    if let Some((user, group)) = unprivileged_user() {
        chown(file, Some(user), Some(group)).unwrap();
    }
    file.to_str().unwrap().to_owned()
}

/// A revision that keeps whether its own connection is encrypted.
const ENCRYPTED: &str = "-- see\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\n\
    CREATE TABLE seen AS SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid();\n\n-- downgrade\nDROP TABLE seen;\n";

/// Migrates a new database of the server by a URL with these parameters: whether it was encrypted, or the error.
fn migrated(server: &Server, host: &str, parameters: &str) -> Result<bool, String> {
    let database = server.database();
    let project = Project::new().file("versions/a1.sql", ENCRYPTED);
    let url = database.url().replace("@127.0.0.1:", &format!("@{host}:"));
    let ran = project.run(&format!("upgrade head --url {url}?{parameters}"));
    let mut client = database.connect();
    if ran.exit == Exit::Done {
        let row = client.query_one("SELECT ssl FROM seen", &[]).unwrap();
        return Ok(row.get(0));
    }
    let left = client.query_one("SELECT to_regclass('migrate_revision') IS NULL", &[]);
    assert!(left.unwrap().get::<_, bool>(0), "{}", ran.err);
    Err(ran.err)
}

#[test]
fn sslmode_is_what_libpq_means_by_it() {
    let folder = tempfile::tempdir().unwrap();
    // The server's user has to come in.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let (key, certificate) = ours.sign("localhost");
    let key = for_server(&folder.path().join("server.key"), &key);
    let certificate = for_server(&folder.path().join("server.crt"), &certificate);
    let ours = ours.write(&folder.path().join("ours.pem"));
    let other = other.write(&folder.path().join("other.pem"));
    let none = folder.path().join("none.pem").to_str().unwrap().to_owned();
    fs::write(&none, "nothing").unwrap();
    let server = Server::start(&[
        ("ssl", "on"),
        ("ssl_cert_file", &certificate),
        ("ssl_key_file", &key),
    ]);

    let (named, by_number) = ("localhost", "127.0.0.1");
    for (host, parameters, encrypted) in [
        (named, "sslmode=disable".to_owned(), false),
        (named, String::new(), true),
        (named, "sslmode=prefer".to_owned(), true),
        (named, "sslmode=require".to_owned(), true),
        (by_number, "sslmode=require".to_owned(), true),
        (named, format!("sslmode=require&sslrootcert={ours}"), true),
        (named, format!("sslmode=verify-ca&sslrootcert={ours}"), true),
        (
            by_number,
            format!("sslmode=verify-ca&sslrootcert={ours}"),
            true,
        ),
        (
            named,
            format!("sslmode=verify-full&sslrootcert={ours}"),
            true,
        ),
    ] {
        let done = migrated(&server, host, &parameters);
        assert_eq!(done, Ok(encrypted), "{host}?{parameters}");
    }
    for (host, parameters, reason) in [
        // The name that the certificate doesn't bear.
        (
            by_number,
            format!("sslmode=verify-full&sslrootcert={ours}"),
            "IP address mismatch",
        ),
        // Another authority than the one that signed it.
        (
            named,
            format!("sslmode=verify-full&sslrootcert={other}"),
            "certificate verify failed",
        ),
        (
            named,
            format!("sslmode=verify-ca&sslrootcert={other}"),
            "certificate verify failed",
        ),
        // As libpq does: with a root certificate, `require` looks at it.
        (
            named,
            format!("sslmode=require&sslrootcert={other}"),
            "certificate verify failed",
        ),
        // Nobody whom the system trusts has signed it.
        (
            named,
            "sslmode=verify-ca".to_owned(),
            "certificate verify failed",
        ),
        (
            named,
            "sslmode=verify-full".to_owned(),
            "certificate verify failed",
        ),
        (
            named,
            "sslrootcert=system".to_owned(),
            "certificate verify failed",
        ),
        (
            named,
            format!("sslmode=verify-ca&sslrootcert={none}"),
            "it holds no certificate",
        ),
        (
            named,
            format!("sslmode=verify-ca&sslrootcert={none}.gone"),
            "none.pem.gone",
        ),
    ] {
        let story = migrated(&server, host, &parameters).expect_err(&parameters);
        assert!(story.contains(reason), "{host}?{parameters}: {story}");
    }
}

/// A server without TLS is used where nobody asked for it, and by no mistake where somebody did.
#[test]
fn a_server_without_tls_gets_nothing_that_was_to_be_encrypted() {
    let server = Server::shared();
    for parameters in ["", "sslmode=disable", "sslmode=prefer"] {
        let done = migrated(server, "127.0.0.1", parameters);
        assert_eq!(done, Ok(false), "{parameters}");
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let story = migrated(server, "127.0.0.1", &format!("sslmode={mode}")).expect_err(mode);
        assert!(story.contains("does not support TLS"), "{mode}: {story}");
    }
}
