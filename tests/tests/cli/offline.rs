//! `--sql`: psql and sqlite3 run the script as it is, and it does what the command does.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::support::{Postgres, Sqlite};

use crate::support::{Database, Engine, Project};

on_both![
    the_script_does_what_the_command_does,
    a_script_runs_once,
    ranges_and_stamps,
    what_a_script_leaves_changed
];

/// Without what differs between any two runs: times, durations, the run, who ran it.
fn settled<D: Database>(project: &Project, database: &D) -> String {
    let mut lines = Vec::new();
    for line in project
        .settled(&database.dump_without(&["migrate_log"]))
        .lines()
    {
        lines.push(line.to_owned());
    }
    lines.join("\n")
}

fn the_script_does_what_the_command_does<D: Database>() {
    let (ran, fed) = (D::new(), D::new());
    let project = || {
        Project::merged()
            .file("versions/d1.sql", "-- it's 100% \\ 'quoted'\n-- revision: d1\n-- down_revision: cccc\n\n-- upgrade (own transaction)\nCREATE TABLE d1 (x text);\nINSERT INTO d1 VALUES ('a;b''c -- d'); -- é\n-- upgrade (postgres, no transaction)\nCREATE TABLE d1 (x text);\nINSERT INTO d1 VALUES ('a;b''c -- d'); -- é\nCREATE INDEX CONCURRENTLY d1x ON d1 (x);\n-- downgrade\nDROP TABLE d1\n-- last comment")
            .revision("e1", "d1", "after", "")
    };
    let one = project().on(&ran);
    one.ok(&["upgrade"]);
    let two = project().on(&fed);
    let script = two.run("upgrade --sql").out;
    fed.feed(&script).unwrap();
    assert_eq!(settled(&two, &fed), settled(&one, &ran));
    two.ok(&["check", "verify"]);
    let revisions = |project: &Project| {
        let rows: serde_json::Value = serde_json::from_str(&project.run("log --json").out).unwrap();
        let rows = rows.as_array().unwrap().clone();
        rows.iter()
            .map(|row| {
                format!(
                    "{} {} {} {}",
                    row["act"], row["revision"], row["down_revision"], row["message"]
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(revisions(&one), revisions(&two));

    // And back.
    one.ok(&["downgrade ae10"]);
    let script = two.run("downgrade head:ae10 --sql").out;
    fed.feed(&script).unwrap();
    assert_eq!(settled(&two, &fed), settled(&one, &ran));
    two.ok(&["verify", "upgrade", "downgrade base"]);
}

fn a_script_runs_once<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    let script = project.run("upgrade --sql").out;
    database.feed(&script).unwrap();
    let before = database.dump_without(&[]);
    let error = database.feed(&script).unwrap_err();
    assert!(
        error.contains("this script goes on from base, and the database is elsewhere"),
        "{error}"
    );
    assert_eq!(database.dump_without(&[]), before);

    // On a database that is elsewhere, and on an empty one.
    let script = project.run("upgrade 1975:head --sql").out;
    let elsewhere = "this script goes on from 1975, and the database is elsewhere";
    let error = database.feed(&script).unwrap_err();
    assert!(error.contains(elsewhere), "{error}");
    assert_eq!(database.dump_without(&[]), before);
    let empty = D::new();
    let before = empty.dump_without(&[]);
    let error = empty.feed(&script).unwrap_err();
    assert!(
        error.contains("this script goes on from 1975, and nothing is recorded in this database"),
        "{error}"
    );
    assert_eq!(empty.dump_without(&[]), before);
}

fn ranges_and_stamps<D: Database>() {
    let database = D::new();
    let project = Project::merged().on(&database);
    for (line, current) in [
        ("upgrade 1975 --sql", "1975 (branchpoint)\n"),
        ("upgrade 1975:+1 --sql", ""),
        ("upgrade 1975:b111 --sql", "b111\n"),
        ("stamp b111:1975 --sql", "1975 (branchpoint)\n"),
        ("downgrade 1975: --sql", ""),
    ] {
        let ran = project.run(line);
        if ran.exit != Exit::Done {
            assert_eq!(line, "upgrade 1975:+1 --sql", "{}", ran.err);
            continue;
        }
        database.feed(&ran.out).unwrap();
        assert_eq!(project.run("current").out, current, "{line}");
    }
    project.check(
        &[
            "upgrade ae10:zz --sql",
            "upgrade current:head --sql",
            "downgrade -1 --sql",
            "downgrade :ae10 --sql",
            "upgrade 27c6:ae10 --sql",
            "stamp head --sql --purge",
            "upgrade --sql --dry-run",
        ],
        &expect![[r#"
            $ upgrade ae10:zz --sql
            ! error: there is no revision or branch label `zz`
            !   = help: `history` lists the revisions
            [1]
            $ upgrade current:head --sql
            ! error: `current:head` starts at what is current, and a script is written without asking a database
            !   = help: name the revision it starts from
            [2]
            $ downgrade -1 --sql
            ! error: a script for a downgrade needs to know where it starts
            !   = help: give both ends: `downgrade FROM:-1 --sql`
            [2]
            $ downgrade :ae10 --sql
            ! error: a script for a downgrade needs to know where it starts
            !   = help: give both ends: `downgrade FROM:TO --sql`
            [2]
            $ upgrade 27c6:ae10 --sql
            ! error: the database is already past `ae10`: it is at `27c6`
            !   = help: `downgrade ae10` goes back to it
            [1]
            $ stamp head --sql --purge
            ! error: `--purge` depends on what the database has, which a script doesn't ask
            [2]
            $ upgrade --sql --dry-run
            ! error: the argument '--sql' cannot be used with '--dry-run'
            !
            ! Usage: cargo migrate upgrade --sql [TARGET]
            !
            ! For more information, try '--help'.
            [2]
        "#]],
    );
}

/// A failure in the middle leaves nothing of its transaction.
fn what_a_script_leaves_changed<D: Database>() {
    let database = D::new();
    let project = Project::linear().on(&database).file(
        "versions/d1.sql",
        "-- wrong\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade\nINSERT INTO missing VALUES (1);\n-- downgrade: nothing\n",
    );
    let empty = database.dump_without(&[]);
    let script = project.run("upgrade --sql").out;
    let error = database.feed(&script).unwrap_err();
    assert!(error.contains("missing"), "{error}");
    assert_eq!(database.dump_without(&[]), empty);
}

#[test]
fn a_script_that_changes_its_session_goes_on_in_ours() {
    let database = <Postgres as Engine>::new();
    let project = Project::linear().on(&database).file(
        "versions/d1.sql",
        "-- dump\n-- revision: d1\n-- down_revision: 27c6\n\n-- upgrade (sqlite): nothing\n-- upgrade (postgres)\nSELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\nCREATE TABLE public.d1 (x integer);\n-- downgrade\nDROP TABLE d1;\n",
    ).revision("e1", "d1", "after", "");
    let script = project.run("upgrade --sql").out;
    database.feed(&script).unwrap();
    project.ok(&["check", "verify"]);
}

/// What each step of a script sees of the session, and what is left of it, is what it would be in a run.
#[test]
fn a_script_puts_the_session_back_as_a_run_does() {
    const SEEN: &str = "INSERT INTO seen SELECT concat_ws('|', current_setting('DateStyle'), current_setting('role'), \
         current_setting('my.setting', true), current_setting('statement_timeout'), current_setting('work_mem'), \
         current_setting('search_path'), session_user, current_user);";
    const APP: &str = "SET DateStyle = 'German'; SET my.setting = 'app'; SET statement_timeout = '50s'; SET work_mem = '5MB';";
    let role = format!("offline_{}", std::process::id());
    let databases: [Postgres; 2] = [Engine::new(), Engine::new()];
    let mut admin = databases[0].connect();
    admin
        .batch_execute(&format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role}"))
        .unwrap();
    let project = || {
        let up = |id: &str, down: &str, sql: &str| {
            format!(
                "-- {id}\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade (sqlite): nothing\n-- upgrade (postgres{sql}\n\n-- downgrade: nothing\n"
            )
        };
        Project::new()
            .file("versions/a1.sql", &up("a1", "none", &format!(")\nCREATE TABLE seen (x text); GRANT ALL ON seen TO {role};\n{SEEN}")))
            .file("versions/b1.sql", &up("b1", "a1", &format!(")\nSET DateStyle = 'ISO, DMY'; SET LOCAL work_mem = '7MB'; SELECT set_config('my.setting', 'b1', false); SET ROLE {role};\n{SEEN}")))
            .file("versions/c1.sql", &up("c1", "b1", &format!(")\n{SEEN}")))
            .file("versions/d1.sql", &up("d1", "c1", &format!(", no transaction)\nSET work_mem = '9MB';\nSET ROLE {role};\nSET search_path = pg_catalog, public;\n{SEEN}\nSET SESSION AUTHORIZATION {role};\n{SEEN}")))
            .file("versions/e1.sql", &up("e1", "d1", &format!(")\nSET statement_timeout = 0;\nSET lock_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n{}", SEEN.replace("seen ", "public.seen "))))
            .file("versions/f1.sql", &up("f1", "e1", &format!(")\n{SEEN}")))
    };
    let [ran, fed] = &databases;
    // What a run sees, on a connection that the app has set up so.
    let one = project().on(ran);
    let migrations = migrate_runtime::Migrations::load(
        one.path("versions"),
        &migrate_runtime::Options::new("versions"),
    )
    .unwrap();
    let mut client = ran.connect();
    client.batch_execute(APP).unwrap();
    migrations.run(&mut client).unwrap();
    client.batch_execute(SEEN).unwrap();

    let two = project().on(fed);
    let script = two.run("upgrade --sql --dialect postgres").out;
    fed.feed(&format!("{APP}\n{script}\n{SEEN}")).unwrap();
    let rows = |database: &Postgres| -> Vec<String> {
        let rows = database
            .connect()
            .query("SELECT x FROM seen ORDER BY ctid", &[]);
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(rows(fed).len(), 8);
    assert_eq!(rows(fed), rows(ran));
    two.ok(&["verify"]);
    for database in &databases {
        let mut client = database.connect();
        client
            .batch_execute(&format!("DROP OWNED BY {role} CASCADE"))
            .unwrap();
    }
    admin.batch_execute(&format!("DROP ROLE {role}")).unwrap();
}

#[test]
fn what_takes_the_session_away_is_no_script() {
    let project = Project::new().file(
        "versions/a1.sql",
        "-- a\n-- revision: a1\n-- down_revision: none\n\n-- upgrade (sqlite): nothing\n-- upgrade (postgres)\nSELECT 1;\n  RESET ALL;\n-- downgrade: nothing\n",
    );
    project.check(&["upgrade --sql --dialect postgres"], &expect![[r#"
        $ upgrade --sql --dialect postgres
        ! error: versions/a1.sql:8:3: `RESET ALL` takes back what a script for psql keeps of the session
        !   --> versions/a1.sql:8:3
        !    |
        !  8 |   RESET ALL;
        !    |   ^^^^^^^^^^
        !   = help: name the settings, or run this revision without `--sql`
        [1]
    "#]]);
}

/// A pragma of one step is gone in the next.
#[test]
fn a_script_puts_pragmas_back() {
    let database = <Sqlite as Engine>::new();
    let project = Project::new()
        .on(&database)
        .file("versions/a1.sql", "-- a\n-- revision: a1\n-- down_revision: none\n\n-- upgrade (postgres): nothing\n-- upgrade (sqlite)\nCREATE TABLE t (x TEXT, at INTEGER CHECK (at > 0));\nINSERT INTO t VALUES ('ABC', 1);\nPRAGMA case_sensitive_like = ON;\nPRAGMA ignore_check_constraints = ON;\n-- downgrade: nothing\n")
        .file("versions/b1.sql", "-- b\n-- revision: b1\n-- down_revision: a1\n\n-- upgrade (postgres): nothing\n-- upgrade (sqlite)\nUPDATE t SET at = 2 WHERE x LIKE 'abc';\nINSERT OR IGNORE INTO t VALUES ('no', -1);\n-- downgrade: nothing\n");
    let script = project.run("upgrade --sql --dialect sqlite").out;
    database.feed(&script).unwrap();
    let dump = database.dump_without(&[]);
    assert!(dump.contains("row t text 'ABC' | integer 2"), "{dump}");
    assert!(!dump.contains("row t text 'no'"), "{dump}");
}

#[test]
fn a_rebuild_keeps_the_rows_that_refer_to_it() {
    let database = <Sqlite as Engine>::new();
    let rebuild = "-- rebuild\n-- revision: b1\n-- down_revision: a1\n\n-- upgrade (postgres): nothing\n-- upgrade (sqlite, foreign keys off)\nCREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO new SELECT id, '' FROM parent;\nDROP TABLE parent;\nALTER TABLE new RENAME TO parent;\n-- downgrade: nothing\n";
    let project = Project::new().on(&database).file(
        "versions/a1.sql",
        "-- tables\n-- revision: a1\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE parent (id INTEGER PRIMARY KEY);\nCREATE TABLE child (p INTEGER REFERENCES parent (id) ON DELETE CASCADE);\nINSERT INTO parent VALUES (1);\nINSERT INTO child VALUES (1);\n-- downgrade: nothing\n",
    ).file("versions/b1.sql", rebuild);
    let script = project.run("upgrade --sql").out;
    database.feed(&script).unwrap();
    assert!(database.dump_without(&[]).contains("row child integer 1"));
    project.ok(&["check"]);

    // One that loses them is rolled back.
    let other = <Sqlite as Engine>::new();
    project.write(
        "versions/b1.sql",
        &rebuild.replace("INSERT INTO new SELECT id, '' FROM parent;\n", ""),
    );
    let project = project.on(&other);
    let error = other.feed(&project.run("upgrade --sql").out).unwrap_err();
    assert!(error.contains("rows that refer to nothing"), "{error}");
    assert_eq!(project.run("current").out, "a1\n");
}

#[test]
fn code_has_no_script() {
    let project = Project::linear().file(
        "versions/d1.rs",
        "//! code\n//!\n//! revision: d1\n//! down_revision: 27c6\n//! downgrade: nothing\n\nuse migrate_runtime::{Context, Result};\n\npub fn upgrade(_db: &mut Context<'_>) -> Result<()> { Ok(()) }\n",
    );
    project.check(
        &[
            "upgrade --sql --dialect sqlite",
            "upgrade --url sqlite:a.db",
            "upgrade --sql",
        ],
        &expect![[r#"
            $ upgrade --sql --dialect sqlite
            ! error: `d1` is Rust code, which no script can call
            !   = help: write scripts for the ranges before and after it, and run it with the app's own command
            [1]
            $ upgrade --url sqlite:a.db
            ! error: `d1` is Rust code, which this program doesn't have
            !   = note: nothing was changed
            !   = help: run the app's own command, such as `myapp migrate upgrade`; or attach it with `Migrations::code`
            [1]
            $ upgrade --sql
            ! error: the chain serves several databases
            !   = help: say which one the script is for: `--dialect sqlite` or `--dialect postgres`
            [2]
        "#]],
    );
    project.ok(&["upgrade 27c6 --sql --dialect postgres"]);
}
