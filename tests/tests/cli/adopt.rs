//! `adopt`, and what the other commands say of a database that another tool has migrated.

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::{Database, Project};

on_both![
    a_session,
    refusals_are_one_document,
    a_history_of_another_tool_is_not_built_upon,
    what_is_compared_leaves_the_tools_table_out,
    a_squash_takes_over_what_its_revisions_did,
];

const ADOPT: &str = "\
-- adopt: mig
-- table: done

-- applied
SELECT version, state FROM done ORDER BY version;

-- record
INSERT INTO done (version, state) VALUES (?1, 'applied');

-- unrecord
DELETE FROM done WHERE version = ?1;
";

const TABLE: &str = "CREATE TABLE done (version TEXT PRIMARY KEY, state TEXT NOT NULL);";

fn project() -> Project {
    Project::new()
        .file("versions/adopt.sql", ADOPT)
        .revision("ae10", "none", "create users", "-- adopts: 1\n")
        .revision("1975", "ae10", "add email", "-- adopts: 2\n")
        .revision("27c6", "1975", "add phone", "")
}

/// With all of their keys a database is taken over; with some of them it is neither before nor behind it.
fn a_squash_takes_over_what_its_revisions_did<D: Database>() {
    let project = project();
    project.ok(&["squash ae10:1975 --rev-id s1"]);
    let name = project
        .versions()
        .into_iter()
        .find(|name| name.contains("s1"));
    let text = project.read(&format!("versions/{}", name.unwrap()));
    assert!(
        text.contains("-- adopts: 1 \"create users\", 2 \"add email\"\n"),
        "{text}"
    );
    let part = migrated::<D>();
    let ran = project.run(&format!("upgrade --url {}", part.url()));
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    assert!(ran.err.contains("`2`"), "{}", ran.err);
    let all = migrated::<D>();
    all.run("INSERT INTO done VALUES ('2', 'applied'); CREATE TABLE t_1975 (x integer);");
    let ran = project.run(&format!("upgrade --url {}", all.url()));
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(all.value("SELECT count(*) FROM t_ae10"), "1");
    // Its own scripts would have put a row in.
    assert_eq!(all.value("SELECT count(*) FROM t_1975"), "0");
    assert_eq!(all.value("SELECT count(*) FROM t_27c6"), "1");
    // A new database tells the old tool of both.
    let new = D::new();
    new.run(TABLE);
    let ran = project.run(&format!("upgrade --url {}", new.url()));
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert_eq!(new.value("SELECT count(*) FROM done"), "2");
}

/// The old tool has run its first step.
fn migrated<D: Database>() -> D {
    let database = D::new();
    database.run(&format!(
        "{TABLE} INSERT INTO done VALUES ('1', 'applied'); CREATE TABLE t_ae10 (x integer); INSERT INTO t_ae10 VALUES (1);"
    ));
    database
}

