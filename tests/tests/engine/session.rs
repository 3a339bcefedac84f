//! The connection as the app hands it over: its transaction, its search_path, its role, its schema.

use migrate_runtime::{ErrorKind, Function, Migrations, Migrator, Outcome};
use migrate_tests::Shared as _;

use crate::failure::told;
use crate::support::{Engine, Postgres, Sqlite, Versions, ids, shop};

on_both!(
    a_callers_transaction_is_refused,
    chains_share_a_database,
    odd_names_are_names,
);

fn a_callers_transaction_is_refused<E: Engine>() {
    let shop = shop().load::<E>();
    for applied in ["nothing", "c1", "head", "base"] {
        let database = E::new();
        let mut client = database.connect();
        E::execute(&mut client, "CREATE TABLE t (x INTEGER)");
        match applied {
            "nothing" => {}
            "base" => {
                shop.run(&mut client).unwrap();
                shop.downgrade(&mut client, "base").unwrap();
            }
            target => drop(shop.upgrade(&mut client, target).unwrap()),
        }
        let before = database.dump();
        E::execute(&mut client, "BEGIN; INSERT INTO t VALUES (1)");
        let error = shop.run(&mut client).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InTransaction,
            "{applied}: {error:#}"
        );
        assert!(told(&error).contains("commit it or roll it back"));
        let error = shop.upgrade(&mut client, "head").unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InTransaction,
            "{applied}: {error:#}"
        );
        assert_eq!(database.dump(), before, "{applied}");
        // On PostgreSQL the question for a table that isn't there fails the transaction.
        let intact = applied != "nothing" || E::DIALECT == migrate_runtime::Dialect::Sqlite;
        if intact {
            assert_eq!(E::column(&mut client, "SELECT x FROM t"), ["1"]);
            E::execute(&mut client, "COMMIT");
            assert_ne!(database.dump(), before);
        } else {
            E::execute(&mut client, "ROLLBACK");
        }
        shop.run(&mut client).unwrap();
    }
}

#[test]
fn a_failed_transaction_of_the_callers_is_refused() {
    let shop = shop().load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    shop.run(&mut client).unwrap();
    Postgres::execute(&mut client, "BEGIN");
    Postgres::try_execute(&mut client, "SELEC").unwrap_err();
    let error = shop.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InTransaction, "{error:#}");
}

