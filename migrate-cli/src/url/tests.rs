use std::path::Path;

use super::*;

fn read(text: &str) -> String {
    match Url::parse(text, Path::new("/base")) {
        Ok(url) => {
            assert_eq!(format!("{url:?}"), url.to_string());
            url.to_string()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn sqlite_urls_are_read() {
    for (text, wanted) in [
        ("sqlite:app.db", "sqlite:/base/app.db"),
        ("sqlite3:app.db", "sqlite:/base/app.db"),
        ("SQLite:app.db", "sqlite:/base/app.db"),
        ("sqlite+aiosqlite:app.db", "sqlite:/base/app.db"),
        ("sqlite:a/b c.db", "sqlite:/base/a/b c.db"),
        ("sqlite:a%20b%zz.db", "sqlite:/base/a b%zz.db"),
        ("sqlite:a%3Fb.db", "sqlite:/base/a?b.db"),
        ("sqlite:a#b.db", "sqlite:/base/a#b.db"),
        ("sqlite://app.db", "sqlite:/base/app.db"),
        ("sqlite://./app.db", "sqlite:/base/./app.db"),
        ("sqlite:////var/app.db", "sqlite:/var/app.db"),
        ("sqlite:/var/app.db", "sqlite:/var/app.db"),
        ("sqlite:///./app.db", "sqlite:/base/./app.db"),
        ("sqlite::memory:", "sqlite::memory:"),
        ("sqlite://:memory:", "sqlite::memory:"),
        ("sqlite:///:memory:", "sqlite::memory:"),
        ("sqlite://", "sqlite::memory:"),
        ("sqlite:app.db?mode=ro", "sqlite:/base/app.db?mode=ro"),
        ("sqlite:app.db?mode=rwc", "sqlite:/base/app.db"),
        (
            "sqlite:app.db?mode=rw&cache=shared",
            "sqlite:/base/app.db?mode=rw&cache=shared",
        ),
        (
            "sqlite:m?mode=memory&cache=shared",
            "sqlite:m?mode=memory&cache=shared",
        ),
        (
            "file:app.db?immutable=1",
            "sqlite:/base/app.db?immutable=true",
        ),
        ("file:///var/app.db", "sqlite:/var/app.db"),
        ("file://localhost/var/app.db", "sqlite:/var/app.db"),
        ("file:/var/app.db", "sqlite:/var/app.db"),
        ("file::memory:?cache=shared", "sqlite::memory:?cache=shared"),
        (
            "sqlite:///file:app.db?mode=ro&uri=true",
            "sqlite:/base/app.db?mode=ro",
        ),
        ("sqlite:", "the URL names no file"),
        ("sqlite:?mode=ro", "the URL names no file"),
        (
            "file://host/app.db",
            "a `file:` URL with two slashes names a host",
        ),
        ("file:a#b.db", "a `#` ends the path of a `file:` URL"),
        ("sqlite:a.db?mode=x", "the URL's `mode` is not understood"),
        (
            "sqlite:a.db?moda=ro",
            "parameter 1 of the URL is none that is known",
        ),
        (
            "sqlite:a.db?key=secret",
            "`key`: a key of an encrypted file doesn't belong into a URL",
        ),
        (
            "sqlite://u:secret@h/d",
            "a SQLite URL names a file, not a user and a host",
        ),
    ] {
        assert_eq!(read(text), wanted, "{text}");
    }
}

#[test]
fn three_slashes_mean_the_path_whose_folder_exists() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    let absolute = base.to_str().unwrap();
    let inside = base.strip_prefix("/").unwrap();
    let parse = |text: &str| match Url::parse(text, base) {
        Ok(url) => url.to_string().replace(absolute, "BASE"),
        Err(error) => {
            let error = format!("{error:?}").replace(absolute, "BASE");
            assert!(error.contains("write `sqlite:BASE/"), "{error}");
            "refused".to_owned()
        }
    };
    // The folder of `/app.db` never counts.
    assert_eq!(parse("sqlite:///app.db"), "sqlite:BASE/app.db");
    assert_eq!(
        parse(&format!("sqlite:///{}/app.db", inside.display())),
        "sqlite:BASE/app.db"
    );
    // Neither folder exists, then both, then the file in one.
    let text = format!("sqlite:///{}/data/app.db", inside.display());
    assert_eq!(parse(&text), "refused");
    let relative = base.join(inside).join("data");
    std::fs::create_dir_all(base.join("data")).unwrap();
    std::fs::create_dir_all(&relative).unwrap();
    assert_eq!(parse(&text), "refused");
    std::fs::write(relative.join("app.db"), "").unwrap();
    assert_eq!(parse(&text), "sqlite:BASEBASE/data/app.db");
    std::fs::write(base.join("data/app.db"), "").unwrap();
    assert_eq!(parse(&text), "refused");
    std::fs::remove_file(relative.join("app.db")).unwrap();
    assert_eq!(parse(&text), "sqlite:BASE/data/app.db");
    // Started in `/`, both are the same file.
    let root = Url::parse("sqlite:///app.db", Path::new("/")).unwrap();
    assert_eq!(root.to_string(), "sqlite:/app.db");
}

#[test]
fn postgres_urls_are_read() {
    for (text, wanted) in [
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("postgresql+psycopg2://u@h:5433/d", "postgres://u@h:5433/d"),
        (
            "postgres+asyncpg://u:p@/d?host=/tmp",
            "postgres://u:***@%2Ftmp/d",
        ),
        ("postgres://%2Ftmp/d", "postgres://%2Ftmp/d"),
        ("postgres:///d", "postgres:///d"),
        ("postgres://[::1]:5432/d", "postgres://[::1]:5432/d"),
        ("postgres://a:1,b:2/d", "postgres://a:1,b:2/d"),
        ("postgres:///d?host=a&host=b&port=1", "postgres://a:1,b:1/d"),
        ("postgres://h/d?ssl=true", "postgres://h/d?sslmode=require"),
        (
            "postgres://h/d?ssl-mode=disable",
            "postgres://h/d?sslmode=disable",
        ),
        (
            "postgres://h/d?sslmode=verify-full&sslrootcert=/c.pem&application_name=a",
            "postgres://h/d?sslmode=verify-full&sslrootcert=/c.pem&application_name=a",
        ),
        (
            "postgres://h/d?statement-cache-capacity=5",
            "postgres://h/d",
        ),
        (
            "host=h dbname=d user=u password=secret",
            "postgres://u:***@h/d",
        ),
        (
            r"host = '/var/run' password='it\'s a \\ secret' user='a b'",
            "postgres://a b:***@%2Fvar%2Frun/",
        ),
        ("postgres:d", "`postgres:` lacks the `//` after it"),
        (
            "postgres://h:x/d",
            "there is a port that is no number in the URL",
        ),
        ("postgres://h:70000/d", "`port` is a number in a URL"),
        ("postgres://h/a/b", "the URL names a database with a `/`"),
        (
            "postgres://h/d?sslmod=x",
            "parameter 1 of the URL is none that is known",
        ),
        (
            "postgres://h/d?passfile=x",
            "`passfile` is a parameter of libpq that this program's driver doesn't have",
        ),
        ("postgres://h/d?dbname=x", "the URL says `dbname` twice"),
        ("host=h dbname", "word 2 has no value"),
        (
            "host=h password='x",
            "a quote of the connection string is not closed",
        ),
        ("app.db", "the database is named by what is no URL"),
        (
            "mysql://u:secret@h/d",
            "`mysql:` is no database that this program knows",
        ),
        (
            "secret:x",
            "the database is named by a URL of no scheme that is known",
        ),
    ] {
        assert_eq!(read(text), wanted, "{text}");
    }
}

#[test]
fn settings_reach_the_server() {
    let options = |text: &str| match Url::parse(text, Path::new("/")).unwrap() {
        Url::Postgres(postgres) => postgres.get("options").unwrap_or_default().to_owned(),
        other => panic!("{other}"),
    };
    assert_eq!(
        options("postgres://h/d?search_path=app,%20public&options=-c%20a=b"),
        r"-c search_path=app,\ public -c a=b"
    );
    assert_eq!(
        options("postgres://h/d?options[search_path]=app"),
        "-c search_path=app"
    );
}

/// The database that is meant, or a refusal: never another one, and never a word of the password.
#[test]
fn a_password_that_is_not_encoded_is_understood_or_refused() {
    let mut passwords: Vec<String> = Vec::new();
    for special in [
        "?",
        "#",
        "@",
        ":",
        "/",
        "%",
        "&",
        "=",
        "[",
        "]",
        ",",
        ";",
        " ",
        "+",
        "'",
        "\\",
        "%4",
        "?a=b",
        "@x?sslmode=disable#",
    ] {
        for place in ["tOp{}", "{}tOp", "tO{}pSeC", "tO{}p{}SeC"] {
            passwords.push(place.replace("{}", special));
        }
    }
    for password in &passwords {
        let url = format!("postgres://user:{password}@host:5433/db?sslmode=require");
        let shown = match Url::parse(&url, Path::new("/")) {
            Ok(Url::Postgres(found)) => {
                assert_eq!(found.get("password"), Some(password.as_str()), "{url}");
                assert_eq!(found.get("user"), Some("user"), "{url}");
                assert_eq!(found.get("host"), Some("host"), "{url}");
                assert_eq!(found.get("port"), Some("5433"), "{url}");
                assert_eq!(found.get("dbname"), Some("db"), "{url}");
                assert_eq!(found.get("sslmode"), Some("require"), "{url}");
                format!("{found} {found:?}")
            }
            Ok(other) => panic!("{other}"),
            Err(error) => format!("{error} {error:?}"),
        };
        for piece in ["tOp", "tO", "SeC"] {
            assert!(!shown.contains(piece), "{url}: {shown}");
        }
        // Encoded, it is always understood.
        let encoded: String = password
            .bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        for url in [
            format!("postgres://user:{encoded}@host/db"),
            format!("postgres://host/db?user=user&password={encoded}"),
        ] {
            match Url::parse(&url, Path::new("/")).unwrap() {
                Url::Postgres(found) => assert_eq!(found.get("password"), Some(password.as_str())),
                other => panic!("{other}"),
            }
        }
    }
    for special in [":", "%41"] {
        let url = format!("postgres://user:a{special}b@host/db");
        assert!(Url::parse(&url, Path::new("/")).is_ok(), "{url}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn the_driver_reads_what_was_read() {
    let url = Url::parse(
        r"host=h,/tmp port=1 dbname='a b' user=u password='q\'u\\o' connect_timeout=3 keepalives_count=2",
        Path::new("/"),
    );
    let Ok(Url::Postgres(postgres)) = url else {
        panic!("{url:?}");
    };
    let config: ::postgres::Config = postgres.driver_text().parse().unwrap();
    assert_eq!(config.get_password(), Some(r"q'u\o".as_bytes()));
    assert_eq!(config.get_dbname(), Some("a b"));
    assert_eq!(config.get_hosts().len(), 2);
    assert_eq!(config.get_keepalives_retries(), Some(2));
}

#[test]
fn only_secrets_are_masked() {
    use std::ffi::OsStr;
    for (word, masked) in [
        ("postgres://u@h/d", &[][..]),
        ("--url=postgres://u@h:5432/d?sslmode=require", &[]),
        ("postgres://h/d?application_name=a&connect_timeout=3", &[]),
        ("sqlite:app.db", &[]),
        // The user is none.
        (
            "mysql://u:secret@h/d",
            &["mysql://u:secret@h/d", "secret@h/d"],
        ),
        (
            "postgres://h/d?password=secret",
            &["postgres://h/d?password=secret"],
        ),
        (
            "postgres://h/d?sslmode=require&sslpassword=a",
            &[
                "postgres://h/d?sslmode=require&sslpassword=a",
                "require&sslpassword=a",
            ],
        ),
    ] {
        let found = super::masks(OsStr::new(word));
        assert_eq!(found, masked, "{word}");
    }
}
