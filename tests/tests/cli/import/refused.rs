//! What isn't imported: nothing is written, and why is said.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::support::Postgres;

use super::imported;
use crate::support::{Engine, Project};

#[test]
fn a_folder_that_fits_two_tools_is_a_question() {
    let project = Project::empty()
        .file("old/20240101000000_a.up.sql", "CREATE TABLE t (a int);")
        .file("old/20240101000000_a.down.sql", "DROP TABLE t;");
    project.check(
        &[
            "import old",
            "import old --tool sqlxx",
            "import older",
            "import versions",
        ],
        &expect![[r#"
            $ import old
            ! error: old may be of sqlx or of golang-migrate
            !   = help: say which: `--tool sqlx` or `--tool golang-migrate`
            [2]
            $ import old --tool sqlxx
            ! error: `sqlxx` is no tool that is known here
            !   = help: did you mean `sqlx`?
            [2]
            $ import older
            ! error: there is no folder older
            !   = help: name the folder in which the other tool's migrations are
            [2]
            $ import versions
            ! error: there is no folder versions
            !   = help: name the folder in which the other tool's migrations are
            [2]
        "#]],
    );
}

#[test]
fn code_is_refused_by_name() {
    let cases: [(&str, &str, &str); 6] = [
        ("goose", "00002_b.go", "package migrations\n"),
        ("refinery", "V2__b.rs", "pub fn migration() -> String {}\n"),
        ("flyway", "V2__b.java", "class V2__b {}\n"),
        ("flyway", "R__view.sql", "CREATE VIEW v AS SELECT 1;\n"),
        ("flyway", "V2__b.sql", "INSERT INTO t VALUES (${value});\n"),
        ("diesel", "2024-01-02-000000_b/down.sql", "SELECT 1;\n"),
    ];
    for (tool, path, text) in cases {
        let first = match tool {
            "goose" => "old/00001_a.sql",
            "diesel" => "old/2024-01-01-000000_a/up.sql",
            _ => "old/V1__a.sql",
        };
        let project = Project::empty()
            .file(
                first,
                "-- +goose Up\nCREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
            )
            .file(&format!("old/{path}"), text);
        let (ran, document) = imported(&project, &format!("--tool {tool}"));
        assert_eq!(ran.exit, Exit::Failed, "{tool} {path}: {}", ran.err);
        let refused = document["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 1, "{tool} {path}");
        let file = refused[0]["file"].as_str().unwrap();
        assert!(format!("old/{path}").starts_with(file), "{file}");
        assert!(!project.path("versions").exists(), "{tool} {path}");
        assert!(ran.err.contains("nothing was written"), "{}", ran.err);
    }
}

#[test]
fn a_placeholder_is_filled() {
    let project = Project::empty()
        .file(
            "old/V1__a.sql",
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
        )
        .file("old/V1.1__b.sql", "INSERT INTO t VALUES (${value});\n");
    let (ran, document) = imported(&project, "--set value=7");
    assert_eq!(
        (ran.exit, document["tool"].as_str()),
        (Exit::Done, Some("flyway")),
        "{}",
        ran.err
    );
    assert_eq!(
        document["revisions"][1]["changes"][0],
        "`${value}` became `7`"
    );
}

#[test]
fn a_step_that_fails_is_named() {
    let project = Project::empty()
        .file(
            "old/1_a.sql",
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
        )
        .file("old/2_b.sql", "INSERT INTO u VALUES (1);\n");
    project.check(
        &["import old"],
        &expect![[r#"
            $ import old
            ! error: the upgrade of `2` fails on an empty database, with sqlx as in the chain: no such table: u
            !   = note: it comes from old/2_b.sql
            !   = note: nothing was written
            [1]
        "#]],
    );
    assert!(!project.path("versions").exists());
    let database = Postgres::new();
    let project = Project::empty()
        .file("old/1_a.sql", "SELECT a_function_of_later();\n")
        .on(&database);
    project.check(&["import old --tool sqlx"], &expect![[r#"
        $ import old --tool sqlx
        ! error: the upgrade of `1` fails on an empty database, with sqlx as in the chain: function a_function_of_later() does not exist
        !   = note: it comes from old/1_a.sql
        !   = note: nothing was written
        !   = help: where it needs another version of PostgreSQL than the scratch server is, or what the server lacks: name one that has it with `--url postgres://..`, whose role may create databases
        [1]
    "#]]);
}

#[test]
fn a_downgrade_that_is_broken_already_is_told_and_stops_nothing() {
    let project = Project::empty()
        .file(
            "old/1_a.up.sql",
            "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
        )
        .file("old/1_a.down.sql", "DROP TABLE nowhere;\n")
        .file("old/2_b.up.sql", "CREATE TABLE u (a BLOB);\n")
        .file("old/2_b.down.sql", "DROP TABLE u;\n");
    let (ran, document) = imported(&project, "--tool sqlx");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(document["proved"]["broken"][0]["revision"], "1");
    assert_eq!(document["proved"]["downgrades"], 1);
}

#[test]
fn revisions_of_ones_own_are_not_mixed_with() {
    let project = Project::linear().file(
        "old/1_a.sql",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n",
    );
    let before = project.versions();
    let ran = project.run("import old --dialect sqlite");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("--versions DIR"), "{}", ran.err);
    assert_eq!(project.versions(), before);
}