fn a_session<D: Database>() {
    let database = migrated::<D>();
    let project = project().on(&database);
    project.check(
        &[
            "check",
            "adopt --dry-run --exit-code",
            "upgrade --dry-run",
            "adopt",
            "adopt",
            "adopt --dry-run --exit-code",
            "adopt --json",
            "upgrade",
            "check",
            "current",
        ],
        &expect![[r#"
            $ check
            to adopt: ae10, create users
            pending: 1975, add email
            pending: 27c6, add phone
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
            $ adopt --dry-run --exit-code
            adopt  -> ae10, create users
            [3]
            $ upgrade --dry-run
            adopt  -> ae10, create users
            upgrade ae10 -> 1975, add email
            upgrade 1975 -> 27c6, add phone
            $ adopt
            ! Running adopt  -> ae10, create users
            $ adopt
            ! nothing to do: the database is at ae10
            $ adopt --dry-run --exit-code
            ! nothing to do: the database is at ae10
            $ adopt --json
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
              "waited_ms": null,
              "adopted": {
                "from": "mig",
                "revisions": [],
                "heads": [
                  "ae10"
                ]
              }
            }
            $ upgrade
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> 27c6, add phone
            $ check
            3 revisions: the files are right, and all is applied
            $ current
            27c6 (head)
        "#]],
    );
    database.run("DELETE FROM done WHERE version = '2'");
    project.check(
        &["check", "upgrade"],
        &expect![[r#"
        $ check
        `1975` is recorded as applied, and mig doesn't have it
        3 revisions: the files are right, and all is applied
        [3]
        $ upgrade
        ! nothing to do: the database is at 27c6
    "#]],
    );
    let fresh = migrated::<D>();
    let project = self::project().on(&fresh);
    project.check(
        &["adopt --json --dry-run"],
        &expect![[r#"
        $ adopt --json --dry-run
        {
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
              "stamp": true,
              "adopts": [
                "1"
              ],
              "breaking": null,
              "transaction": 0
            }
          ],
          "notes": [],
          "adopted": {
            "from": "mig",
            "revisions": [
              "ae10"
            ],
            "heads": [
              "ae10"
            ]
          }
        }
    "#]],
    );
    let ran = project.run("adopt --json");
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        report["adopted"],
        serde_json::json!({"from": "mig", "revisions": ["ae10"], "heads": ["ae10"]})
    );
    assert_eq!(report["steps"][0]["adopts"], serde_json::json!(["1"]));
    assert_eq!(report["to"], serde_json::json!(["ae10"]));
}

fn refusals_are_one_document<D: Database>() {
    for (state, kind, exit) in [
        ("failed", "half_done", Exit::Interrupted),
        ("applied", "unknown", Exit::Failed),
    ] {
        let database = migrated::<D>();
        database.run(&format!("INSERT INTO done VALUES ('9', '{state}')"));
        let project = project().on(&database);
        for line in ["adopt --json", "upgrade --json", "adopt --dry-run --json"] {
            let ran = project.run(line);
            assert_eq!(ran.exit, exit, "{}", ran.err);
            let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
            let error = &document["error"];
            assert_eq!(error["kind"], kind);
            assert_eq!(error["from"], "mig");
            assert_eq!(error["keys"], serde_json::json!(["9"]));
            assert!(!error["help"].as_array().unwrap().is_empty());
            assert!(ran.err.contains("mig has"), "{}", ran.err);
        }
    }
    let project = Project::linear().on(&migrated::<D>());
    let ran = project.run("adopt");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("there is no adopt.sql"), "{}", ran.err);
}

fn a_history_of_another_tool_is_not_built_upon<D: Database>() {
    let database = D::new();
    database.run(
        "CREATE TABLE _sqlx_migrations (version BIGINT); INSERT INTO _sqlx_migrations VALUES (1);",
    );
    let project = Project::linear().on(&database);
    project.check(
        &["upgrade", "upgrade --dry-run", "check"],
        &expect![[r#"
            $ upgrade
            ! error: nothing is recorded here yet, and `_sqlx_migrations` is the history of sqlx: a start would run everything from the base on top of it
            !   = note: nothing was changed, here or there
            !   = help: `cargo migrate import` makes revisions of that tool's files, and with them a start, or `adopt`, takes the database over
            !   = help: `stamp REV` records what a person knows to be applied
            !   = help: if it belongs to another program, say so where the chain is embedded: `beside = ["_sqlx_migrations"]`, in the macro, in migrate.toml, or `.beside(&["_sqlx_migrations"])` of `Migrations::from_dir`
            [1]
            $ upgrade --dry-run
            ! error: nothing is recorded here yet, and `_sqlx_migrations` is the history of sqlx: a start would run everything from the base on top of it
            !   = note: nothing was changed, here or there
            !   = help: `cargo migrate import` makes revisions of that tool's files, and with them a start, or `adopt`, takes the database over
            !   = help: `stamp REV` records what a person knows to be applied
            !   = help: if it belongs to another program, say so where the chain is embedded: `beside = ["_sqlx_migrations"]`, in the macro, in migrate.toml, or `.beside(&["_sqlx_migrations"])` of `Migrations::from_dir`
            [1]
            $ check
            ! error: nothing is recorded here yet, and `_sqlx_migrations` is the history of sqlx: a start would run everything from the base on top of it
            !   = note: nothing was changed, here or there
            !   = help: `cargo migrate import` makes revisions of that tool's files, and with them a start, or `adopt`, takes the database over
            !   = help: `stamp REV` records what a person knows to be applied
            !   = help: if it belongs to another program, say so where the chain is embedded: `beside = ["_sqlx_migrations"]`, in the macro, in migrate.toml, or `.beside(&["_sqlx_migrations"])` of `Migrations::from_dir`
            [1]
        "#]],
    );
    project.write(
        "migrate.toml",
        "dialects = [\"sqlite\", \"postgres\"]\nbeside = [\"_sqlx_migrations\"]\n",
    );
    project.ok(&["upgrade"]);
    // A person who knows says so.
    let database = D::new();
    database.run(
        "CREATE TABLE _sqlx_migrations (version BIGINT); INSERT INTO _sqlx_migrations VALUES (1);",
    );
    let project = Project::linear().on(&database);
    project.ok(&["stamp head", "upgrade"]);
}

fn what_is_compared_leaves_the_tools_table_out<D: Database>() {
    let database = migrated::<D>();
    let project = project().on(&database);
    project.ok(&["upgrade", "check --drift", "check --drift --at head"]);
    database.run("CREATE TABLE stranger (x INTEGER)");
    let ran = project.run("check --drift");
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("stranger") && !ran.out.contains("done"),
        "{}",
        ran.out
    );
}
