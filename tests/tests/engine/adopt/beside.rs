//! The history of another tool where nothing of ours is recorded.

use migrate_runtime::{ErrorKind, Migrations, Migrator, Outcome, Startup};

use super::{imported, imported_with, old_tool, three};
use crate::support::{Engine, Sqlite, Versions, shop};

on_both!(
    every_known_history_is_respected,
    an_empty_one_is_none,
    a_name_that_tools_share_tells_by_its_columns,
    two_tools_at_once,
    what_is_recorded_decides,
    the_app_may_say_that_they_live_beside,
);

const TABLES: [&str; 11] = [
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "refinery_schema_history",
    "seaql_migrations",
    "goose_db_version",
    "schema_migrations",
    "flyway_schema_history",
    "atlas_schema_revisions",
    "_prisma_migrations",
    "alembic_version",
    "django_migrations",
];

fn refused<E: Engine>(chain: &Migrations, client: &mut E::Client, table: &str) -> String {
    let error = chain.run(client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Adoption, "{error:#}");
    let text = format!("{error:#}");
    assert!(text.contains(&format!("`{table}`")), "{text}");
    let mut check = Migrator::new(chain).startup(Startup::Check);
    assert_eq!(check.run(client).unwrap_err().kind(), ErrorKind::Adoption);
    let mut asks = Migrator::new(chain).ask(|_| panic!("nothing is to be agreed to"));
    assert_eq!(asks.run(client).unwrap_err().kind(), ErrorKind::Adoption);
    assert_eq!(
        chain.upgrade(client, "head").unwrap_err().kind(),
        ErrorKind::Adoption
    );
    assert!(E::try_execute(client, "SELECT 1 FROM migrate_revision").is_err());
    text
}

fn every_known_history_is_respected<E: Engine>() {
    let chain = shop().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    for table in TABLES {
        E::execute(
            &mut client,
            &format!("CREATE TABLE {table} (x INTEGER); INSERT INTO {table} VALUES (1)"),
        );
        let text = refused::<E>(&chain, &mut client, table);
        for advice in ["`cargo migrate import`", "`adopt`", "`stamp REV`", "beside"] {
            assert!(text.contains(advice), "{text}");
        }
        E::execute(&mut client, &format!("DROP TABLE {table}"));
    }
    chain.run(&mut client).unwrap();
}

fn an_empty_one_is_none<E: Engine>() {
    let chain = shop().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, "CREATE TABLE _sqlx_migrations (x INTEGER)");
    chain.run(&mut client).unwrap();
}

/// golang-migrate's `schema_migrations` has a column `dirty`, and those of dbmate, Rails and Ecto have none.
fn a_name_that_tools_share_tells_by_its_columns<E: Engine>() {
    const DBMATE: &str = "CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1')";
    const GOLANG: &str = "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL); INSERT INTO schema_migrations VALUES (1, FALSE)";
    for (table, tool) in [
        (GOLANG, "is the history of golang-migrate:"),
        (
            DBMATE,
            "is the history of dbmate, Rails, Ecto or another tool:",
        ),
    ] {
        let database = E::new();
        let mut client = database.connect();
        E::execute(&mut client, table);
        let text = refused::<E>(&shop().load::<E>(), &mut client, "schema_migrations");
        assert!(text.contains(tool), "{text}");
    }
    // What dbmate would read of golang-migrate's row is that one step, and nothing of those before it.
    let adopt = super::ADOPT
        .replace("-- adopt: mig", "-- adopt: dbmate")
        .replace("-- table: done", "-- table: schema_migrations");
    let (_, applied) = adopt.split_once("-- applied").unwrap();
    let adopt = adopt.replace(
        applied,
        "\nSELECT version, 'applied' FROM schema_migrations;\n-- record: nothing\n-- unrecord: nothing\n",
    );
    let chain = imported_with(&adopt).load::<E>();
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, GOLANG);
    let text = refused::<E>(&chain, &mut client, "schema_migrations");
    assert!(
        text.contains("dbmate and, by `schema_migrations`, golang-migrate have both"),
        "{text}"
    );
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, &format!("{DBMATE}; {}", super::STEPS[0]));
    let report = chain.adopt(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ["a1"]);
}

