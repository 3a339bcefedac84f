//! `check` in CI: exit codes, chain.lock, annotations.

use expect_test::expect;

use crate::support::{Database, Project};

on_both![exit_codes_tell];

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
    project.check(&["check", "upgrade"], &expect![[r#"
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
        $ upgrade
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
