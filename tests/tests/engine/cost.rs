//! What a start costs: one statement when nothing is pending, and a fixed number of round trips
//! when something is.

use std::sync::Mutex;

use migrate_runtime::{ErrorKind, Function, Goal, Migrations, Migrator, Outcome, Startup};
use migrate_tests::{Postgres as Server, Proxy};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::support::{Engine, Postgres, Sqlite, Versions, shop};

/// A line of so many tables.
fn line(len: usize) -> Versions {
    let id = |at: usize| format!("r{at:04}");
    (0..len).fold(Versions::new(), |versions, at| {
        let down = at.checked_sub(1).map(id).unwrap_or_default();
        versions.sql(
            &id(at),
            &down,
            &format!("CREATE TABLE made_{at} (x INTEGER);"),
            &format!("DROP TABLE made_{at};"),
        )
    })
}

static TRACED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A plain function: older versions of rusqlite take nothing else.
#[expect(clippy::needless_pass_by_value, reason = "rusqlite's signature")]
fn trace(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        TRACED.lock().unwrap().push(sql.to_owned());
    }
}

#[test]
fn sqlite_up_to_date_is_one_statement() {
    let migrations = shop().load::<Sqlite>();
    let database = Sqlite::new();
    migrations.run(&mut database.connect()).unwrap();
    let before = database.dump();
    for startup in [Startup::Apply, Startup::Check] {
        let mut client = database.connect();
        client.trace_v2(
            TraceEventCodes::SQLITE_TRACE_STMT,
            Some(trace as fn(TraceEvent<'_>)),
        );
        TRACED.lock().unwrap().clear();
        let report = Migrator::new(&migrations)
            .startup(startup)
            .run(&mut client)
            .unwrap();
        assert_eq!(report.outcome, Outcome::UpToDate);
        assert_eq!(
            *TRACED.lock().unwrap(),
            [
                "SELECT revision, fingerprint FROM \"main\".\"migrate_revision\" WHERE chain = 'main'"
            ]
        );
    }
    assert_eq!(database.dump(), before);
}

#[test]
fn postgres_up_to_date_is_one_statement_and_one_round_trip() {
    let server = Server::start(&[]);
    for schema in [None, Some("app")] {
        let migrations = shop().load::<Postgres>();
        let database = server.database();
        database
            .connect()
            .batch_execute("CREATE SCHEMA app")
            .unwrap();
        let migrator = || match schema {
            Some(schema) => Migrator::new(&migrations).schema(schema),
            None => Migrator::new(&migrations),
        };
        migrator().run(&mut database.connect()).unwrap();
        let proxy = Proxy::new(&database);
        let mut client = proxy.connect();
        let before = database.statements().len();
        for startup in [Startup::Apply, Startup::Check] {
            proxy.reset();
            let report = migrator().startup(startup).run(&mut client).unwrap();
            assert_eq!(report.outcome, Outcome::UpToDate);
            let traffic = proxy.traffic();
            assert_eq!((traffic.messages, traffic.round_trips), (1, 1));
        }
        let statements = database.statements().split_off(before);
        assert_eq!(statements.len(), 2, "{statements:?}");
        for statement in statements {
            assert!(statement.starts_with("SELECT "), "{statement}");
            assert!(!statement.contains(';'), "{statement}");
        }
    }
}

#[test]
fn a_read_only_file_is_enough_to_be_up_to_date() {
    let migrations = shop().load::<Sqlite>();
    let database = Sqlite::new();
    migrations.upgrade(&mut database.connect(), "c1").unwrap();
    let before = database.dump();
    let open = || {
        rusqlite::Connection::open_with_flags(
            database.path(),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
        )
        .unwrap()
    };
    // Something is pending, which such a connection can't change.
    let error = migrations.run(&mut open()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:#}");
    assert_eq!(database.dump(), before);
    migrations.run(&mut database.connect()).unwrap();
    assert_eq!(
        migrations.run(&mut open()).unwrap().outcome,
        Outcome::UpToDate
    );

    // On an empty one, too.
    let empty = Sqlite::new();
    drop(empty.connect());
    std::fs::write(empty.path(), "").unwrap();
    let mut client = rusqlite::Connection::open_with_flags(
        empty.path(),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )
    .unwrap();
    let error = migrations.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly, "{error:#}");
}

#[test]
fn sqlites_cache_grows_for_the_plan_only() {
    const READ: &str = "PRAGMA cache_spill";
    let pages = |client: &rusqlite::Connection| -> u32 {
        client.query_row(READ, [], |row| row.get(0)).unwrap()
    };
    // The app's own, off, and more than we ask for.
    for set in ["7", "OFF", "1000000"] {
        let database = Sqlite::new();
        let mut client = database.connect();
        client.execute_batch(&format!("{READ} = {set}")).unwrap();
        let before = pages(&client);
        let code = |db: &mut migrate_runtime::Context<'_>| {
            db.execute_batch(
                "CREATE TABLE seen AS SELECT cache_spill AS pages FROM pragma_cache_spill",
            )
        };
        let versions = || Versions::new().code("a1", "", Function::Sync(code));
        versions().load::<Sqlite>().run(&mut client).unwrap();
        assert_eq!(pages(&client), before, "{set}");
        let seen: u32 = Sqlite::column(&mut client, "SELECT pages FROM seen")[0]
            .parse()
            .unwrap();
        match set {
            "7" => assert!(seen > before, "{seen}"),
            _ => assert_eq!(seen, before),
        }
        let failing = versions().sql("b1", "a1", "SELECT nonsense;", "");
        failing.load::<Sqlite>().run(&mut client).unwrap_err();
        assert_eq!(pages(&client), before, "{set}");
    }
}

/// A role of the server that may log in, and a connection as it.
fn role(database: &Postgres, grants: &str) -> (String, postgres::Client) {
    let role = format!("role_{}", database.name());
    let mut admin = database.connect();
    let sql = format!(
        "CREATE ROLE {role} LOGIN; {}",
        grants.replace("{role}", &role)
    );
    Postgres::execute(&mut admin, &sql);
    let mut config = database.config();
    config.user(&role);
    (role, config.connect(postgres::NoTls).unwrap())
}

/// The role goes with its test.
fn forget(database: &Postgres, role: &str) {
    Postgres::execute(
        &mut database.connect(),
        &format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"),
    );
}

#[test]
fn select_is_all_a_role_needs_to_be_up_to_date() {
    let migrations = shop().load::<Postgres>();
    let database = Postgres::new();
    migrations.run(&mut database.connect()).unwrap();
    let (name, mut client) = role(&database, "GRANT SELECT ON migrate_revision TO {role}");
    let report = migrations.run(&mut client).unwrap();
    assert_eq!(report.outcome, Outcome::UpToDate);

    // Not even that: the error names the grant.
    Postgres::execute(
        &mut database.connect(),
        &format!("REVOKE SELECT ON migrate_revision FROM {name}"),
    );
    let error = migrations.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege);
    expect_test::expect![[r#"
        can't read what is recorded
        permission denied for table migrate_revision
          = help: the role needs USAGE on the schema, and SELECT on `migrate_revision` and the tables beside it
          = help: whoever migrates can give it: `GRANT SELECT ON "migrate_revision", "migrate_log", "migrate_in_progress", "migrate_setting" TO ROLE`
    "#]].assert_eq(&crate::failure::told(&error));
    drop(client);
    forget(&database, &name);
}

#[test]
fn a_role_that_may_not_create_tables_is_told_the_grant() {
    let migrations = shop().load::<Postgres>();
    let database = Postgres::new();
    let (name, mut client) = role(&database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let before = database.dump();
    let error = migrations.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Privilege);
    expect_test::expect![[r#"
        can't write to `public.migrate_revision` and the tables beside it
        permission denied for schema public
          = note: its transaction was rolled back: the database is as it was before it
          = help: the role that migrates needs CREATE and USAGE on the schema, and SELECT, INSERT, UPDATE and DELETE on these tables: `GRANT CREATE, USAGE ON SCHEMA "public" TO "role"`
          = help: an app whose role has less can check with `Startup::Check`, which needs SELECT only
    "#]].assert_eq(&crate::failure::told(&error).replace(&name, "role"));
    assert_eq!(database.dump(), before);
    drop(client);
    forget(&database, &name);

    // Ours are there, but the app's own table isn't its to change: the script's place is told.
    migrations.upgrade(&mut database.connect(), "c1").unwrap();
    let (name, mut client) = role(
        &database,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    );
    let before = database.dump();
    let error = migrations.run(&mut client).unwrap_err();
    assert_eq!(
        error.to_string(),
        "versions/d1.sql:6:1: the upgrade of `d1` failed"
    );
    assert_eq!(database.dump(), before);
    drop(client);
    forget(&database, &name);
}

#[test]
fn round_trips_do_not_grow_with_the_plan() {
    let cost = |len: usize, migrations: &Migrations| {
        let database = Server::shared().database();
        let proxy = Proxy::new(&database);
        let mut client = proxy.connect();
        proxy.reset();
        let report = migrations.run(&mut client).unwrap();
        assert_eq!(report.steps.len(), len);
        let up = proxy.traffic().round_trips;
        proxy.reset();
        migrations.downgrade(&mut client, "base").unwrap();
        (up, proxy.traffic().round_trips)
    };
    let few = cost(10, &line(10).load::<Postgres>());
    let many = cost(300, &line(300).load::<Postgres>());
    assert_eq!(few.0, many.0, "few: {few:?}, many: {many:?}");
    assert_eq!(few.1, many.1, "few: {few:?}, many: {many:?}");
    assert!(few.0 <= 4, "{few:?}");
    assert!(few.1 <= 4, "{few:?}");
}

#[test]
fn an_observer_costs_a_message_a_step() {
    let database = Server::shared().database();
    let proxy = Proxy::new(&database);
    let mut client = proxy.connect();
    let trips = |client: &mut postgres::Client, len: usize, observed: bool| {
        let migrations = line(len).load::<Postgres>();
        proxy.reset();
        let migrator = Migrator::new(&migrations).schema(format!("s{len}{observed}"));
        let mut migrator = if observed {
            migrator.on_event(|_| {})
        } else {
            migrator
        };
        client
            .batch_execute(&format!(
                "CREATE SCHEMA s{len}{observed}; SET search_path = s{len}{observed}"
            ))
            .unwrap();
        proxy.reset();
        migrator.run(client).unwrap();
        proxy.traffic().round_trips
    };
    let alone = trips(&mut client, 10, false);
    let watched = trips(&mut client, 10, true);
    let watched_longer = trips(&mut client, 30, true);
    assert_eq!(watched_longer - watched, 20);
    assert_eq!(watched - alone, 9);
}

#[test]
fn a_plan_is_shown_in_a_few_round_trips() {
    let migrations = line(50).load::<Postgres>();
    let database = Server::shared().database();
    let proxy = Proxy::new(&database);
    let mut client = proxy.connect();
    proxy.reset();
    let goal = Goal::Upgrade(&"head".parse().unwrap());
    assert_eq!(migrations.plan(&mut client, goal).unwrap().steps.len(), 50);
    // Where nothing is recorded, one of them looks for the history of another tool.
    assert!(proxy.traffic().round_trips <= 3);
}

/// The server copies a message for each of its markers, so a script of many statements is sent in parts;
/// which statement fails is known all the same.
#[test]
fn a_script_of_many_statements_costs_no_square() {
    let inserts = |len: usize| -> String {
        let insert = |n| format!("INSERT INTO public.t (n, words) VALUES ({n}, 'some words');\n");
        (0..len).map(insert).collect()
    };
    let create = "CREATE TABLE public.t (n integer PRIMARY KEY, words text);\n";
    let time = |len: usize| {
        let migrations = Versions::new()
            .sql("a1", "", &format!("{create}{}", inserts(len)), "")
            .load::<Postgres>();
        let database = Postgres::new();
        let mut client = database.connect();
        let since = std::time::Instant::now();
        migrations.run(&mut client).unwrap();
        since.elapsed()
    };
    let (few, many) = (time(2_000), time(20_000));
    // Ten times as many: a square would be a hundred times as long.
    assert!(many < few * 30, "{few:?}, {many:?}");

    let twice = format!(
        "{create}{}INSERT INTO public.t VALUES (77);\n{}",
        inserts(1_000),
        inserts(3)
    );
    let failing = Versions::new().sql("a1", "", &twice, "").load::<Postgres>();
    let error = failing.run(&mut Postgres::new().connect()).unwrap_err();
    let place = error.place().unwrap();
    assert!(place.line > 1_000 && place.line < 1_020, "{place}");
    assert!(
        format!("{error:#}").contains("INSERT INTO public.t VALUES (77);"),
        "{error:#}"
    );
}
