//! What changes a database: `upgrade`, `downgrade`, `stamp`, `repair`, `resolve`.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::support::Postgres;

use crate::support::{Database, Engine, OURS, Project};

on_both![
    up_and_down,
    a_dry_run_changes_nothing,
    stamps,
    a_failure_names_the_line,
    branches_go_their_own_way,
    edits_are_found_and_accepted,
    json_reports,
    several_transactions,
    a_half_done_step_is_shown,
    an_edited_revision_is_done_again,
    an_edited_revision_goes_down_as_it_ran,
];

fn up_and_down<D: Database>() {
    let database = D::new();
    let empty = database.dump_without(OURS);
    let project = Project::merged().on(&database);
    project.check(
        &[
            "upgrade 1975",
            "upgrade",
            "upgrade",
            "downgrade cccc",
            "downgrade 27c6",
            "downgrade base",
            "downgrade base",
            "upgrade -q +1",
        ],
        &expect![[r#"
            $ upgrade 1975
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            $ upgrade
            ! Running upgrade 1975 -> 27c6, add phone
            ! Running upgrade 1975 -> b111, feature
            ! Running upgrade 27c6, b111 -> cccc, merge both
            $ upgrade
            ! nothing to do: the database is at cccc
            $ downgrade cccc
            ! nothing to do: the database is at cccc
            $ downgrade 27c6
            ! Running downgrade cccc -> 27c6, b111, merge both
            $ downgrade base
            ! Running downgrade b111 -> 1975, feature
            ! Running downgrade 27c6 -> 1975, add phone
            ! Running downgrade 1975 -> ae10, add email
            ! Running downgrade ae10 -> , create users
            $ downgrade base
            ! nothing to do: the database is at base
            $ upgrade -q +1
        "#]],
    );
    project.ok(&["downgrade base"]);
    assert_eq!(database.dump_without(OURS), empty);
}

fn a_dry_run_changes_nothing<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    project.ok(&["upgrade ae10"]);
    let before = database.dump_without(&[]);
    project.check(
        &[
            "upgrade --dry-run",
            "upgrade +1 --dry-run --exit-code",
            "upgrade ae10 --dry-run --exit-code",
            "downgrade base --dry-run",
            "stamp head --dry-run",
            "upgrade --exit-code",
        ],
        &expect![[r#"
            $ upgrade --dry-run
            upgrade ae10 -> 1975, add email
            upgrade 1975 -> 27c6, add phone
            upgrade 1975 -> b111, feature
            upgrade 27c6, b111 -> cccc, merge both
            $ upgrade +1 --dry-run --exit-code
            upgrade ae10 -> 1975, add email
            [3]
            $ upgrade ae10 --dry-run --exit-code
            ! nothing to do: the database is at ae10
            $ downgrade base --dry-run
            downgrade ae10 -> , create users
            $ stamp head --dry-run
            stamp_revision ae10 -> 1975
            stamp_revision 1975 -> 27c6
            stamp_revision 1975 -> b111
            stamp_revision 27c6, b111 -> cccc
            $ upgrade --exit-code
            ! error: the following required arguments were not provided:
            !   --dry-run
            !
            ! Usage: cargo migrate upgrade --dry-run --exit-code [TARGET]
            !
            ! For more information, try '--help'.
            [2]
        "#]],
    );
    assert_eq!(database.dump_without(&[]), before);
}

fn stamps<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    project.check(
        &[
            "stamp 1975",
            "current",
            "stamp 27c6 b111",
            "current",
            "stamp cccc",
            "stamp ae10 1975",
            "stamp -1",
            "stamp head base",
            "stamp base",
            "stamp --force base",
            "current",
            "stamp --purge head",
            "current",
            "stamp",
        ],
        &expect![[r#"
            $ stamp 1975
            ! Running stamp_revision  -> 1975
            ! next: `cargo migrate check --drift` tells whether the tables are what is recorded now
            $ current
            1975 (branchpoint)
            $ stamp 27c6 b111
            ! Running stamp_revision 1975 -> 27c6
            ! Running stamp_revision  -> b111
            ! next: `cargo migrate check --drift` tells whether the tables are what is recorded now
            $ current
            27c6
            b111
            $ stamp cccc
            ! Running stamp_revision 27c6, b111 -> cccc
            ! next: `cargo migrate check --drift` tells whether the tables are what is recorded now
            $ stamp ae10 1975
            ! error: `ae10` is below `1975`, which implies it
            !   = help: stamp the upper one alone
            [2]
            $ stamp -1
            ! error: `-1` is relative, and a stamp names what it records
            !   = help: name a revision, a branch label, head, heads or base
            [2]
            $ stamp head base
            ! error: `base` says that nothing is applied, so it is stamped alone
            [2]
            $ stamp base
            ! error: a stamp from cccc to base would move the record back
            !   = note: the next upgrade would run again what is recorded as applied now
            !   = note: `cccc` would no longer be recorded as applied
            !   = note: `b111` would no longer be recorded as applied
            !   = note: `27c6` would no longer be recorded as applied
            !   = note: `1975` would no longer be recorded as applied
            !   = note: `ae10` would no longer be recorded as applied
            !   = help: `downgrade` undoes revisions; `stamp --force`, or `Migrator::stamp_back(true)`, moves the record back once a person has looked
            [1]
            $ stamp --force base
            ! Running stamp_revision cccc ->
            ! next: `cargo migrate check --drift` tells whether the tables are what is recorded now
            $ current
            $ stamp --purge head
            ! Running stamp_revision  -> cccc
            ! next: `cargo migrate check --drift` tells whether the tables are what is recorded now
            $ current
            cccc (head) (mergepoint)
            $ stamp
            ! error: the following required arguments were not provided:
            !   <REV>...
            !
            ! Usage: cargo migrate stamp <REV>...
            !
            ! For more information, try '--help'.
            [2]
        "#]],
    );
}

fn a_failure_names_the_line<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database).file(
        "versions/d1.sql",
        "-- wrong\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade\nCREATE TABLE d1 (x integer);\nINSERT INTO missing VALUES (1);\n\n-- downgrade\nDROP TABLE d1;\n",
    );
    let ran = project.run("upgrade");
    assert_eq!(ran.exit, Exit::Failed);
    let text = ran.err.replace(
        "relation \"missing\" does not exist",
        "no such table: missing",
    );
    expect![[r#"
        Running upgrade  -> ae10, create users
        Running upgrade ae10 -> 1975, add email
        Running upgrade 1975 -> 27c6, add phone
        Running upgrade 27c6 -> d1, wrong
        error: versions/d1.sql:7:13: the upgrade of `d1` failed
        no such table: missing
          --> versions/d1.sql:7:13
           |
         7 | INSERT INTO missing VALUES (1);
           |             ^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]]
    .assert_eq(&text);
    assert_eq!(project.run("current").out, "");
}

fn branches_go_their_own_way<D: Database>() {
    let database = D::new();
    let project = Project::branched().on(&database);
    project.check(
        &[
            "upgrade",
            "upgrade feat@head",
            "current",
            "upgrade heads",
            "current",
            "downgrade -1",
            "downgrade feat@-1",
            "current",
            "upgrade heads",
            "downgrade feat@base",
            "current",
            "check",
        ],
        &expect![[r#"
            $ upgrade
            ! error: `head` is ambiguous: there are several heads, `27c6`, `b111`
            !   = help: name one, or a branch as in `feat@head`
            !   = help: `heads` means all of them
            !   = help: if they are to be one: `cargo migrate merge heads -m "merge"`, and build again
            [1]
            $ upgrade feat@head
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> b111, feature
            $ current
            b111 (head)
            $ upgrade heads
            ! Running upgrade 1975 -> 27c6, add phone
            $ current
            27c6 (head)
            b111 (head)
            $ downgrade -1
            ! error: `-1` is ambiguous: the database is at `27c6`, `b111`
            !   = help: name the revision, or a branch as in `feat@-1`
            [1]
            $ downgrade feat@-1
            ! Running downgrade b111 -> 1975, feature
            $ current
            27c6 (head)
            $ upgrade heads
            ! Running upgrade 1975 -> b111, feature
            $ downgrade feat@base
            ! note: other branches stand on what goes, and go with it: `27c6`
            ! Running downgrade b111 -> 1975, feature
            ! Running downgrade 27c6 -> 1975, add phone
            ! Running downgrade 1975 -> ae10, add email
            ! Running downgrade ae10 -> , create users
            $ current
            $ check
            ! error: 1 problem in the versions directory
            !
            ! the chain has 2 heads
            !   --> versions
            !   = help: `27c6` is versions/27c6.sql
            !   = help: `b111` is versions/b111.sql
            !   = help: `cargo migrate merge 27c6 b111 -m "merge"` joins them
            !   = help: or `cargo migrate rebase b111` puts it on top of the other, if it is not released
            !   = help: or allow them: `multiple_heads = true` in migrate.toml, and `embed_migrations!(.., multiple_heads)` in the app
            [1]
        "#]],
    );
}

fn edits_are_found_and_accepted<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&["upgrade", "verify"]);
    let text = project
        .read("versions/1975.sql")
        .replace("VALUES (1)", "VALUES (2)");
    project.write("versions/1975.sql", &text);
    project.check(
        &[
            "verify",
            "upgrade",
            "check",
            "current",
            "verify --json",
            "repair",
            "verify",
            "repair",
            "check",
            "log -n 1",
        ],
        &expect![[r#"
            $ verify
            1975 (versions/1975.sql) was edited after it was applied at TIME
            [3]
            $ upgrade
            ! error: revision `1975` (versions/1975.sql) was edited after it was applied at TIME
            !   = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
            !   = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
            !   = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
            [1]
            $ check
            ! error: revision `1975` (versions/1975.sql) was edited after it was applied at TIME
            !   = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
            !   = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
            !   = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
            [1]
            $ current
            27c6 (head)
            $ verify --json
            [
              {
                "revision": "1975",
                "path": "versions/1975.sql",
                "what": "content",
                "applied_at": "TIME"
              }
            ]
            [3]
            $ repair
            1975 (versions/1975.sql): its content is accepted as it is now
            $ verify
            ! every applied revision is as it was
            $ repair
            ! nothing to do: every applied revision is as it was
            $ check
            3 revisions: the files are right, and all is applied
            $ log -n 1
            TIME repair 27c6, add phone (MS)
        "#]],
    );
}

fn json_reports<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.check(
        &[
            "upgrade +1 --json -q",
            "upgrade ae10 --json",
            "upgrade 1975 --dry-run --json",
        ],
        &expect![[r#"
            $ upgrade +1 --json -q
            {
              "outcome": "applied",
              "from": [],
              "to": [
                "ae10"
              ],
              "steps": [
                {
                  "revision": "ae10",
                  "down_revision": [],
                  "direction": "upgrade",
                  "message": "create users",
                  "path": "versions/ae10.sql",
                  "stamp": false,
                  "breaking": null,
                  "transaction": 0,
                  "duration_ms": MS
                }
              ],
              "ahead": [],
              "notes": [],
              "waited_ms": null
            }
            $ upgrade ae10 --json
            {
              "outcome": "up_to_date",
              "from": [
                "ae10"
              ],
              "to": [
                "ae10"
              ],
              "steps": [],
              "ahead": [],
              "notes": [],
              "waited_ms": null
            }
            $ upgrade 1975 --dry-run --json
            {
              "from": [
                "ae10"
              ],
              "to": [
                "1975"
              ],
              "steps": [
                {
                  "revision": "1975",
                  "down_revision": [
                    "ae10"
                  ],
                  "direction": "upgrade",
                  "message": "add email",
                  "path": "versions/1975.sql",
                  "stamp": false,
                  "breaking": null,
                  "transaction": 0
                }
              ],
              "notes": []
            }
        "#]],
    );
}

fn several_transactions<D: Database>() {
    let database = D::new();
    let section = |word: &str, id: &str| {
        format!(
            "-- {word} (own transaction)\n{} TABLE {id}{};\n",
            if word == "upgrade" { "CREATE" } else { "DROP" },
            if word == "upgrade" {
                " (x integer)"
            } else {
                ""
            }
        )
    };
    let text = format!(
        "-- alone\n-- revision: d1\n-- down_revision: 27c6\n\n{}\n{}",
        section("upgrade", "d1"),
        section("downgrade", "d1")
    );
    let project = Project::linear()
        .on(&database)
        .file("versions/d1.sql", &text)
        .revision("e1", "d1", "after", "-- breaking: clients below 2.0 fail\n");
    project.check(
        &["upgrade --dry-run", "upgrade"],
        &expect![[r#"
        $ upgrade --dry-run
        upgrade  -> ae10, create users
        upgrade ae10 -> 1975, add email
        upgrade 1975 -> 27c6, add phone
        -- commit
        upgrade 27c6 -> d1, alone
        -- commit
        upgrade d1 -> e1, after (breaking: clients below 2.0 fail)
        $ upgrade
        ! Running upgrade  -> ae10, create users
        ! Running upgrade ae10 -> 1975, add email
        ! Running upgrade 1975 -> 27c6, add phone
        ! Running upgrade 27c6 -> d1, alone
        ! Running upgrade d1 -> e1, after
    "#]],
    );
}

/// Upgrade, look, edit, again: what the log kept takes the old text down.
fn an_edited_revision_is_done_again<D: Database>() {
    for edited in ["ae10", "1975", "27c6"] {
        let database = D::new();
        let project = Project::linear().on(&database);
        project.ok(&["upgrade"]);
        let path = format!("versions/{edited}.sql");
        let text = project
            .read(&path)
            .replace(&format!("t_{edited}"), "renamed");
        project.write(&path, &text);
        project.ok(&["redo", "check", "redo"]);
        let dump = database.dump_without(OURS);
        assert!(dump.contains("renamed"), "{dump}");
        assert!(!dump.contains(&format!("t_{edited}")), "{dump}");
        project.ok(&["downgrade base"]);
    }
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&["upgrade 1975"]);
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/1975.sql",
        &text.replace("VALUES (1)", "VALUES (2)"),
    );
    project.check(
        &["redo", "current", "redo", "redo --json -q"],
        &expect![[r#"
            $ redo
            ! Running downgrade 1975 -> ae10, add email
            ! Running upgrade ae10 -> 1975, add email
            $ current
            1975
            $ redo
            ! nothing to do: no applied revision was edited since
            $ redo --json -q
            {
              "edited": [],
              "down": null,
              "up": null
            }
        "#]],
    );
    project.ok(&["release v1"]);
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/1975.sql",
        &text.replace("VALUES (2)", "VALUES (3)"),
    );
    let before = database.dump_without(&[]);
    let ran = project.run("redo");
    assert_eq!(ran.exit, Exit::Failed);
    assert_eq!(database.dump_without(&[]), before, "{}", ran.err);
    // Of another branch of git, or lost.
    let other = Project::empty()
        .revision("ae10", "none", "create users", "")
        .on(&database);
    let ran = other.run("redo");
    assert_eq!(ran.exit, Exit::Done);
    assert!(
        ran.err
            .starts_with("note: `1975` is applied and not in this chain"),
        "{}",
        ran.err
    );
}

/// The log's script takes down what its file no longer says. What stays, or is sealed, must be as it was.
fn an_edited_revision_goes_down_as_it_ran<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database);
    project.ok(&["upgrade"]);
    let text = project.read("versions/1975.sql");
    project.write("versions/1975.sql", &text.replace("t_1975", "renamed"));
    project.check(
        &[
            "downgrade -1",
            "downgrade 1975",
            "downgrade base --dry-run",
            "downgrade ae10",
            "current",
            "upgrade",
        ],
        &expect![[r#"
            $ downgrade -1
            ! error: revision `1975` (versions/1975.sql) was edited after it was applied at TIME
            !   = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
            !   = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
            !   = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
            [1]
            $ downgrade 1975
            ! error: revision `1975` (versions/1975.sql) was edited after it was applied at TIME
            !   = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
            !   = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
            !   = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
            [1]
            $ downgrade base --dry-run
            ! error: revision `1975` (versions/1975.sql) was edited after it was applied at TIME
            !   = help: the database ran another text than the one compiled in: put it back, and make the change in a new revision
            !   = help: if a person has looked and the outcome is the same, `repair` accepts the edit of chain `main`
            !   = help: as long as no release has sealed it, `cargo migrate redo` takes it down and up again, as the file is now
            [1]
            $ downgrade ae10
            ! Running downgrade 27c6 -> 1975, add phone
            ! Running downgrade 1975 -> ae10, add email
            $ current
            ae10
            $ upgrade
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> 27c6, add phone
        "#]],
    );
    let dump = database.dump_without(OURS);
    assert!(
        dump.contains("renamed") && !dump.contains("t_1975"),
        "{dump}"
    );
    project.ok(&["lock"]);
    project.write("versions/1975.sql", &text.replace("t_1975", "again"));
    project.ok(&["downgrade base", "upgrade"]);
    assert!(database.dump_without(OURS).contains("again"));
    project.ok(&["release v1"]);
    project.write("versions/1975.sql", &text);
    let before = database.dump_without(&[]);
    let ran = project.run("downgrade base");
    assert_eq!(ran.exit, Exit::Failed);
    assert_eq!(database.dump_without(&[]), before, "{}", ran.err);
}

/// Every command that looks at a database tells of a step that was begun and not finished.
fn a_half_done_step_is_shown<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database).file(
        "versions/d1.sql",
        "-- half\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade (no transaction)\n\
         CREATE TABLE half (x integer);\nINSERT INTO nowhere VALUES (1);\n\n-- downgrade: nothing\n",
    );
    assert_eq!(project.run("upgrade").exit, Exit::Failed);
    project.check(
        &[
            "current",
            "current --json -q",
            "history -i",
            "log -n 1",
            "verify",
            "check",
            "check --json -q",
            "stamp head",
        ],
        &expect![[r#"
            $ current
            27c6
            ! note: the upgrade of `d1` is under way or was interrupted: 1 of 2 statements are done
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            $ current --json -q
            {
              "current": [
                {
                  "revision": "27c6",
                  "down_revision": [
                    "1975"
                  ],
                  "depends_on": [],
                  "branch_labels": [],
                  "message": "add phone",
                  "path": "versions/27c6.sql",
                  "created": null,
                  "version": null,
                  "breaking": null,
                  "replaces": [],
                  "children": [
                    "d1"
                  ],
                  "is_head": false,
                  "is_branchpoint": false,
                  "is_mergepoint": false,
                  "is_current": true,
                  "is_applied": true
                }
              ],
              "unknown": [],
              "is_at_head": false,
              "in_progress": {
                "revision": "d1",
                "direction": "upgrade",
                "started": 1,
                "done": 1,
                "total": 2
              },
              "environment": null
            }
            $ history -i
            27c6 -> d1 (head), half
            1975 -> 27c6 (current), add phone
            ae10 -> 1975, add email
            <base> -> ae10, create users
            ! note: the upgrade of `d1` is under way or was interrupted: 1 of 2 statements are done
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            $ log -n 1
            TIME upgrade 27c6, add phone (MS)
            ! note: the upgrade of `d1` is under way or was interrupted: 1 of 2 statements are done
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            $ verify
            ! note: the upgrade of `d1` is under way or was interrupted: 1 of 2 statements are done
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            ! every applied revision is as it was
            $ check
            ! note: the upgrade of `d1` is under way or was interrupted: 1 of 2 statements are done
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            ! error: the upgrade of `d1` is under way or was interrupted, after 1 of 2 statements
            !   = help: a start that applies goes on with the step, or asks what became of it
            [5]
            $ check --json -q
            {
              "ok": false,
              "problems": [
                {
                  "message": "the upgrade of `d1` is under way or was interrupted, after 1 of 2 statements",
                  "path": null,
                  "line": null,
                  "column": null,
                  "causes": [],
                  "notes": [],
                  "help": [
                    "a start that applies goes on with the step, or asks what became of it"
                  ]
                }
              ],
              "pending": [],
              "in_progress": {
                "revision": "d1",
                "direction": "upgrade",
                "started": 1,
                "done": 1,
                "total": 2
              }
            }
            ! error: the upgrade of `d1` is under way or was interrupted, after 1 of 2 statements
            !   = help: a start that applies goes on with the step, or asks what became of it
            [5]
            $ stamp head
            ! error: the upgrade of `d1` is under way or was interrupted, after 1 of 2 statements
            !   = note: a stamp doesn't go on with that step, and would leave what it has done unrecorded
            !   = help: a start goes on with it, and so does a command whose plan has that step; otherwise look at the database, then `resolve --applied` (the step is done) or `--rolled-back` (what it did is undone)
            [5]
        "#]],
    );
    for line in [
        "downgrade -1",
        "upgrade 1975",
        "stamp 27c6",
        "current --check-heads",
    ] {
        let ran = project.run(line);
        assert_ne!(ran.exit, Exit::Done, "{line}\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn an_interrupted_step_is_resolved() {
    let database = <Postgres as Engine>::new();
    let project = Project::linear().on(&database).file(
        "versions/d1.sql",
        "-- index\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade (sqlite): nothing\n-- upgrade (postgres, no transaction)\n\
         CREATE UNIQUE INDEX CONCURRENTLY d1 ON t_ae10 (x);\n\n-- downgrade: nothing\n",
    );
    project.ok(&["upgrade 27c6"]);
    database.run("INSERT INTO t_ae10 VALUES (1)");
    let ran = project.run("upgrade");
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.err);
    // As if the connection had broken while the statement ran.
    database.run("DELETE FROM t_ae10; DROP INDEX d1; UPDATE migrate_in_progress SET started = 1");
    project.check(
        &[
            "current",
            "upgrade",
            "resolve",
            "resolve --applied --retry",
            "resolve --retry",
            "upgrade",
            "check",
            "resolve --applied",
        ],
        &expect![[r#"
            $ current
            27c6
            ! note: the upgrade of `d1` is under way or was interrupted: 0 of 1 statements are done, and whether statement 1 took effect is not known
            ! help: `cargo migrate upgrade` goes on with it, `cargo migrate resolve --help` tells what else can be done
            $ upgrade
            ! error: versions/d1.sql:7:1: the upgrade of `d1` was interrupted at statement 1 of 1, and whether that took effect is not known
            !   --> versions/d1.sql:7:1
            !    |
            !  7 | CREATE UNIQUE INDEX CONCURRENTLY d1 ON t_ae10 (x);
            !    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            !   = note: no statement before it was done
            !   = note: the index "d1" is not there: it did not take effect, or was rolled back
            !   = help: look at the database, then `resolve --applied` (the step is done), `--retry` (go on at this statement) or `--rolled-back` (what it did is undone)
            [5]
            $ resolve
            ! error: the following required arguments were not provided:
            !   <--applied|--retry|--rolled-back>
            !
            ! Usage: cargo migrate resolve <--applied|--retry|--rolled-back>
            !
            ! For more information, try '--help'.
            [2]
            $ resolve --applied --retry
            ! error: the argument '--applied' cannot be used with '--retry'
            !
            ! Usage: cargo migrate resolve <--applied|--retry|--rolled-back>
            !
            ! For more information, try '--help'.
            [2]
            $ resolve --retry
            ! Running upgrade 27c6 -> d1, index
            $ upgrade
            ! nothing to do: the database is at d1
            $ check
            4 revisions: the files are right, and all is applied
            $ resolve --applied
            ! error: no step was interrupted: there is nothing to resolve
            [2]
        "#]],
    );
}
