//! Where scratch databases are made: on the server of the URL, as its connections have to be made, or
//! on a private one.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_schema::scratch::Server;
use migrate_tests::{Postgres, postgres};

use crate::releases::FIRST;
use crate::support::Project;

/// A role that may do everything in its own database, and create none.
fn restricted(database: &postgres::Database) -> String {
    let role = format!("app_of_{}", database.name());
    database
        .connect()
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN NOCREATEDB PASSWORD 'app'; GRANT ALL ON SCHEMA public TO {role}"
        ))
        .unwrap();
    let url = database.url();
    let (_, location) = url.split_once('@').unwrap();
    format!("postgres://{role}:app@{location}")
}

fn drop_role(database: &postgres::Database) {
    let role = format!("app_of_{}", database.name());
    database
        .connect()
        .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .unwrap();
}

#[test]
fn a_role_that_may_create_none_is_given_a_private_server() {
    let project = Project::<postgres::Database>::new();
    let url = restricted(&project.database);
    let words = [
        "revision",
        "--autogenerate",
        "-m",
        "a1",
        "--rev-id",
        "a1",
        "--url",
        &url,
    ];
    let ran = project.run(Some(&FIRST), &words);
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let note = ran
        .err
        .lines()
        .find(|line| line.starts_with("note: "))
        .unwrap();
    let (role, note) = note
        .strip_prefix("note: `")
        .unwrap()
        .split_once('`')
        .unwrap();
    assert_eq!(role, format!("app_of_{}", project.database.name()));
    let (before, version) = note.split_once("(PostgreSQL ").unwrap();
    let (_, private) = version.split_once("): ").unwrap();
    assert_eq!(
        before,
        " may not create databases on the server of the URL "
    );
    assert!(
        private.starts_with("scratch databases are on a private server (PostgreSQL "),
        "{private}"
    );

    let ran = project.run(Some(&FIRST), &["upgrade", "--url", &url]);
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let ran = project.run(Some(&FIRST), &["check", "--drift", "--url", &url]);
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("no drift"), "{}", ran.out);
    // Drift and models are compared on one server.
    assert_eq!(ran.err.matches("private server").count(), 1, "{}", ran.err);
    drop_role(&project.database);
}

#[test]
fn a_server_that_does_not_answer_is_done_without() {
    let project = Project::<postgres::Database>::new();
    let words = ["revision", "--autogenerate", "-m", "a1", "--rev-id", "a1"];
    // Nobody listens, and nobody of that name may come in.
    let gone = project.database.url().replace("postgres@", "nobody@");
    for url in ["postgres://localhost:1/app", &gone] {
        let ran = project.run(Some(&FIRST), &[&words[..], &["--url", url]].concat());
        assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
        assert!(
            ran.err
                .contains("note: the server of the URL can't be used ("),
            "{}",
            ran.err
        );
        assert_eq!(ran.err.matches("private server").count(), 1, "{}", ran.err);
        project.remove("versions/2026-11-20-a1-a1.sql");
        assert_eq!(project.run(None, &["lock"]).exit, Exit::Done);
    }
}

#[test]
fn where_no_private_server_starts_both_ways_out_are_told() {
    let database = Postgres::shared().database();
    let url = restricted(&database);
    let none = || Server::at("not installed");
    let error = Server::at(&url).unwrap().or_else(none).unwrap_err();
    let told = format!("{error:#}").replace(database.name(), "DATABASE");
    expect![[r#"
        scratch databases can't be made: `app_of_DATABASE` may not create databases on the server of the URL, and no private server starts
        that is no URL of a PostgreSQL database
        invalid connection string
        unexpected character at byte 4: expected `=` but got `i`
          = help: let the role create databases: `ALTER ROLE app_of_DATABASE CREATEDB`
          = help: or install PostgreSQL on this machine, so that a private server can be started"#]].assert_eq(&told);
    // Whoever may create databases needs no other.
    let (_, note) = Server::at(&database.url()).unwrap().or_else(none).unwrap();
    assert_eq!(note, None);
    drop_role(&database);
    let gone = Server::at(&url).unwrap().or_else(none).unwrap_err();
    let told = gone.to_string().replace(database.name(), "DATABASE");
    expect![[r#"scratch databases can't be made: the server of the URL can't be used (FATAL: role "app_of_DATABASE" does not exist), and no private server starts"#]].assert_eq(&told);
}

/// A server that admits nobody without TLS, and its certificate. Its data folder is another user's, so
/// it writes there itself.
fn encrypted() -> (Postgres, String) {
    let server = Postgres::start(&[]);
    let mut admin = server.config().connect(::postgres::NoTls).unwrap();
    let mut run = |sql: &str| admin.batch_execute(sql);
    run("COPY (SELECT) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
             -addext subjectAltName=IP:127.0.0.1 -out server.crt -keyout server.key && chmod 600 server.key'")
        .expect("the program `openssl` (version 1.1.1 or later) makes a certificate: install it");
    run("COPY (SELECT 'hostssl all all 127.0.0.1/32 trust') TO PROGRAM 'cat > pg_hba.conf'")
        .unwrap();
    run("ALTER SYSTEM SET ssl = on").unwrap();
    run("SELECT pg_reload_conf()").unwrap();
    let certificate = admin
        .query_one("SELECT pg_read_file('server.crt')", &[])
        .unwrap();
    (server, certificate.get(0))
}

#[test]
fn scratch_databases_are_made_over_tls() {
    let (server, certificate) = encrypted();
    let project = Project::<migrate_tests::sqlite::Database>::for_both();
    project.write("root.crt", &certificate);
    let root = project.dir.path().join("root.crt");
    // It writes nothing, and makes scratch databases on the server all the same.
    let check = |query: &str| {
        let url = format!("{}{query}", server.url());
        project.run(Some(&FIRST), &["check", "--files", "--url", &url])
    };
    // The server reads its settings again within a moment.
    let mut plain = check("?sslmode=disable");
    for _ in 0..100 {
        if plain.err.contains("no encryption") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        plain = check("?sslmode=disable");
    }
    assert!(plain.err.contains("no encryption"), "{}", plain.err);
    let verified = format!("?sslmode=verify-full&sslrootcert={}", root.display());
    for query in ["", "?sslmode=require", &verified] {
        let ran = check(query);
        assert_eq!(ran.exit, Exit::Pending, "{query}: {}{}", ran.out, ran.err);
        assert!(
            ran.out.contains("missing: create table users"),
            "{}",
            ran.out
        );
        assert!(!ran.err.contains("private server"), "{}", ran.err);
    }
    // Nobody who is trusted signed it, so the server isn't used.
    let ran = check("?sslmode=verify-full");
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("certificate"), "{}", ran.err);
    assert!(ran.err.contains("private server"), "{}", ran.err);
}
