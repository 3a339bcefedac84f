use std::fs;

use migrate_runtime::{Dialect, Migrations, Options};
use migrate_schema::introspect::Ignore;
use migrate_schema::scratch::{Scratch, Server, introspect, replay};
use migrate_scratch::LocalServer;
use migrate_tests::Postgres;

fn chain() -> (tempfile::TempDir, Migrations) {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        (
            "a1-users.sql",
            "-- users\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE users (id INTEGER PRIMARY KEY);\n\n-- downgrade\nDROP TABLE users;\n",
        ),
        (
            "b2-mail.sql",
            "-- mail\n-- revision: b2\n-- down_revision: a1\n\n-- upgrade\nALTER TABLE users ADD COLUMN mail TEXT;\n\n-- downgrade\nALTER TABLE users DROP COLUMN mail;\n",
        ),
    ] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    let mut options = Options::new("versions");
    options.dialects = Dialect::ALL.to_vec();
    let migrations = Migrations::load(dir.path(), &options).unwrap();
    (dir, migrations)
}

fn shared() -> Server {
    Server::at(&Postgres::shared().url()).unwrap()
}

#[test]
fn a_chain_is_replayed_up_to_a_target() {
    let (_dir, migrations) = chain();
    let server = shared();
    for scratch in [Scratch::Sqlite, Scratch::Postgres(&server)] {
        for (target, columns) in [("a1", 1), ("head", 2)] {
            let schema = replay(&migrations, target, &scratch, &Ignore::default()).unwrap();
            assert_eq!(schema.tables.keys().collect::<Vec<_>>(), ["users"]);
            assert_eq!(schema.tables["users"].columns.len(), columns, "{scratch:?}");
        }
        let ignore = Ignore::default().prefix("other").name("users");
        let schema = replay(&migrations, "head", &scratch, &ignore).unwrap();
        assert!(schema.tables.is_empty(), "{scratch:?}");
        let error = replay(&migrations, "c3", &scratch, &ignore).unwrap_err();
        assert!(format!("{error:#}").contains("c3"), "{error:#}");
    }
}

#[test]
fn a_script_that_fails_says_what_the_database_said() {
    let server = shared();
    for (scratch, said) in [
        (Scratch::Sqlite, "incomplete input"),
        (Scratch::Postgres(&server), "syntax error"),
    ] {
        let error = introspect("CREATE TABLE", &scratch, &Ignore::default()).unwrap_err();
        assert_eq!(error.to_string(), "the script fails on an empty database");
        assert!(format!("{error:#}").contains(said), "{error:#}");
    }
}

#[test]
fn scratch_databases_leave_nothing() {
    let server = shared();
    let database = server.database().unwrap();
    let name = database.name().to_owned();
    let _inside = database.connect().unwrap();
    drop(database);
    let mut admin = Postgres::shared()
        .config()
        .connect(postgres::NoTls)
        .unwrap();
    let left = admin
        .query("SELECT FROM pg_database WHERE datname = $1", &[&name])
        .unwrap();
    assert!(left.is_empty());
    assert_eq!(
        Server::at("no url").unwrap_err().to_string(),
        "that is no URL of a PostgreSQL database"
    );

    // An administrator has ended the connection that makes databases.
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'scratch'";
    let mut config = Postgres::shared().config();
    let server = Server::of(config.application_name("scratch").clone());
    server.database().unwrap();
    admin.batch_execute(others).unwrap();
    server.database().unwrap();

    let nobody = Server::at("postgres://nobody@127.0.0.1:1/x").unwrap();
    let error = nobody.database().unwrap_err();
    assert_eq!(error.to_string(), "can't create a scratch database");
}

#[test]
fn a_private_server_is_reached_through_its_folder_alone() {
    let server = LocalServer::start(&[]).unwrap();
    let home = server.home().to_path_buf();
    let mut client = postgres::Client::connect(&server.url("postgres"), postgres::NoTls).unwrap();
    let addresses: String = client
        .query_one("SHOW listen_addresses", &[])
        .unwrap()
        .get(0);
    assert_eq!(addresses, "");
    drop(client);
    drop(server);
    assert!(!home.exists());

    let server = Server::start().unwrap();
    let schema = introspect(
        "CREATE TABLE t (a int)",
        &Scratch::Postgres(&server),
        &Ignore::default(),
    );
    assert_eq!(schema.unwrap().tables["t"].columns[0].kind, "integer");
    let error = LocalServer::start(&[("no_such_setting", "1")]).unwrap_err();
    assert_eq!(error.to_string(), "the private server fails to start");
    assert!(
        format!("{error:#}").contains("no_such_setting"),
        "{error:#}"
    );
}