fn two_tools_at_once<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    E::execute(
        &mut client,
        "CREATE TABLE flyway_schema_history (x INTEGER); INSERT INTO flyway_schema_history VALUES (1)",
    );
    let chain = imported().load::<E>();
    let text = refused::<E>(&chain, &mut client, "flyway_schema_history");
    assert!(
        text.contains("mig and, by `flyway_schema_history`, Flyway have both migrated"),
        "{text}"
    );
    let error = chain.adopt(&mut client).unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.kind.name(), "two_tools");
    assert_eq!(refusal.keys, ["flyway_schema_history"]);
}

fn what_is_recorded_decides<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    let chain = shop().load::<E>();
    chain.upgrade(&mut client, "a1").unwrap();
    E::execute(
        &mut client,
        "CREATE TABLE alembic_version (x INTEGER); INSERT INTO alembic_version VALUES (1)",
    );
    assert_eq!(chain.run(&mut client).unwrap().outcome, Outcome::Applied);
    // Back at the base it would be in the way again.
    chain.downgrade(&mut client, "base").unwrap();
    assert_eq!(
        chain.run(&mut client).unwrap_err().kind(),
        ErrorKind::Adoption
    );
    chain.stamp(&mut client, &["a1"]).unwrap();
}

fn the_app_may_say_that_they_live_beside<E: Engine>() {
    let dir = tempfile::tempdir().unwrap();
    let text = "-- a\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE a (x INTEGER);\n-- downgrade: nothing\n";
    std::fs::write(dir.path().join("a1.sql"), text).unwrap();
    let mut options = migrate_runtime::Options::new("versions");
    options.dialects = vec![E::DIALECT];
    options.beside = vec!["django_migrations".to_owned()];
    let chain = Migrations::load(dir.path(), &options).unwrap();
    let database = E::new();
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE django_migrations (x INTEGER); INSERT INTO django_migrations VALUES (1)",
    );
    chain.run(&mut client).unwrap();
}

/// A count is no table; without tables it counts nothing of ours, and large numbers are none.
#[test]
fn a_count_in_user_version() {
    let chain = shop().load::<Sqlite>();
    for (prepare, is_refused) in [
        ("CREATE TABLE t (x); PRAGMA user_version = 3", true),
        ("PRAGMA user_version = 3", false),
        ("CREATE TABLE t (x); PRAGMA user_version = 20260101", false),
    ] {
        let database = Sqlite::new();
        let mut client = database.connect();
        client.execute_batch(prepare).unwrap();
        if is_refused {
            refused::<Sqlite>(&chain, &mut client, "user_version");
        } else {
            chain.run(&mut client).unwrap();
        }
    }
}

/// What the macro writes says it too.
#[test]
fn the_macro_says_it() {
    use migrate_runtime::embed_migrations;
    let _ = (Versions::new(), three(super::ADOPT));
    static BESIDE: Migrations = embed_migrations!(
        "ui/pass-adopt/versions",
        dialects = [sqlite, postgres],
        beside = ["_sqlx_migrations", "flyway_schema_history"]
    );
    let database = Sqlite::new();
    let mut client = database.connect();
    client
        .execute_batch("CREATE TABLE _sqlx_migrations (x); INSERT INTO _sqlx_migrations VALUES (1); CREATE TABLE done (version, name, sum); INSERT INTO done VALUES ('20220101', 'users', 'ab12'); CREATE TABLE users (id int)")
        .unwrap();
    let report = BESIDE.run(&mut client).unwrap();
    assert_eq!(report.adopted.unwrap().revisions, ["a1"]);
}
