//! `check` in CI: exit codes, chain.lock, annotations.

use expect_test::expect;

use crate::support::{Database, Project};

on_both![
    exit_codes_tell,
    drift_needs_no_models,
    what_is_not_of_this_chain_is_not_all_applied,
];

fn exit_codes_tell<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.check(
        &[
            "check",
            "check --files",
            "check --json",
            "upgrade -q",
            "check",
            "check --json",
            "current --check-heads",
        ],
        &expect![[r#"
            $ check
            pending: ae10, create users
            pending: 1975, add email
            pending: 27c6, add phone
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
            $ check --files
            3 revisions: the files are right
            $ check --json
            {
              "ok": false,
              "problems": [],
              "pending": [
                "ae10",
                "1975",
                "27c6"
              ],
              "findings": [],
              "revisions": [
                {
                  "revision": "ae10",
                  "down_revision": [],
                  "message": "create users",
                  "path": "versions/ae10.sql",
                  "breaking": null,
                  "older_programs": {
                    "go_on": true,
                    "reasons": []
                  },
                  "sections": [
                    {
                      "dialect": "sqlite",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_ae10 (x integer);\nINSERT INTO t_ae10 VALUES (1);",
                      "operations": [
                        "create table t_ae10"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "sqlite",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_ae10;",
                      "operations": null,
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_ae10 (x integer);\nINSERT INTO t_ae10 VALUES (1);",
                      "operations": [
                        "create table t_ae10"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_ae10;",
                      "operations": null,
                      "locks": []
                    }
                  ]
                },
                {
                  "revision": "1975",
                  "down_revision": [
                    "ae10"
                  ],
                  "message": "add email",
                  "path": "versions/1975.sql",
                  "breaking": null,
                  "older_programs": {
                    "go_on": true,
                    "reasons": []
                  },
                  "sections": [
                    {
                      "dialect": "sqlite",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_1975 (x integer);\nINSERT INTO t_1975 VALUES (1);",
                      "operations": [
                        "create table t_1975"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "sqlite",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_1975;",
                      "operations": null,
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_1975 (x integer);\nINSERT INTO t_1975 VALUES (1);",
                      "operations": [
                        "create table t_1975"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_1975;",
                      "operations": null,
                      "locks": []
                    }
                  ]
                },
                {
                  "revision": "27c6",
                  "down_revision": [
                    "1975"
                  ],
                  "message": "add phone",
                  "path": "versions/27c6.sql",
                  "breaking": null,
                  "older_programs": {
                    "go_on": true,
                    "reasons": []
                  },
                  "sections": [
                    {
                      "dialect": "sqlite",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_27c6 (x integer);\nINSERT INTO t_27c6 VALUES (1);",
                      "operations": [
                        "create table t_27c6"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "sqlite",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_27c6;",
                      "operations": null,
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "upgrade",
                      "transaction": true,
                      "sql": "CREATE TABLE t_27c6 (x integer);\nINSERT INTO t_27c6 VALUES (1);",
                      "operations": [
                        "create table t_27c6"
                      ],
                      "locks": []
                    },
                    {
                      "dialect": "postgres",
                      "direction": "downgrade",
                      "transaction": true,
                      "sql": "DROP TABLE t_27c6;",
                      "operations": null,
                      "locks": []
                    }
                  ]
                }
              ]
            }
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
            $ upgrade -q
            $ check
            3 revisions: the files are right, and all is applied
            $ check --json
            {
              "ok": true,
              "problems": [],
              "pending": []
            }
            $ current --check-heads
            27c6 (head)
        "#]],
    );
    let text = project
        .read("versions/27c6.sql")
        .replace("down_revision: 1975", "down_revision: 1976");
    project.write("versions/27c6.sql", &text);
    project.check(
        &["check", "check --json", "history"],
        &expect![[r#"
            $ check
            ! error: 1 problem in the versions directory
            !
            ! unknown down_revision `1976`
            !   --> versions/27c6.sql:4:19
            !    |
            !  4 | -- down_revision: 1976
            !    |                   ^^^^
            !   = help: did you mean `1975`?
            [1]
            $ check --json
            {
              "ok": false,
              "problems": [
                {
                  "message": "unknown down_revision `1976`",
                  "path": "versions/27c6.sql",
                  "line": 4,
                  "column": 19,
                  "causes": [],
                  "notes": [],
                  "help": [
                    "did you mean `1975`?"
                  ]
                }
              ],
              "pending": []
            }
            ! error: 1 problem in the versions directory
            !
            ! unknown down_revision `1976`
            !   --> versions/27c6.sql:4:19
            !    |
            !  4 | -- down_revision: 1976
            !    |                   ^^^^
            !   = help: did you mean `1975`?
            [1]
            $ history
            ! error: 1 problem in the versions directory
            !
            ! unknown down_revision `1976`
            !   --> versions/27c6.sql:4:19
            !    |
            !  4 | -- down_revision: 1976
            !    |                   ^^^^
            !   = help: did you mean `1975`?
            [1]
        "#]],
    );
}

#[test]
fn annotations_stand_beside_the_file() {
    let project = Project::linear()
        .variable("GITHUB_ACTIONS", "true")
        .variable("DATABASE_URL", "sqlite:a.db")
        .file(
            "versions/x.sql",
            "-- x\n-- revision: x\n-- down_revision: 27c6\n\n-- upgrade\nBEGIN;\n\n-- downgrade\n",
        );
    project.check(&["check"], &expect![[r#"
        $ check
        ::error file=versions/x.sql,line=6,col=1::`BEGIN` would open a transaction inside of the migration's own%0Ahelp: remove it: a section runs in one transaction, unless it is marked `no transaction`
        ::error file=versions/x.sql,line=8,col=1::the downgrade section is blank%0Ahelp: write the script, or `-- downgrade: nothing` if it does nothing on purpose
        ! error: 2 problems in the versions directory
        !
        ! `BEGIN` would open a transaction inside of the migration's own
        !   --> versions/x.sql:6:1
        !    |
        !  6 | BEGIN;
        !    | ^^^^^
        !   = help: remove it: a section runs in one transaction, unless it is marked `no transaction`
        !
        ! the downgrade section is blank
        !   --> versions/x.sql:8:1
        !    |
        !  8 | -- downgrade
        !    | ^^^^^^^^^^^^
        !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
        [1]
    "#]]);
    let [check, upgrade] = ["check", "upgrade"].map(|line| project.run(line));
    assert_eq!((check.out, check.err), (upgrade.out, upgrade.err));
    assert_eq!(check.exit, upgrade.exit);
    project.write(
        "versions/x.sql",
        "-- x\n-- revision: x\n-- down_revision: 27c6\n\n-- upgrade\nSELECT * FROM nowhere;\n\n-- downgrade: nothing\n",
    );
    project.check(
        &["check", "upgrade -q"],
        &expect![[r#"
            $ check
            ::error file=versions/ae10.sql,line=1::ae10 is pending: create users
            pending: ae10, create users
            ::error file=versions/1975.sql,line=1::1975 is pending: add email
            pending: 1975, add email
            ::error file=versions/27c6.sql,line=1::27c6 is pending: add phone
            pending: 27c6, add phone
            ::error file=versions/x.sql,line=1::x is pending: x
            pending: x, x
            ::error file=versions/x.sql,line=6,col=15::[may-fail/fails] fails on an empty sqlite database: no such table: nowhere (sqlite)
            [may-fail/fails] fails on an empty sqlite database: no such table: nowhere
              --> versions/x.sql:6:15
               |
             6 | SELECT * FROM nowhere;
               |               ^^^^^^^
              = help: mend it; where it needs what a scratch server lacks, such as an extension, name a server that has it with `--url`

            ::error file=versions/x.sql,line=6,col=15::[may-fail/fails] fails on an empty postgres database: relation "nowhere" does not exist (postgres)
            [may-fail/fails] fails on an empty postgres database: relation "nowhere" does not exist
              --> versions/x.sql:6:15
               |
             6 | SELECT * FROM nowhere;
               |               ^^^^^^^
              = help: mend it; where it needs what a scratch server lacks, such as an extension, name a server that has it with `--url`

            ! note: there is no file DIR/a.db yet, so nothing is applied
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
            $ upgrade -q
            ::error file=versions/x.sql,line=6,col=15::the upgrade of `x` failed
            ! error: versions/x.sql:6:15: the upgrade of `x` failed
            ! no such table: nowhere
            !   --> versions/x.sql:6:15
            !    |
            !  6 | SELECT * FROM nowhere;
            !    |               ^^^^^^^
            !   = note: its transaction was rolled back: the database is as it was before it
            [1]
        "#]],
    );
}

#[test]
fn chain_lock_is_held_to() {
    let project = Project::linear();
    project.check(
        &["lock", "check"],
        &expect![[r#"
        $ lock
        Wrote versions/chain.lock
        $ check
        3 revisions: the files are right
    "#]],
    );
    let project = project.revision("d1", "27c6", "new", "");
    project.check(
        &[
            "check",
            "history",
            "lock",
            "check",
            "release v1.0",
            "check",
            "release v1.0",
            "release 'v 2'",
        ],
        &expect![[r#"
            $ check
            ! error: 1 problem in the versions directory
            !
            ! chain.lock is stale: `d1` (versions/d1.sql) is not in it
            !   --> versions/chain.lock
            !   = help: run `cargo migrate lock`, and commit the file
            [1]
            $ history
            27c6 -> d1 (head), new
            1975 -> 27c6, add phone
            ae10 -> 1975, add email
            <base> -> ae10, create users
            $ lock
            Wrote versions/chain.lock
            $ check
            4 revisions: the files are right
            $ release v1.0
            v1.0: sealed ae10, 1975, 27c6, d1
            $ check
            4 revisions: the files are right
            $ release v1.0
            v1.0: nothing was open
            $ release 'v 2'
            ! error: `v 2` can't name a release in chain.lock: it is one word, such as v1.2.0, and not `open`
            [2]
        "#]],
    );
    let sealed = project.read("versions/chain.lock");
    let text = project.read("versions/d1.sql");
    project.write(
        "versions/d1.sql",
        &text.replace("DROP TABLE t_d1", "DROP TABLE IF EXISTS t_d1"),
    );
    project.ok(&["check"]);
    project.write("versions/d1.sql", &text.replace("VALUES (1)", "VALUES (2)"));
    project.check(
        &["check", "lock", "release v1.1", "revision -m more --rev-id e1", "check"],
        &expect![[r#"
            $ check
            ! error: 1 problem in the versions directory
            !
            ! the upgrade of `d1` was edited after v1.0 sealed it
            !   --> versions/d1.sql
            !   = help: databases that ran it will not run it again: put it back, and write a new revision
            !   = help: the downgrade, the header and the section properties may change
            [1]
            $ lock
            ! error: the upgrade of `d1` was edited after v1.0 sealed it
            !   = note: chain.lock stays as it is
            !   = help: databases that ran it will not run it again: put it back, and write a new revision
            [1]
            $ release v1.1
            ! error: the upgrade of `d1` was edited after v1.0 sealed it
            !   = note: chain.lock stays as it is
            !   = help: databases that ran it will not run it again: put it back, and write a new revision
            [1]
            $ revision -m more --rev-id e1
            Generated versions/e1.sql
            $ check
            ! error: 3 problems in the versions directory
            !
            ! the upgrade of `d1` was edited after v1.0 sealed it
            !   --> versions/d1.sql
            !   = help: databases that ran it will not run it again: put it back, and write a new revision
            !   = help: the downgrade, the header and the section properties may change
            !
            ! the upgrade section is blank
            !   --> versions/e1.sql:7:1
            !    |
            !  7 | -- upgrade
            !    | ^^^^^^^^^^
            !   = help: write the script, or `-- upgrade: nothing` if it does nothing on purpose
            !
            ! the downgrade section is blank
            !   --> versions/e1.sql:10:1
            !     |
            !  10 | -- downgrade
            !     | ^^^^^^^^^^^^
            !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
            [1]
        "#]],
    );
    for line in sealed.lines() {
        assert!(project.read("versions/chain.lock").contains(line), "{line}");
    }
}

/// The chain is replayed on a scratch database; what it makes there is held against what is there.
fn drift_needs_no_models<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&["upgrade", "check --drift"]);
    database.run("CREATE TABLE by_hand (id int); DROP TABLE t_27c6");
    project.check(
        &[
            "check --drift",
            "check --drift --at 1975",
            "check --drift --at base",
            "check --drift --at +1",
            "check --drift --at nope",
            "check --drift --at head --json",
        ],
        &expect![[r#"
            $ check --drift
            drift, the database did by itself: create table by_hand
            drift, the database did by itself: drop table t_27c6
            3 revisions: the files are right, and all is applied
            [3]
            $ check --drift --at 1975
            drift, the database did by itself: create table by_hand
            [3]
            $ check --drift --at base
            drift, the database did by itself: create table by_hand
            drift, the database did by itself: create table t_1975
            drift, the database did by itself: create table t_ae10
            [3]
            $ check --drift --at +1
            ! error: `+1` depends on what is recorded; `--at` names a revision
            [2]
            $ check --drift --at nope
            ! error: there is no revision or branch label `nope`
            !   = help: `history` lists the revisions
            [1]
            $ check --drift --at head --json
            {
              "ok": false,
              "problems": [],
              "pending": [],
              "drift": [
                "create table by_hand",
                "drop table t_27c6"
              ]
            }
            [3]
        "#]],
    );
    // Nothing has to be recorded for it: a database that another tool made.
    let elsewhere = D::new();
    elsewhere.run("CREATE TABLE t_ae10 (id INTEGER)");
    let project = Project::linear().on(&elsewhere);
    project.check(
        &["check --drift --at ae10"],
        &expect![[r#"
            $ check --drift --at ae10
            drift, the database did by itself: add column t_ae10.id
            drift, the database did by itself: drop column t_ae10.x
            [3]
        "#]],
    );
}

fn what_is_not_of_this_chain_is_not_all_applied<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&["upgrade"]);
    std::fs::remove_file(project.path("versions/27c6.sql")).unwrap();
    project.check(
        &[
            "check",
            "check --drift",
            "verify",
            "current",
            "upgrade",
            "redo",
        ],
        &expect![[r#"
            $ check
            2 revisions: the files are right
            the database is ahead of this chain, at 27c6, and this chain can work with it
            $ check --drift
            ! error: `27c6` is recorded and not in this chain, so what it makes isn't known here
            !   = help: compare with the release that brought it; or `--at REV`, and what the chain makes up to there counts
            [1]
            $ verify
            ! every applied revision of this chain is as it was
            ! note: `27c6` is applied and not in this chain, so nothing tells what it should be
            $ current
            27c6, not in this chain
            $ upgrade
            ! nothing to do: the database is ahead of this chain, at 27c6
            $ redo
            ! note: `27c6` is applied and not in this chain: was its file removed, or is it another branch's?
            ! nothing to do: no applied revision was edited since
        "#]],
    );
}

#[test]
fn no_database_is_no_dialect() {
    let project = Project::empty().revision("ae10", "none", "create users", "");
    project.check(
        &[
            "upgrade",
            "check",
            "upgrade --sql",
            "history",
            "revision --autogenerate",
        ],
        &expect![[r#"
            $ upgrade
            ! error: no database is named
            !   = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
            !   = help: or set DATABASE_URL
            !   = help: or write a migrate.toml: `init` does
            !   = help: or say which one the revisions are for: `cargo migrate lock --dialect sqlite` keeps it in chain.lock
            [2]
            $ check
            ! error: no database is named
            !   = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
            !   = help: or set DATABASE_URL
            !   = help: or write a migrate.toml: `init` does
            !   = help: or say which one the revisions are for: `cargo migrate lock --dialect sqlite` keeps it in chain.lock
            [2]
            $ upgrade --sql
            ! error: no database is named
            !   = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
            !   = help: or set DATABASE_URL
            !   = help: or write a migrate.toml: `init` does
            !   = help: or say which one the revisions are for: `cargo migrate lock --dialect sqlite` keeps it in chain.lock
            [2]
            $ history
            <base> -> ae10 (head), create users
            $ revision --autogenerate
            ! error: models are part of the app, which this program is not
            !   = help: let the app's own command do it: `cargo run -- migrate revision --autogenerate -m MESSAGE`
            !   = help: the app mounts the commands with its models: `migrate_cli::App::new(&MIGRATIONS).models(&SCHEMA).exec(args)`
            [1]
        "#]],
    );
}

#[test]
fn a_first_file_that_was_deleted_has_a_help() {
    let project = Project::linear();
    std::fs::remove_file(project.path("versions/ae10.sql")).unwrap();
    project.check(
        &["history"],
        &expect![[r#"
            $ history
            ! error: 1 problem in the versions directory
            !
            ! unknown down_revision `ae10`
            !   --> versions/1975.sql:4:19
            !    |
            !  4 | -- down_revision: ae10
            !    |                   ^^^^
            !   = help: no file here has that id: put it back if it was deleted, or name another revision
            !   = help: a chain begins with `down_revision: none`
            [1]
        "#]],
    );
    let project = Project::linear();
    project.ok(&["lock"]);
    std::fs::remove_file(project.path("versions/ae10.sql")).unwrap();
    project.check(
        &["history"],
        &expect![[r#"
            $ history
            ! error: 1 problem in the versions directory
            !
            ! unknown down_revision `ae10`
            !   --> versions/1975.sql:4:19
            !    |
            !  4 | -- down_revision: ae10
            !    |                   ^^^^
            !   = help: chain.lock lists it: its file was deleted or is not checked out, so put it back
            [1]
        "#]],
    );
}

/// A release seals what was written, and chain.lock forgets nothing that one sealed.
#[test]
fn what_is_sealed_is_written_and_stays() {
    let project = Project::empty().on_sqlite();
    project.ok(&["init", "lock"]);
    project.check(&["release v1", "upgrade"], &expect![[r#"
        $ release v1
        ! error: there is no revision to seal
        !   = help: `cargo migrate revision -m "create users"` writes the first
        [1]
        $ upgrade
        ! nothing to do: the database is at base
        ! note: there is no revision yet; `cargo migrate revision -m "create users"` writes the first
    "#]]);
    project.ok(&["revision -m 'create users' --rev-id a1"]);
    project.check(
        &["release v1"],
        &expect![[r#"
        $ release v1
        ! error: 2 problems in the versions directory
        !
        ! the upgrade section is blank
        !   --> versions/2026-11-20-a1-create-users.sql:7:1
        !    |
        !  7 | -- upgrade
        !    | ^^^^^^^^^^
        !   = help: write the script, or `-- upgrade: nothing` if it does nothing on purpose
        !
        ! the downgrade section is blank
        !   --> versions/2026-11-20-a1-create-users.sql:10:1
        !     |
        !  10 | -- downgrade
        !     | ^^^^^^^^^^^^
        !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
        !   = note: nothing was sealed
        [1]
    "#]],
    );
    let path = "versions/2026-11-20-a1-create-users.sql";
    let text = project.read(path);
    let text = text.replace("-- upgrade", "-- upgrade: nothing");
    project.write(path, &text.replace("-- downgrade", "-- downgrade: nothing"));
    project.ok(&["release v1"]);
    std::fs::remove_file(project.path(path)).unwrap();
    let before = project.read("versions/chain.lock");
    project.check(
        &["lock"],
        &expect![[r#"
        $ lock
        ! error: `a1`, sealed by v1, is missing from the directory
        !   = note: chain.lock stays as it is
        !   = help: databases have it recorded: put the file back, or `cargo migrate squash` it
        !   = help: if no database ever had it, take its line out of chain.lock
        [1]
    "#]],
    );
    assert_eq!(project.read("versions/chain.lock"), before);
}

/// Where several heads are meant, what is pending has several ends.
#[test]
fn what_is_pending_is_applied_by_the_command_that_is_named() {
    let project = Project::branched().on_sqlite();
    let text = project.read("migrate.toml");
    project.write("migrate.toml", &format!("multiple_heads = true\n{text}"));
    project.check(
        &["check", "upgrade heads", "check"],
        &expect![[r#"
        $ check
        pending: ae10, create users
        pending: 1975, add email
        pending: 27c6, add phone
        pending: b111, feature
        ! help: `cargo migrate upgrade heads` applies what is pending
        [3]
        $ upgrade heads
        ! Running upgrade  -> ae10, create users
        ! Running upgrade ae10 -> 1975, add email
        ! Running upgrade 1975 -> 27c6, add phone
        ! Running upgrade 1975 -> b111, feature
        $ check
        4 revisions: the files are right, and all is applied
    "#]],
    );
}
