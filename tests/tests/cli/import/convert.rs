//! What becomes of a script.

use migrate_cli::Exit;
use migrate_tests::support::Postgres;

use super::{imported, revision};
use crate::support::{Database, Engine, Project};

/// A diesel history in which a step is made of both files.
fn diesel(steps: &[(&str, &str, &str)]) -> Project {
    let mut project = Project::empty();
    for (name, up, down) in steps {
        project = project.file(&format!("old/{name}/up.sql"), up);
        if !down.is_empty() {
            project = project.file(&format!("old/{name}/down.sql"), down);
        }
    }
    project
}

#[test]
fn text_stays_and_what_is_missing_is_said() {
    let up = "-- first\n\nCREATE TABLE t (a integer) ;  \n";
    let project = diesel(&[
        ("2024-01-01-000001_one", up, "DROP TABLE t;\n"),
        (
            "2024-01-02-000000_two",
            "INSERT INTO t VALUES (2);",
            "-- stays\n",
        ),
        ("2024-01-03-000000_three", "INSERT INTO t VALUES (1);", ""),
    ]);
    let (ran, document) = imported(&project, "--dialect sqlite");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let one = revision(&project, &document, "20240101000001");
    assert_eq!(
        one,
        format!(
            "-- one\n--\n-- revision: 20240101000001\n-- down_revision: none\n\
             -- created: 2024-01-01 00:00:01 UTC\n-- adopts: 20240101000001\n\n\
             -- upgrade\n{up}\n-- downgrade\nDROP TABLE t;\n"
        )
    );
    let two = revision(&project, &document, "20240102000000");
    assert!(
        two.contains("-- down_revision: 20240101000001\n")
            && two.ends_with("-- downgrade: nothing\n"),
        "{two}"
    );
    let three = revision(&project, &document, "20240103000000");
    assert!(
        three.ends_with("-- irreversible: diesel had no script for the way back\n"),
        "{three}"
    );
    let downgrades: Vec<_> = document["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["downgrade"].clone())
        .collect();
    assert_eq!(downgrades, ["script", "nothing", "irreversible"]);
    assert_eq!(document["proved"]["downgrades"], 2);
    // The chain runs, and the tool's own table isn't there.
    let database = project.on_sqlite();
    database.ok(&["upgrade", "check"]);
}

#[test]
fn what_a_transaction_cant_hold_leaves_it_alone() {
    let database = <Postgres as Engine>::new();
    let project = diesel(&[
        (
            "2024-01-01-000001_one",
            "CREATE TABLE t (a integer);",
            "DROP TABLE t;",
        ),
        (
            "2024-01-02-000000_two",
            "CREATE INDEX CONCURRENTLY i ON t (a);\n",
            "DROP INDEX i;\n",
        ),
    ])
    .file(
        "old/2024-01-02-000000_two/metadata.toml",
        "run_in_transaction = false\n",
    )
    .on(&database);
    let (ran, document) = imported(&project, "");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let two = revision(&project, &document, "20240102000000");
    assert!(
        two.contains("\n-- upgrade (no transaction)\n") && two.contains("\n-- downgrade\n"),
        "{two}"
    );
    assert_eq!(
        document["revisions"][1]["changes"][0],
        "the upgrade is marked `no transaction`"
    );
}

#[test]
fn numbers_are_no_text_and_an_enclosing_transaction_is_a_property() {
    let project = Project::empty()
        .file(
            "old/10_ten.up.sql",
            "BEGIN;\nALTER TABLE t ADD COLUMN b serial;\nCOMMIT;\n",
        )
        .file("old/10_ten.down.sql", "ALTER TABLE t DROP COLUMN b;\n")
        .file("old/9_nine.up.sql", "CREATE TABLE t (a jsonb);\n")
        .file("old/9_nine.down.sql", "DROP TABLE t;\n");
    let (ran, document) = imported(&project, "");
    assert_eq!(
        (ran.exit, document["tool"].as_str()),
        (Exit::Done, Some("golang-migrate")),
        "{}",
        ran.err
    );
    let ten = revision(&project, &document, "10");
    assert!(
        ten.contains("-- down_revision: 9\n")
            && ten.contains("-- upgrade (own transaction)\nALTER TABLE t ADD"),
        "{ten}"
    );
    assert_eq!(document["proved"]["steps"], 2);
}

#[test]
fn the_lines_of_a_tool_are_cut_and_statements_end() {
    let project = Project::empty().file(
        "old/00001_f.sql",
        "-- +goose Up\nCREATE TABLE t (a serial);\n-- +goose StatementBegin\n\
         CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$\n-- +goose StatementEnd\n\
         CREATE TABLE u (b int);\n\n-- +goose Down\nDROP TABLE u;\nDROP FUNCTION f;\nDROP TABLE t;\n",
    );
    let (ran, document) = imported(&project, "");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let one = revision(&project, &document, "1");
    assert!(
        !one.contains("+goose") && one.contains("END $$\n;\nCREATE TABLE u"),
        "{one}"
    );
    let changes = document["revisions"][0]["changes"].as_array().unwrap();
    assert!(
        changes
            .iter()
            .any(|change| change == "a `;` ends the statement above it"),
        "{changes:?}"
    );
}

#[test]
fn a_rebuild_on_sqlite_switches_foreign_keys_off() {
    let project = Project::empty()
        .file("old/1_a.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY);\nCREATE TABLE u (t REFERENCES t ON DELETE CASCADE);\n")
        .file(
            "old/2_b.sql",
            "PRAGMA foreign_keys = OFF;\nCREATE TABLE n (a INTEGER PRIMARY KEY, b);\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\nPRAGMA foreign_keys = ON;\n",
        );
    let (ran, document) = imported(&project, "");
    assert_eq!(
        (ran.exit, document["tool"].as_str()),
        (Exit::Done, Some("sqlx")),
        "{}",
        ran.err
    );
    let two = revision(&project, &document, "2");
    assert!(
        two.contains("-- upgrade (foreign keys off)\nCREATE TABLE n") && !two.contains("PRAGMA"),
        "{two}"
    );
}

/// References follow it with the tool, and stay where they are with `foreign keys off`.
#[test]
fn what_refers_to_a_table_that_is_renamed_away_follows_it() {
    let project = Project::empty()
        .file("old/1_a.sql", "CREATE TABLE t (a INTEGER PRIMARY KEY);\nCREATE TABLE u (t REFERENCES t);\n")
        .file(
            "old/2_b.sql",
            "ALTER TABLE t RENAME TO old_t;\nCREATE TABLE t (a INTEGER PRIMARY KEY, b);\nINSERT INTO t (a) SELECT a FROM old_t;\nDROP TABLE old_t;\n",
        );
    let (ran, document) = imported(&project, "");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let two = revision(&project, &document, "2");
    assert!(
        two.contains(
            "-- upgrade (foreign keys off)\nPRAGMA legacy_alter_table = OFF;\nALTER TABLE t"
        ),
        "{two}"
    );
    assert_eq!(document["proved"]["steps"], 2);
}

/// The moment at which a script ran is in what it made, and is another one on the other side.
#[test]
fn a_view_of_the_moment_it_was_made_in_is_equal() {
    let database = Postgres::new();
    let view =
        "CREATE VIEW v AS SELECT id, 'now'::timestamp - '1 month'::interval AS since FROM t;";
    let project = diesel(&[
        (
            "2024-01-01-000001_one",
            "CREATE TABLE t (id integer PRIMARY KEY, at timestamp DEFAULT 'now'::timestamp);",
            "DROP TABLE t;",
        ),
        ("2024-01-02-000000_two", view, "DROP VIEW v;"),
    ])
    .on(&database);
    let (ran, document) = imported(&project, "--dialect postgres");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(document["proved"]["steps"], 2);
    assert_eq!(document["proved"]["downgrades"], 2);
}

fn a_history_that_looks_at_its_own_table_finds_it<D: Database>() {
    let database = D::new();
    let project = diesel(&[
        (
            "2024-01-01-000001_one",
            "CREATE TABLE t (a integer);",
            "DROP TABLE t;",
        ),
        (
            "2024-01-02-000000_two",
            "CREATE VIEW v AS SELECT version FROM __diesel_schema_migrations;",
            "DROP VIEW v;",
        ),
    ])
    .on(&database);
    let (ran, document) = imported(&project, &format!("--dialect {}", D::DIALECT.name()));
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let one = revision(&project, &document, "20240101000001");
    assert!(
        one.contains("-- upgrade\nCREATE TABLE IF NOT EXISTS __diesel_schema_migrations"),
        "{one}"
    );
    project.ok(&["upgrade"]);
}

#[test]
fn files_with_other_line_endings_make_the_same_chain() {
    let lf = "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n";
    let texts = [lf.to_owned(), lf.replace('\n', "\r\n")].map(|text| {
        let project = Project::empty().file("old/20240101000000_a.sql", &text);
        let (ran, document) = imported(&project, "");
        assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
        revision(&project, &document, "20240101000000")
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn new_files_come_on_top_and_edited_ones_are_told() {
    let project = Project::empty().file(
        "old/1_a.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
    );
    imported(&project, "");
    project.write("old/2_b.sql", "CREATE TABLE u (a BLOB);\n");
    project.write(
        "old/1_a.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT); -- the key\n",
    );
    let (ran, document) = imported(&project, "");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(document["revisions"].as_array().unwrap().len(), 1);
    assert_eq!(document["edited"][0]["file"], "old/1_a.sql");
    let two = revision(&project, &document, "2");
    assert!(two.contains("-- down_revision: 1\n"), "{two}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let project = Project::empty().file(
        "old/1_a.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
    );
    let ran = project.run("import old --dry-run");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(
        ran.out
            .ends_with("Would write 1 revision of sqlx to versions\n"),
        "{}",
        ran.out
    );
    assert!(!project.path("versions").exists());
}

fn a_baseline_is_the_schema_as_it_is<D: Database>() {
    let database = D::new();
    let project = diesel(&[
        (
            "2024-01-01-000001_one",
            "CREATE TABLE t (a integer PRIMARY KEY);\nINSERT INTO t VALUES (7);",
            "",
        ),
        (
            "2024-01-02-000000_two",
            "ALTER TABLE t ADD COLUMN b text;\nCREATE VIEW v AS SELECT b FROM t;",
            "",
        ),
    ])
    .on(&database);
    let (ran, document) = imported(
        &project,
        &format!("--baseline --data t --dialect {}", D::DIALECT.name()),
    );
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(document["revisions"].as_array().unwrap().len(), 1);
    let one = revision(&project, &document, "20240102000000");
    assert!(
        one.contains("-- adopts: 20240101000001, 20240102000000\n"),
        "{one}"
    );
    assert!(
        one.contains("INSERT INTO") && !one.contains("ADD COLUMN"),
        "{one}"
    );
    project.ok(&["upgrade"]);
    database.run("INSERT INTO t VALUES (8, 'x')");
    assert!(database.dump_without(crate::support::OURS).contains('7'));
}

on_both!(
    a_history_that_looks_at_its_own_table_finds_it,
    a_baseline_is_the_schema_as_it_is
);
