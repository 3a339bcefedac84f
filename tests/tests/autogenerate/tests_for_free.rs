//! `migration_tests!` and what it finds.

use migrate_runtime::{Dialect, Migrations, Options, embed_migrations};
use migrate_schema::testing;

use crate::releases::{FIRST, SECOND};

static MIGRATIONS: Migrations =
    embed_migrations!("tests/autogenerate/versions", dialects = [sqlite, postgres]);

mod passes {
    use super::{MIGRATIONS, SECOND};

    migrate_schema::migration_tests!(MIGRATIONS, SECOND);
}

/// A chain of scripts for SQLite: revision, what is before it, upgrade, downgrade.
fn chain(scripts: &[(&str, &str, &str, &str)]) -> (tempfile::TempDir, Migrations) {
    let dir = tempfile::tempdir().unwrap();
    for (id, down, upgrade, downgrade) in scripts {
        let text = format!(
            "-- {id}\n--\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade\n{upgrade};\n\n-- downgrade\n{downgrade};\n"
        );
        std::fs::write(dir.path().join(format!("{id}.sql")), text).unwrap();
    }
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    let migrations = Migrations::load(dir.path(), &options).unwrap();
    (dir, migrations)
}

fn failure(result: testing::Result) -> String {
    format!("{:#}", result.unwrap_err())
}

#[test]
fn a_downgrade_that_forgets_something_is_found() {
    let (_dir, migrations) = chain(&[(
        "a1",
        "none",
        "CREATE TABLE t (a int); CREATE TABLE u (b int)",
        "DROP TABLE t",
    )]);
    let told = failure(testing::downgrade_leaves_no_trace(&migrations));
    assert!(
        told.contains("versions/a1.sql: revision a1 on sqlite"),
        "{told}"
    );
    assert!(told.contains("table u already exists"), "{told}");
    let (_dir, migrations) = chain(&[(
        "a1",
        "none",
        "CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS u (b int)",
        "DROP TABLE t",
    )]);
    testing::stairway(&migrations).unwrap();
    let told = failure(testing::downgrade_leaves_no_trace(&migrations));
    assert!(told.contains("create table u"), "{told}");
}

#[test]
fn what_fails_on_rows_or_loses_them_is_found() {
    let base = (
        "a1",
        "none",
        "CREATE TABLE t (a int); CREATE TABLE u (id INTEGER PRIMARY KEY); \
         CREATE TABLE v (u int NOT NULL REFERENCES u (id))",
        "DROP TABLE v; DROP TABLE u; DROP TABLE t",
    );
    let with = |upgrade| chain(&[base, ("b1", "a1", upgrade, "SELECT 1")]);
    let (_dir, migrations) = with("ALTER TABLE t ADD COLUMN b int NOT NULL");
    testing::upgrade_from_base(&migrations).unwrap();
    let told = failure(testing::upgrade_with_data(&migrations));
    assert!(told.contains("revision b1 on sqlite"), "{told}");
    let (_dir, migrations) = with("DELETE FROM t");
    testing::upgrade_from_base(&migrations).unwrap();
    let told = failure(testing::upgrade_with_data(&migrations));
    assert!(told.contains("t held 1 rows before and 0 after"), "{told}");
    let (_dir, migrations) = with("UPDATE v SET u = 99");
    let told = failure(testing::upgrade_with_data(&migrations));
    assert!(told.contains("b1"), "{told}");
}

#[test]
fn models_that_ask_for_more_are_told() {
    let told = failure(testing::models_match(&MIGRATIONS, &FIRST));
    assert!(told.contains("models and chain differ"), "{told}");
    assert!(told.contains("--rename users.email=mail"), "{told}");
}

#[test]
fn files_that_the_program_was_not_built_from_are_told() {
    let elsewhere = tempfile::tempdir().unwrap();
    failure(testing::embedded_matches_disk(
        &MIGRATIONS,
        elsewhere.path().to_str().unwrap(),
    ));
}
