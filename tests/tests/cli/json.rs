//! `--json`: standard output is one document whatever happens, and the text goes to standard error.

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::{Database, Project};

on_both![every_refusal_is_a_document];

/// Command lines that come to nothing, on a project whose database is at the head.
const REFUSED: &[&str] = &[
    "upgrade zz",
    "upgrade +",
    "upgrade +9",
    "upgrade --nonsense",
    "upgrade 27c6:ae10",
    "downgrade 27c6 --sql",
    "downgrade",
    "downgrade zz",
    "stamp zz",
    "show zz",
    "history -r zz:",
    "merge heads -m x",
    "rebase 27c6 --onto ae10",
    "resolve --retry",
    "squash ae10",
    "revision",
    "revision -m x --head zz",
    "repair --environment",
    "nonsense",
    "check --nonsense",
    "current --env nowhere",
    "current --url nonsense",
    "current --config nowhere.toml",
    "history --versions nowhere",
];

fn every_refusal_is_a_document<D: Database>() {
    let database = D::new();
    for github in ["false", "true"] {
        let project = Project::linear()
            .on(&database)
            .variable("GITHUB_ACTIONS", github);
        project.ok(&["upgrade"]);
        for line in REFUSED {
            let ran = project.run(&format!("{line} --json"));
            assert_ne!(ran.exit, Exit::Done, "{line}");
            let document: serde_json::Value = serde_json::from_str(&ran.out)
                .unwrap_or_else(|error| panic!("{line}: {error}\n{}", ran.out));
            let error = &document["error"];
            assert_eq!(error["exit_code"], ran.exit.code(), "{line}\n{}", ran.out);
            let message = error["message"].as_str().unwrap();
            assert!(!message.is_empty(), "{line}\n{}", ran.out);
            assert!(ran.err.contains(message), "{line}\n{}{}", ran.out, ran.err);
        }
        for line in ["check", "history", "upgrade", "current", "lock", "heads"] {
            project.write("versions/x.sql", "nonsense");
            let ran = project.run(&format!("{line} --json"));
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&ran.out);
            assert!(parsed.is_ok(), "{line}\n{}", ran.out);
            let is_annotated = ran.err.contains("::error file=versions/x.sql");
            assert_eq!(is_annotated, github == "true", "{line}\n{}", ran.err);
        }
    }
}

#[test]
fn a_refusal_tells_everything() {
    let project = Project::linear().on_sqlite().file(
        "versions/d1.sql",
        "-- d\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade\nINSERT INTO nowhere VALUES (1);\n\n-- downgrade: nothing\n",
    );
    project.check(
        &["upgrade --json -q", "upgrade zz --json -q"],
        &expect![[r#"
            $ upgrade --json -q
            {
              "error": {
                "exit_code": 1,
                "message": "the upgrade of `d1` failed",
                "path": "versions/d1.sql",
                "line": 6,
                "column": 13,
                "causes": [
                  "no such table: nowhere"
                ],
                "notes": [
                  "its transaction was rolled back: the database is as it was before it"
                ],
                "help": [],
                "problems": []
              }
            }
            ! error: versions/d1.sql:6:13: the upgrade of `d1` failed
            ! no such table: nowhere
            !   --> versions/d1.sql:6:13
            !    |
            !  6 | INSERT INTO nowhere VALUES (1);
            !    |             ^^^^^^^
            !   = note: its transaction was rolled back: the database is as it was before it
            [1]
            $ upgrade zz --json -q
            {
              "error": {
                "exit_code": 1,
                "message": "there is no revision or branch label `zz`",
                "path": null,
                "line": null,
                "column": null,
                "causes": [],
                "notes": [],
                "help": [
                  "`history` lists the revisions"
                ],
                "problems": []
              }
            }
            ! error: there is no revision or branch label `zz`
            !   = help: `history` lists the revisions
            [1]
        "#]],
    );
    project.write("versions/x.sql", "-- x\n-- revision: x\n");
    project.check(
        &["heads --json"],
        &expect![[r#"
        $ heads --json
        {
          "error": {
            "exit_code": 1,
            "message": "1 problem in the versions directory",
            "path": null,
            "line": null,
            "column": null,
            "causes": [],
            "notes": [],
            "help": [],
            "problems": [
              {
                "message": "the header has no `down_revision`",
                "path": "versions/x.sql",
                "line": 1,
                "column": 1,
                "causes": [],
                "notes": [],
                "help": [
                  "the comment block at the top needs a line such as `-- down_revision: none`"
                ]
              }
            ]
          }
        }
        ! error: 1 problem in the versions directory
        !
        ! the header has no `down_revision`
        !   --> versions/x.sql:1:1
        !    |
        !  1 | -- x
        !    | ^^^^
        !   = help: the comment block at the top needs a line such as `-- down_revision: none`
        [1]
    "#]],
    );
}

#[test]
fn every_command_that_reports_has_a_document() {
    let project = Project::empty().variable("DATABASE_URL", "sqlite:app.db");
    for line in [
        "init",
        "revision -m one --rev-id a1",
        "lock",
        "check --files",
        "heads",
        "branches",
        "history",
        "show head",
        "upgrade head --sql",
        "upgrade --dry-run",
        "upgrade",
        "current",
        "check",
        "verify",
        "repair",
        "log",
        "stamp head",
        "downgrade base",
        "release v1",
    ] {
        let path = project
            .versions_if_any()
            .into_iter()
            .find(|name| name.contains("a1"));
        if let Some(path) = path {
            let text = project.read(&format!("versions/{path}"));
            let filled = text
                .replace("-- upgrade\n\n", "-- upgrade\nCREATE TABLE t (x);\n\n")
                .replace("-- downgrade\n\n", "-- downgrade\nDROP TABLE t;\n\n");
            project.write(&format!("versions/{path}"), &filled);
        }
        let ran = project.run(&format!("{line} --json"));
        assert_eq!(ran.exit, Exit::Done, "{line}\n{}{}", ran.out, ran.err);
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&ran.out);
        assert!(parsed.is_ok(), "{line}\n{}", ran.out);
    }
}
