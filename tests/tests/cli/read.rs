//! What is listed: `history`, `heads`, `branches`, `show`, `current`, `log`.

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::{Database, Project};

#[test]
fn history_is_told_newest_first() {
    Project::merged().check(
        &[
            "history",
            "heads",
            "branches",
            "show cccc",
            "show b1",
            "history -r 1975:27c6 -v",
            "show base",
            "show zz",
        ],
        &expect![[r#"
            $ history
            27c6, b111 -> cccc (feat) (head) (mergepoint), merge both
            1975 -> b111 (feat), feature
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
            $ heads
            cccc (feat) (head)
            $ branches
            1975 (branchpoint)
                 -> 27c6
                 -> b111 (feat)

            $ show cccc
            Rev: cccc (head) (mergepoint)
            Merges: 27c6, b111
            Branch names: feat
            Path: versions/cccc.sql

                merge both

            $ show b1
            Rev: b111
            Parent: 1975
            Branch names: feat
            Path: versions/b111.sql

                feature

            $ history -r 1975:27c6 -v
            Rev: 27c6
            Parent: 1975
            Path: versions/27c6.sql

                add phone

            Rev: 1975 (branchpoint)
            Parent: ae10
            Branches into: 27c6, b111
            Path: versions/1975.sql

                add email

            $ show base
            ! error: `base` is before the first revision: there is nothing to show
            [1]
            $ show zz
            ! error: there is no revision or branch label `zz`
            !   = help: `history` lists the revisions
            [1]
        "#]],
    );
}

#[test]
fn several_heads_and_bases_are_listed() {
    Project::branched()
        .revision(
            "d001",
            "none",
            "another base",
            "-- depends_on: 27c6\n-- breaking: old clients fail\n",
        )
        .check(
            &[
                "heads",
                "heads --resolve-dependencies",
                "history",
                "branches -v",
            ],
            &expect![[r#"
                $ heads
                27c6 (effective head)
                b111 (feat) (head)
                d001 (head)
                $ heads --resolve-dependencies
                b111 (feat) (head)
                d001 (head)
                $ history
                <base> (27c6) -> d001 (head), another base
                1975 -> b111 (feat) (head), feature
                1975 -> 27c6 (effective head), add phone
                ae10 -> 1975 (branchpoint), add email
                <base> -> ae10, create users
                $ branches -v
                Rev: 1975 (branchpoint)
                Parent: ae10
                Branches into: 27c6, b111
                Path: versions/1975.sql

                    add email

                     -> 27c6 (effective head), add phone
                     -> b111 (feat) (head), feature

            "#]],
        );
}

on_both![
    what_is_applied_is_marked,
    the_log_tells_everything,
    nothing_is_made_by_reading
];

fn what_is_applied_is_marked<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    project.ok(&["upgrade 1975"]);
    project.check(
        &[
            "current",
            "current -v",
            "current --check-heads",
            "history -i",
            "history -r :current",
            "history -r current:27c6",
            "history -r -1:current",
            "show current",
            "upgrade",
            "current --check-heads",
        ],
        &expect![[r#"
            $ current
            1975 (branchpoint)
            $ current -v
            Current revision(s) for URL:
            Rev: 1975 (branchpoint) (current)
            Parent: ae10
            Branches into: 27c6, b111
            Path: versions/1975.sql

                add email

            $ current --check-heads
            1975 (branchpoint)
            ! note: the database is not at every head
            [3]
            $ history -i
            27c6, b111 -> cccc (feat) (head) (mergepoint), merge both
            1975 -> b111 (feat), feature
            1975 -> 27c6, add phone
            ae10 -> 1975 (current) (branchpoint), add email
            <base> -> ae10, create users
            $ history -r :current
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
            $ history -r current:27c6
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            $ history -r -1:current
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
            $ show current
            Rev: 1975 (branchpoint)
            Parent: ae10
            Branches into: 27c6, b111
            Path: versions/1975.sql

                add email

            $ upgrade
            ! Running upgrade 1975 -> 27c6, add phone
            ! Running upgrade 1975 -> b111, feature
            ! Running upgrade 27c6, b111 -> cccc, merge both
            $ current --check-heads
            cccc (head) (mergepoint)
        "#]],
    );
}

fn the_log_tells_everything<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&[
        "upgrade 1975",
        "downgrade -1",
        "stamp head",
        "stamp --force ae10",
    ]);
    project.check(
        &["log", "log -n 1"],
        &expect![[r#"
        $ log
        TIME upgrade ae10, create users (MS)
        TIME upgrade 1975, add email (MS)
        TIME downgrade 1975, add email (MS)
        TIME stamp 1975, add email (MS)
        TIME stamp 27c6, add phone (MS)
        TIME unstamp 27c6, add phone (MS)
        TIME unstamp 1975, add email (MS)
        $ log -n 1
        TIME unstamp 1975, add email (MS)
    "#]],
    );
    let rows: serde_json::Value = serde_json::from_str(&project.run("log --json").out).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 7);
    let keys: Vec<&str> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "act",
            "app_version",
            "applied_by",
            "breaking",
            "depends_on",
            "down_revision",
            "duration_ms",
            "message",
            "revision",
            "run_id",
            "started_at"
        ]
    );
}

fn nothing_is_made_by_reading<D: Database>() {
    let database = D::new();
    let before = database.dump_without(&[]);
    let project = Project::merged().on(&database);
    for line in [
        "current",
        "current -v",
        "history -i",
        "log",
        "verify",
        "upgrade --dry-run",
        "downgrade base",
        "current --json",
    ] {
        let ran = project.run(line);
        assert_eq!(ran.exit, Exit::Done, "{line}: {}", ran.err);
    }
    assert_eq!(project.run("check").exit, Exit::Pending);
    assert_eq!(database.dump_without(&[]), before);
}

#[test]
fn a_sqlite_file_is_not_made_by_reading() {
    let project = Project::linear().variable("DATABASE_URL", "sqlite:new.db");
    project.check(
        &["current", "check", "downgrade base", "upgrade +1 --dry-run"],
        &expect![[r#"
            $ current
            ! note: there is no file DIR/new.db yet, so nothing is applied
            $ check
            pending: ae10, create users
            pending: 1975, add email
            pending: 27c6, add phone
            ! note: there is no file DIR/new.db yet, so nothing is applied
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
            $ downgrade base
            ! note: there is no file DIR/new.db yet, so nothing is applied
            ! nothing to do: the database is at base
            $ upgrade +1 --dry-run
            upgrade  -> ae10, create users
            ! note: there is no file DIR/new.db yet, so nothing is applied
        "#]],
    );
    assert!(!project.path("new.db").exists());
}

#[test]
fn json_is_for_programs() {
    let project = Project::merged().variable("DATABASE_URL", "sqlite:a.db");
    project.ok(&["upgrade 1975"]);
    project.check(
        &[
            "history -r 1975:b111 -i --json",
            "heads --json",
            "current --json",
        ],
        &expect![[r#"
            $ history -r 1975:b111 -i --json
            [
              {
                "revision": "b111",
                "down_revision": [
                  "1975"
                ],
                "depends_on": [],
                "branch_labels": [
                  "feat"
                ],
                "message": "feature",
                "path": "versions/b111.sql",
                "created": null,
                "version": null,
                "breaking": null,
                "replaces": [],
                "children": [
                  "cccc"
                ],
                "is_head": false,
                "is_branchpoint": false,
                "is_mergepoint": false,
                "is_current": false,
                "is_applied": false
              },
              {
                "revision": "1975",
                "down_revision": [
                  "ae10"
                ],
                "depends_on": [],
                "branch_labels": [],
                "message": "add email",
                "path": "versions/1975.sql",
                "created": null,
                "version": null,
                "breaking": null,
                "replaces": [],
                "children": [
                  "27c6",
                  "b111"
                ],
                "is_head": false,
                "is_branchpoint": true,
                "is_mergepoint": false,
                "is_current": true,
                "is_applied": true
              }
            ]
            $ heads --json
            [
              {
                "revision": "cccc",
                "down_revision": [
                  "27c6",
                  "b111"
                ],
                "depends_on": [],
                "branch_labels": [
                  "feat"
                ],
                "message": "merge both",
                "path": "versions/cccc.sql",
                "created": null,
                "version": null,
                "breaking": null,
                "replaces": [],
                "children": [],
                "is_head": true,
                "is_branchpoint": false,
                "is_mergepoint": true
              }
            ]
            $ current --json
            {
              "current": [
                {
                  "revision": "1975",
                  "down_revision": [
                    "ae10"
                  ],
                  "depends_on": [],
                  "branch_labels": [],
                  "message": "add email",
                  "path": "versions/1975.sql",
                  "created": null,
                  "version": null,
                  "breaking": null,
                  "replaces": [],
                  "children": [
                    "27c6",
                    "b111"
                  ],
                  "is_head": false,
                  "is_branchpoint": true,
                  "is_mergepoint": false,
                  "is_current": true,
                  "is_applied": true
                }
              ],
              "unknown": [],
              "is_at_head": false,
              "in_progress": null,
              "environment": null
            }
        "#]],
    );
}