fn chains_share_a_database<E: Engine>() {
    let chain = |name, table: &str| {
        Versions::new()
            .name(name)
            .sql(
                "a1",
                "",
                &format!("CREATE TABLE {table}_a (x INTEGER);"),
                &format!("DROP TABLE {table}_a;"),
            )
            .sql(
                "b1",
                "a1",
                &format!("CREATE TABLE {table}_b (x INTEGER);"),
                &format!("DROP TABLE {table}_b;"),
            )
            .load::<E>()
    };
    let (shop, billing) = (chain("shop", "s"), chain("it's \\ \"billing\"", "b"));
    let database = E::new();
    let mut client = database.connect();
    shop.run(&mut client).unwrap();
    assert_eq!(billing.current(&mut client).unwrap(), ids(&[]));
    assert_eq!(billing.upgrade(&mut client, "a1").unwrap().steps.len(), 1);
    let rows = E::rows(
        &mut client,
        "SELECT chain, revision FROM migrate_revision ORDER BY chain",
    );
    assert_eq!(rows, [["it's \\ \"billing\"", "a1"], ["shop", "b1"]]);
    assert_eq!(shop.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    billing.run(&mut client).unwrap();
    shop.downgrade(&mut client, "base").unwrap();
    assert_eq!(billing.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    let acts = shop.log(&mut client).unwrap().len();
    assert_eq!((acts, billing.log(&mut client).unwrap().len()), (4, 2));
    shop.run(&mut client).unwrap();
    let layouts = E::rows(
        &mut client,
        "SELECT chain, value FROM migrate_setting WHERE key = 'layout' ORDER BY chain",
    );
    assert!(!layouts.is_empty(), "{layouts:?}");
}

fn odd_names_are_names<E: Engine>() {
    let shop = shop().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    let schema = "it's \\ \"mine\"; é";
    if E::DIALECT == migrate_runtime::Dialect::Postgres {
        E::execute(&mut client, "CREATE SCHEMA \"it's \\ \"\"mine\"\"; é\"");
    }
    let migrator = || {
        Migrator::new(&shop)
            .schema(schema)
            .table_prefix("o'dd \\ \"x\"; é")
    };
    migrator().run(&mut client).unwrap();
    assert_eq!(
        migrator().run(&mut client).unwrap().outcome,
        Outcome::UpToDate
    );
    migrator().downgrade(&mut client, "b1").unwrap();
    migrator().stamp(&mut client, &["d1"]).unwrap();
    migrator()
        .stamp_back(true)
        .stamp(&mut client, &["b1"])
        .unwrap();
    migrator().upgrade(&mut client, "head").unwrap();
    assert_eq!(migrator().verify(&mut client).unwrap(), []);
    assert_eq!(
        migrator().log(&mut client).unwrap().len(),
        4 + 2 + 2 + 2 + 2
    );
    let table = match E::DIALECT {
        migrate_runtime::Dialect::Sqlite => "\"o'dd \\ \"\"x\"\"; é_revision\"",
        _ => "\"it's \\ \"\"mine\"\"; é\".\"o'dd \\ \"\"x\"\"; é_revision\"",
    };
    let rows = E::column(&mut client, &format!("SELECT revision FROM {table}"));
    assert_eq!(rows, ["d1"]);
    // The default tables are others.
    assert_eq!(shop.current(&mut client).unwrap(), ids(&[]));
}

#[test]
fn an_attached_or_temporary_table_does_not_answer() {
    let shop = shop().load::<Sqlite>();
    let (one, two) = (Sqlite::new(), Sqlite::new());
    shop.run(&mut two.connect()).unwrap();
    let mut client = one.connect();
    let path = two.path();
    client
        .execute("ATTACH ?1 AS other", [path.to_str().unwrap()])
        .unwrap();
    Sqlite::execute(
        &mut client,
        "CREATE TEMP TABLE migrate_revision AS SELECT * FROM other.migrate_revision",
    );
    assert_eq!(shop.current(&mut client).unwrap(), ids(&[]));
    let before = two.dump();
    assert_eq!(shop.run(&mut client).unwrap().outcome, Outcome::Applied);
    assert_eq!(two.dump(), before);
    assert_eq!(
        Sqlite::column(&mut client, "SELECT revision FROM main.migrate_revision"),
        ["d1"]
    );
}

#[test]
fn the_search_path_chooses_the_schema() {
    let shop = shop().load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    shop.run(&mut client).unwrap();
    // A record elsewhere on the path is asked about, and none is begun beside it.
    Postgres::execute(
        &mut client,
        "CREATE SCHEMA app; SET search_path = app, public",
    );
    let error = shop.run(&mut client).unwrap_err();
    expect_test::expect![[r#"
        the record is kept in the schema `public`, and the current schema is `app`
          = note: the search_path is `app, public`, and a record is made in the first schema of it that is there
          = help: to go on with the record in `public`: `.schema("public")`, or `schema = "public"` in migrate.toml
          = help: to keep another record in `app`: `.schema("app")`"#]]
    .assert_eq(&format!("{error:#}"));
    let mut beside = migrate_runtime::Migrator::new(&shop).schema("app");
    assert_eq!(beside.run(&mut client).unwrap().outcome, Outcome::Applied);
    assert_eq!(shop.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    let path = Postgres::column(&mut client, "SHOW search_path");
    assert_eq!(path, ["app, public"]);
    let found = "SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
         WHERE relname IN ('migrate_revision', 'author') ORDER BY 1";
    assert_eq!(
        Postgres::column(&mut client, found),
        ["app", "app", "public", "public"]
    );
    // A schema that the path doesn't reach has a record of its own.
    Postgres::execute(&mut client, "CREATE SCHEMA third; SET search_path = third");
    assert_eq!(shop.run(&mut client).unwrap().steps.len(), 4);
}

#[test]
fn a_search_path_without_a_schema_is_an_error_at_once() {
    let shop = shop().load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, "SET search_path = nowhere");
    let since = std::time::Instant::now();
    let error = shop.run(&mut client).unwrap_err();
    assert!(since.elapsed().as_secs() < 5);
    expect_test::expect![[r#"
        there is no schema to keep the record in: the search_path names none that exists
          = help: create one, or name it with `.schema("app")`
    "#]]
    .assert_shared(&told(&error));
    Postgres::execute(&mut client, "BEGIN; COMMIT");
}

/// What a script, a function or code may leave changed.
fn leaks() -> Vec<(&'static str, Versions)> {
    let then = |versions: Versions| {
        versions.sql(
            "z1",
            "a1",
            "CREATE TABLE app.after_it (x INTEGER); CREATE TABLE lands (x INTEGER);",
            "",
        )
    };
    let sql = |script: &str| then(Versions::new().sql("a1", "", script, ""));
    vec![
        (
            "pg_dump",
            sql(
                "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE app.t (x integer);",
            ),
        ),
        ("set", sql("SET search_path = pg_catalog;")),
        ("role", sql("SET ROLE pg_monitor;")),
        (
            "authorization",
            sql("SET SESSION AUTHORIZATION pg_monitor;"),
        ),
        ("reset", sql("RESET ALL;")),
        ("function", sql("SELECT app.leak();")),
        (
            "trigger",
            Versions::new()
                .sql("a1", "", "CREATE TABLE lands (x INTEGER);", "")
                .sql("z1", "a1", "INSERT INTO app.leaky VALUES (1);", ""),
        ),
        (
            "code",
            then(Versions::new().code(
                "a1",
                "",
                Function::Sync(|db| {
                    db.execute_batch("SET search_path = pg_catalog; SET ROLE pg_monitor")
                }),
            )),
        ),
        (
            "code's failure",
            then(Versions::new().code(
                "a1",
                "",
                Function::Sync(|db| {
                    db.execute_batch("SET search_path = pg_catalog; SET ROLE pg_monitor")?;
                    Err("after that".into())
                }),
            )),
        ),
        (
            "failure",
            sql("SET search_path = pg_catalog; SET ROLE pg_monitor; SELECT 1 / 0;"),
        ),
    ]
}

#[test]
fn what_a_script_changed_of_the_session_is_put_back() {
    let database = Postgres::new();
    let owner = format!("owner_{}", database.name());
    let mut admin = database.connect();
    Postgres::execute(&mut admin, &format!("CREATE ROLE {owner} SUPERUSER"));
    for (way, versions) in leaks() {
        for observed in [false, true] {
            let migrations = versions.clone().load::<Postgres>();
            Postgres::execute(
                &mut admin,
                "DROP SCHEMA IF EXISTS app, \"o dd\" CASCADE; CREATE SCHEMA app; CREATE SCHEMA \"o dd\"; \
                 CREATE FUNCTION app.leak() RETURNS void LANGUAGE sql AS 'SELECT set_config(''search_path'', ''pg_catalog'', false)'; \
                 CREATE TABLE app.leaky (x INTEGER); \
                 CREATE FUNCTION app.leak_too() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM app.leak(); RETURN NEW; END'; \
                 CREATE TRIGGER leak BEFORE INSERT ON app.leaky FOR EACH ROW EXECUTE FUNCTION app.leak_too()",
            );
            let mut client = database.connect();
            Postgres::execute(
                &mut client,
                &format!(
                    "SET search_path = \"o dd\", app; SET SESSION AUTHORIZATION {owner}; SET ROLE {owner}"
                ),
            );
            let state = "SELECT current_user, session_user, current_setting('role'), current_setting('search_path')";
            let before = Postgres::rows(&mut client, state);
            let mut migrator = Migrator::new(&migrations);
            if observed {
                migrator = migrator.on_event(|_| {});
            }
            let done = migrator.run(&mut client);
            drop(migrator);
            let case = format!("{way}, observed: {observed}");
            assert_eq!(Postgres::rows(&mut client, state), before, "{case}");
            if way.contains("failure") {
                done.unwrap_err();
                continue;
            }
            let report = done.unwrap_or_else(|error| panic!("{case}: {error:#}"));
            assert_eq!(report.steps.len(), 2, "{case}");
            let found = "SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'lands'";
            assert_eq!(Postgres::column(&mut client, found), ["o dd"], "{case}");
            let report = migrations.run(&mut client).unwrap();
            assert_eq!(report.outcome, Outcome::UpToDate, "{case}");
        }
    }
    Postgres::execute(
        &mut admin,
        &format!("DROP OWNED BY {owner} CASCADE; DROP ROLE {owner}"),
    );
}

#[test]
fn a_temporary_table_of_postgres_does_not_answer() {
    let shop = shop().load::<Postgres>();
    let database = Postgres::new();
    shop.run(&mut database.connect()).unwrap();
    let before = database.dump();
    let mut client = database.connect();
    Postgres::execute(
        &mut client,
        "CREATE TEMP TABLE migrate_revision AS SELECT chain, 'a1' AS revision, fingerprint FROM migrate_revision",
    );
    let report = shop.run(&mut client).unwrap();
    assert_eq!(
        (report.outcome, report.to),
        (Outcome::UpToDate, ids(&["d1"]))
    );
    drop(client);
    assert_eq!(database.dump(), before);
}

#[test]
fn limits_for_scripts_end_with_the_transaction() {
    let migrations: Migrations = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;",
            "",
        )
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    Migrator::new(&migrations)
        .lock_timeout(std::time::Duration::from_millis(1500))
        .statement_timeout(std::time::Duration::from_secs(7))
        .run(&mut client)
        .unwrap();
    let seen = Postgres::rows(&mut client, "SELECT l, s FROM seen");
    assert_eq!(seen, [["1500ms", "7s"]]);
    let now = Postgres::rows(
        &mut client,
        "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), \
         current_setting('client_connection_check_interval'), current_setting('idle_in_transaction_session_timeout')",
    );
    assert_eq!(now, [["0", "0", "0", "0"]]);
}

/// A role's limit for transactions of an app is none for a migration, which takes as long as it takes.
#[test]
fn a_transaction_timeout_of_the_role_ends_no_migration() {
    if !migrate_tests::Postgres::shared().has("transaction_timeout", 17) {
        return;
    }
    let database = Postgres::new();
    let mut config = database.config();
    config.options("-c transaction_timeout=300ms -c idle_in_transaction_session_timeout=300ms");
    let migrations = Versions::new()
        .sql("a1", "", "SELECT pg_sleep(0.6); CREATE TABLE t (a INTEGER);", "DROP TABLE t;")
        .with(
            "b1",
            "a1",
            "",
            "-- upgrade (no transaction)\nCREATE INDEX CONCURRENTLY i ON t (a);\nSELECT pg_sleep(0.1);\n\n-- downgrade\nDROP INDEX i;",
        )
        .load::<Postgres>();
    let mut client = config.connect(::postgres::NoTls).unwrap();
    let mut migrator = Migrator::new(&migrations).hook(|_, _| {
        std::thread::sleep(std::time::Duration::from_millis(400));
        Ok(())
    });
    assert_eq!(migrator.run(&mut client).unwrap().to, ["b1"]);
    migrator.downgrade(&mut client, "base").unwrap();
    let still = Postgres::column(&mut client, "SHOW transaction_timeout");
    assert_eq!(still, ["300ms"], "the app has it back");
}
