//! The tree in an app of its own: an embedded chain, the app's connection, inside an async runtime.

use expect_test::expect;
use migrate_cli::{App, Exit};
use migrate_runtime::Migrations;
use migrate_tests::sqlite;

use crate::support::{Project, run};

/// A chain as an app would embed it.
fn embedded() -> Migrations {
    let project = Project::linear();
    let mut options = migrate_runtime::Options::new("versions");
    options.dialects = migrate_runtime::Dialect::ALL.to_vec();
    Migrations::load(project.path("versions"), &options).unwrap()
}

#[test]
fn no_sources_are_needed() {
    let migrations = embedded();
    let database = sqlite::Database::new();
    let folder = tempfile::tempdir().unwrap();
    let app = || {
        App::new(&migrations)
            .program("shop migrate")
            .url(database.url())
            .current_dir(folder.path())
            .variables([("X", "")])
    };
    for (line, exit) in [
        ("upgrade 1975", Exit::Done),
        ("history -i", Exit::Done),
        ("check", Exit::Pending),
        ("upgrade", Exit::Done),
        ("downgrade -1", Exit::Done),
        ("upgrade --sql", Exit::Done),
        ("log", Exit::Done),
        ("current --chain main", Exit::Done),
        ("current --chain other", Exit::Usage),
    ] {
        let ran = run(app(), line);
        assert_eq!(ran.exit, exit, "{line}: {}", ran.err);
    }
    let ran = run(app(), "revision -m more");
    expect![[r#"
        error: there is no directory versions
          = help: this command writes revision files: start it in the crate's folder, or name theirs with `--versions`
    "#]].assert_eq(&ran.err);
    let ran = run(app(), "--help");
    assert!(ran.out.contains("Usage: shop migrate"), "{}", ran.out);
}

#[test]
fn the_apps_own_connection_serves() {
    let migrations = embedded();
    let database = sqlite::Database::new();
    let app = App::new(&migrations)
        .connection(database.connect())
        .table_prefix("shop")
        .variables([("X", "")]);
    let ran = run(app, "upgrade");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(sqlite::dump(&database.connect()).contains("shop_revision"));
}

#[test]
fn an_async_runtime_around_it_does_no_harm() {
    let migrations = embedded();
    let database = migrate_tests::Postgres::shared().database();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = App::new(&migrations)
            .url(database.url())
            .variables([("X", "")]);
        let ran = run(app, "upgrade");
        assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
        let app = App::new(&migrations)
            .url(database.url())
            .variables([("X", "")]);
        assert_eq!(run(app, "current").out, "27c6 (head)\n");
    });
}

#[test]
fn files_of_a_crate_are_found_where_it_runs() {
    let migrations = embedded();
    let project = Project::linear();
    let elsewhere = tempfile::tempdir().unwrap();
    let manifest = project.dir().display().to_string();
    let app = || {
        App::new(&migrations)
            .current_dir(elsewhere.path())
            .variables([
                ("CARGO_MANIFEST_DIR", manifest.as_str()),
                ("SOURCE_DATE_EPOCH", "1795168931"),
            ])
    };
    let ran = run(app(), "revision -m more --rev-id d1");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(
        project.path("versions/d1.sql").exists()
            || project.versions().iter().any(|name| name.contains("d1"))
    );
}
