//! A database that another release has changed: newer, older, edited, squashed or of another branch.

use migrate_runtime::{
    Changed, Dialect, ErrorKind, Event, Function, Migrations, Migrator, OnAhead, Outcome, Report,
    Result, Startup,
};

use crate::support::{Engine, Postgres, Sqlite, Versions, ids};

on_both!(
    an_older_release_undoes_what_it_never_had,
    what_cannot_be_undone_is_refused_before_anything_runs,
    a_merge_is_undone_to_both_its_sides,
    a_downgrade_that_fails_half_way_is_gone_on_with,
    who_is_older_starts_unless_it_breaks,
    a_squash_fits_databases_on_either_side,
    verify_sees_below_what_is_ahead,
    repair_accepts_content_only,
    a_stranger_is_named,
    a_command_judges_as_a_start_does,
    a_downgrade_below_what_is_ahead_says_so,
    a_record_without_heads_is_no_empty_database,
    a_record_that_lost_rows_is_refused,
);

fn first() -> Versions {
    Versions::new().sql(
        "a1",
        "",
        "CREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);",
        "DROP TABLE a;",
    )
}

fn downgraded<E: Engine>(old: &Migrations, client: &mut E::Client) -> Result<Report> {
    Migrator::new(old).on_ahead(OnAhead::Downgrade).run(client)
}

/// Steps with all that a section may ask for; the old release has the first one only.
fn an_older_release_undoes_what_it_never_had<E: Engine>() {
    let new = first()
        .sql(
            "b1",
            "a1",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, extra TEXT);\n\
             CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);\n\
             INSERT INTO parent VALUES (1, 'it''s', 'x');\nINSERT INTO child VALUES (10, 1);",
            "DROP TABLE child;\nDROP TABLE parent;",
        )
        .with("c1", "b1", "", "-- upgrade\nUPDATE a SET x = 2;\n\n-- downgrade (own transaction)\n-- 'quotes' and \\ travel\nUPDATE a SET x = 1;")
        .with("d1", "c1", "", "-- upgrade: nothing\n-- downgrade: nothing")
        .with(
            "e1",
            "d1",
            "",
            "-- upgrade\nUPDATE parent SET extra = 'y';\n\n\
             -- downgrade (sqlite, foreign keys off)\n\
             CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT, extra TEXT);\n\
             INSERT INTO parent_new SELECT id, name, 'x' FROM parent;\n\
             DROP TABLE parent;\nALTER TABLE parent_new RENAME TO parent;\n\n\
             -- downgrade (postgres)\nSET search_path TO nowhere;\nUPDATE public.parent SET extra = 'x';",
        );
    let (old, middle, new) = (
        first().load::<E>(),
        // Up to where the rows are still there to be looked at.
        first()
            .sql(
                "b1",
                "a1",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, extra TEXT);\n\
                 CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE);\n\
                 INSERT INTO parent VALUES (1, 'it''s', 'x');\nINSERT INTO child VALUES (10, 1);",
                "DROP TABLE child;\nDROP TABLE parent;",
            )
            .load::<E>(),
        new.load::<E>(),
    );
    let (untouched, database) = (E::new(), E::new());
    middle.run(&mut untouched.connect()).unwrap();
    let at_b1 = untouched.made();
    middle.downgrade(&mut untouched.connect(), "a1").unwrap();
    let at_a1 = untouched.made();

    let mut client = database.connect();
    if E::DIALECT == Dialect::Sqlite {
        E::execute(&mut client, "PRAGMA foreign_keys = ON");
    }
    new.run(&mut client).unwrap();
    let report = downgraded::<E>(&middle, &mut client).unwrap_or_else(|error| panic!("{error:#}"));
    let steps = report.steps.iter().map(|done| done.step.revision.as_str());
    assert_eq!(steps.collect::<Vec<_>>(), ["e1", "d1", "c1"]);
    assert_eq!(report.to, ["b1"]);
    assert_eq!(
        E::rows(&mut client, "SELECT * FROM child"),
        [["10", "1"]],
        "a rebuild keeps the rows that refer to the table"
    );
    // SQLite quotes the name that a rename gives.
    assert_eq!(database.made().replace("\\\"parent\\\"", "parent"), at_b1);
    match E::DIALECT {
        Dialect::Sqlite => assert_eq!(E::column(&mut client, "PRAGMA foreign_keys"), ["1"]),
        _ => assert_eq!(
            E::column(&mut client, "SHOW search_path"),
            ["\"$user\", public"]
        ),
    }
    assert_eq!(middle.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    // From further back, and from the top again.
    new.run(&mut client).unwrap();
    let report = downgraded::<E>(&old, &mut client).unwrap();
    assert_eq!(report.steps.len(), 4);
    assert_eq!(database.made(), at_a1);
    assert_eq!(old.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    assert_eq!(new.run(&mut client).unwrap().steps.len(), 4);
    // A start that only checks changes nothing, and neither does one whose person says no.
    let before = database.dump();
    let mut asked = Vec::new();
    let report = Migrator::new(&old)
        .on_ahead(OnAhead::Downgrade)
        .ask(|plan| {
            asked.push(plan.to_string());
            false
        })
        .run(&mut client)
        .unwrap();
    assert_eq!(report.outcome, Outcome::Skipped);
    assert_eq!(
        asked,
        [
            "downgrade e1 -> d1, make e1\ndowngrade d1 -> c1, make d1\ndowngrade c1 -> b1, make c1\ndowngrade b1 -> a1, make b1"
        ]
    );
    assert_eq!(database.dump(), before);
    let error = Migrator::new(&old)
        .on_ahead(OnAhead::Downgrade)
        .startup(Startup::Check)
        .run(&mut client)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead, "{error:#}");
    assert_eq!(database.dump(), before);
}

fn what_cannot_be_undone_is_refused_before_anything_runs<E: Engine>() {
    let outside = match E::DIALECT {
        Dialect::Sqlite => "VACUUM;",
        _ => "VACUUM a;",
    };
    let cases = [
        (
            "irreversible",
            first().with(
                "b1",
                "a1",
                "",
                "-- upgrade\nUPDATE a SET x = 2;\n\n-- irreversible: gone",
            ),
            "irreversible or Rust-coded",
        ),
        (
            "no transaction",
            first().with(
                "b1",
                "a1",
                "",
                &format!(
                    "-- upgrade\nUPDATE a SET x = 2;\n\n-- downgrade (no transaction)\n{outside}"
                ),
            ),
            "runs outside a transaction",
        ),
        (
            "code",
            first().file(
                "b1.rs",
                "//! b1\n//!\n//! revision: b1\n//! down_revision: a1\n\n\
                 pub fn upgrade(db: &mut Context<'_>) -> Result<()> { Ok(()) }\n\
                 pub fn downgrade(db: &mut Context<'_>) -> Result<()> { Ok(()) }\n",
            ),
            "irreversible or Rust-coded",
        ),
    ];
    for (case, versions, says) in cases {
        let function = Function::Sync(|db| db.execute_batch("UPDATE a SET x = 2"));
        let mut versions = versions.sql("c1", "b1", "UPDATE a SET x = 3;", "UPDATE a SET x = 2;");
        if case == "code" {
            versions = versions.functions(migrate_runtime::Code {
                revision: "b1",
                upgrade: Some(function),
                downgrade: Some(function),
            });
        }
        let new = versions.load::<E>();
        let database = E::new();
        let mut client = database.connect();
        new.run(&mut client).unwrap();
        let before = database.dump();
        let error = downgraded::<E>(&first().load::<E>(), &mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ahead, "{case}: {error:#}");
        assert_eq!(error.revision(), Some("b1"), "{case}");
        assert!(error.to_string().contains(says), "{case}: {error:#}");
        assert_eq!(database.dump(), before, "{case}: c1 is not undone either");
    }
}

fn a_merge_is_undone_to_both_its_sides<E: Engine>() {
    let sides = || {
        first()
            .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;")
            .sql("c1", "a1", "CREATE TABLE c (x INTEGER);", "DROP TABLE c;")
    };
    let merged = sides()
        .with("m1", "b1, c1", "", "")
        .sql("n1", "m1", "CREATE TABLE n (x INTEGER);", "DROP TABLE n;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    merged.run(&mut client).unwrap();
    let report = downgraded::<E>(&sides().load::<E>(), &mut client).unwrap();
    assert_eq!(report.steps.len(), 2);
    assert_eq!(E::heads(&mut client), ["b1", "c1"]);
    let outcome = sides().load::<E>().run(&mut client).unwrap().outcome;
    assert_eq!(outcome, Outcome::UpToDate);
    merged.run(&mut client).unwrap();
    let report = downgraded::<E>(&first().load::<E>(), &mut client).unwrap();
    assert_eq!(report.steps.len(), 4);
    assert_eq!(E::heads(&mut client), ["a1"]);
}

fn a_downgrade_that_fails_half_way_is_gone_on_with<E: Engine>() {
    let new = first()
        .sql(
            "b1",
            "a1",
            "CREATE TABLE b (x INTEGER);",
            "DROP TABLE b;\nDELETE FROM stands_in_the_way;",
        )
        .sql("c1", "b1", "CREATE TABLE c (x INTEGER);", "DROP TABLE c;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    new.run(&mut client).unwrap();
    let old = first().load::<E>();
    let error = downgraded::<E>(&old, &mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Script, "{error:#}");
    assert_eq!(error.revision(), Some("b1"));
    assert!(
        format!("{error:#}").contains("1 of the plan's steps were committed before, up to `c1`"),
        "{error:#}"
    );
    assert_eq!(E::heads(&mut client), ["b1"]);
    assert!(E::rows(&mut client, "SELECT * FROM b").is_empty());
    E::execute(&mut client, "CREATE TABLE stands_in_the_way (x INTEGER)");
    let report = downgraded::<E>(&old, &mut client).unwrap();
    assert_eq!(report.steps.len(), 1);
    assert_eq!(E::heads(&mut client), ["a1"]);
}

fn who_is_older_starts_unless_it_breaks<E: Engine>() {
    let b = |header: &str| {
        first().with(
            "b1",
            "a1",
            header,
            "-- upgrade\nALTER TABLE a ADD COLUMN y INTEGER;\n\n-- downgrade: nothing",
        )
    };
    for breaking in [false, true] {
        let header = if breaking {
            "-- breaking: y; DROP TABLE a; -- it's must be set\n"
        } else {
            ""
        };
        let database = E::new();
        let mut client = database.connect();
        b(header).load::<E>().run(&mut client).unwrap();
        let before = database.dump();
        let old = first().load::<E>();
        for on_ahead in [OnAhead::CompatibleOnly, OnAhead::Refuse, OnAhead::Allow] {
            for startup in [Startup::Apply, Startup::Check] {
                let ran = Migrator::new(&old)
                    .on_ahead(on_ahead)
                    .startup(startup)
                    .run(&mut client);
                let starts = match on_ahead {
                    OnAhead::Refuse => false,
                    OnAhead::CompatibleOnly => !breaking,
                    _ => true,
                };
                match ran {
                    Ok(report) => {
                        assert!(starts, "{on_ahead:?} {startup:?}");
                        assert_eq!(report.outcome, Outcome::Ahead);
                        assert_eq!(report.ahead, ["b1"]);
                    }
                    Err(error) => {
                        assert!(!starts, "{on_ahead:?} {startup:?}: {error:#}");
                        assert_eq!(error.kind(), ErrorKind::Ahead);
                        assert!(error.to_string().contains("`b1`"), "{error}");
                    }
                }
            }
        }
        assert_eq!(database.dump(), before);
    }
}

fn a_squash_fits_databases_on_either_side<E: Engine>() {
    let whole = |at: &str| {
        first()
            .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;")
            .sql("c1", "b1", "CREATE TABLE c (x INTEGER);", "DROP TABLE c;")
            .sql("d1", at, "CREATE TABLE d (x INTEGER);", "DROP TABLE d;")
            .load::<E>()
    };
    let long = whole("c1");
    let print = {
        let chain = long.chain().unwrap();
        let at = chain.index_of("c1").unwrap();
        chain.get(at).fingerprint(E::DIALECT).unwrap().to_string()
    };
    let header = format!(
        "-- replaces: a1, b1, c1\n-- fingerprint ({}): {print}\n-- version: 3.0\n",
        E::DIALECT.name()
    );
    let squashed = Versions::new()
        .with(
            "s1",
            "",
            &header,
            "-- upgrade\nCREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (x INTEGER);\nCREATE TABLE c (x INTEGER);\n\n\
             -- downgrade\nDROP TABLE a;\nDROP TABLE b;\nDROP TABLE c;",
        )
        .sql("d1", "s1", "CREATE TABLE d (x INTEGER);", "DROP TABLE d;")
        .load::<E>();
    // Fresh, at the end of what it replaces, and past it: the same database.
    let fresh = E::new();
    squashed.run(&mut fresh.connect()).unwrap();
    for (at, steps) in [("c1", 1), ("d1", 0)] {
        let database = E::new();
        let mut client = database.connect();
        long.upgrade(&mut client, at).unwrap();
        let report = squashed
            .run(&mut client)
            .unwrap_or_else(|error| panic!("{at}: {error:#}"));
        assert_eq!(report.steps.len(), steps, "{at}");
        assert_eq!(database.made(), fresh.made(), "{at}");
        assert_eq!(squashed.verify(&mut client).unwrap(), [], "{at}");
        // And back.
        assert_eq!(long.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    }
    for at in ["a1", "b1"] {
        let database = E::new();
        let mut client = database.connect();
        long.upgrade(&mut client, at).unwrap();
        let before = database.dump();
        let error = squashed.run(&mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown, "{error:#}");
        assert_eq!(error.revision(), Some(at));
        let story = format!("{error:#}");
        assert!(
            story.contains("in the middle of what `s1` replaces"),
            "{story}"
        );
        assert!(
            story.contains("a release from before 3.0, up to `c1`"),
            "{story}"
        );
        assert_eq!(database.dump(), before);
    }
}

fn edited(a: &str) -> Versions {
    Versions::new().sql(
        "a1",
        "",
        &format!("CREATE TABLE a (x {a});"),
        "DROP TABLE a;",
    )
}

fn verify_sees_below_what_is_ahead<E: Engine>() {
    let new = edited("INTEGER")
        .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    new.run(&mut client).unwrap();
    let old = edited("TEXT").load::<E>();
    let found = old.verify(&mut client).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].revision.as_str(), found[0].what),
        ("a1", Changed::Content)
    );
    assert_eq!(old.run(&mut client).unwrap_err().kind(), ErrorKind::Edited);
    let before = database.dump();
    let error = old.repair(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead, "{error:#}");
    assert_eq!(database.dump(), before);
}

fn repair_accepts_content_only<E: Engine>() {
    let chain = |a: &str, down: &str| {
        edited(a)
            .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;")
            .sql("c1", down, "CREATE TABLE c (x INTEGER);", "DROP TABLE c;")
            .load::<E>()
    };
    let database = E::new();
    let mut client = database.connect();
    chain("INTEGER", "b1").run(&mut client).unwrap();
    let before = database.dump();
    let error = chain("TEXT", "a1").repair(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited);
    assert!(
        format!("{error:#}").contains("changed ancestry can't be repaired"),
        "{error:#}"
    );
    assert_eq!(database.dump(), before);

    let new = chain("TEXT", "b1");
    let found = new.repair(&mut client).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(new.run(&mut client).unwrap().outcome, Outcome::UpToDate);
    assert_eq!(new.verify(&mut client).unwrap(), []);
    let log = "SELECT revision FROM migrate_log WHERE direction = 'repair' ORDER BY id";
    assert_eq!(E::column(&mut client, log), ["a1", "b1", "c1"]);
    assert_eq!(new.repair(&mut client).unwrap(), []);
    // The text that was accepted is the one that counts now.
    let error = chain("INTEGER", "b1").run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Edited);
}

fn a_stranger_is_named<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    first().load::<E>().run(&mut client).unwrap();
    let stranger = Versions::new()
        .sql("z1", "", "CREATE TABLE z (x INTEGER);", "DROP TABLE z;")
        .load::<E>();
    let before = database.dump();
    // Another program's chain under the same name: it has a1, we have z1.
    let error = stranger.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Diverged, "{error:#}");
    assert!(error.to_string().contains("`a1`") && error.to_string().contains("`z1`"));
    E::execute(&mut client, "DELETE FROM migrate_log");
    let error = stranger.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown, "{error:#}");
    E::execute(&mut client, "DROP TABLE migrate_log");
    let error = stranger.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown, "{error:#}");
    assert_eq!(E::heads(&mut client), ["a1"]);
    assert!(before.contains("a1"));
}

/// The new release's database, of which somebody else may write the history.
#[test]
fn nobody_elses_scripts_are_run() {
    let new = first()
        .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "DROP TABLE b;")
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    new.run(&mut client).unwrap();
    let role = format!("other_{}", database.name());
    let group = format!("group_{}", database.name());
    client
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN NOINHERIT; CREATE ROLE {group}; GRANT {group} TO {role}"
        ))
        .unwrap();
    let old = first().load::<Postgres>();
    for (grant, revoke) in [
        (
            "GRANT INSERT ON migrate_log TO ROLE",
            "REVOKE INSERT ON migrate_log FROM ROLE",
        ),
        (
            "GRANT UPDATE (downgrade) ON migrate_log TO ROLE",
            "REVOKE UPDATE (downgrade) ON migrate_log FROM ROLE",
        ),
        (
            "GRANT INSERT (chain, revision, downgrade) ON migrate_log TO ROLE",
            "REVOKE INSERT (chain, revision, downgrade) ON migrate_log FROM ROLE",
        ),
        (
            "GRANT UPDATE ON migrate_log TO PUBLIC",
            "REVOKE UPDATE ON migrate_log FROM PUBLIC",
        ),
        // Not inherited, but one SET ROLE away.
        (
            "GRANT UPDATE ON migrate_log TO GROUP_",
            "REVOKE UPDATE ON migrate_log FROM GROUP_",
        ),
    ] {
        let named = |sql: &str| sql.replace("GROUP_", &group).replace("ROLE", &role);
        client.batch_execute(&named(grant)).unwrap();
        let before = database.dump();
        let error = downgraded::<Postgres>(&old, &mut client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ahead, "{grant}");
        assert!(error.to_string().contains(&role), "{grant}: {error:#}");
        assert_eq!(database.dump(), before, "{grant}");
        client.batch_execute(&named(revoke)).unwrap();
    }
    client
        .batch_execute(&format!("GRANT SELECT ON migrate_log TO {role}"))
        .unwrap();
    downgraded::<Postgres>(&old, &mut client).unwrap();
    client
        .batch_execute(&format!(
            "DROP OWNED BY {role}, {group}; DROP ROLE {role}, {group}"
        ))
        .unwrap();
    assert_eq!(ids(&["a1"]), old.current(&mut client).unwrap());
}

#[test]
fn an_older_release_waits_for_a_step_that_it_does_not_have() {
    let new = first()
        .with(
            "b1",
            "a1",
            "",
            "-- upgrade (no transaction)\nSELECT pg_advisory_lock(7);\nSELECT pg_advisory_unlock(7);\nVACUUM a;\nINSERT INTO a VALUES (2);\n\n-- downgrade: nothing",
        )
        .load::<Postgres>();
    let old = first().load::<Postgres>();
    let database = Postgres::new();
    old.run(&mut database.connect()).unwrap();
    let mut holder = database.connect();
    Postgres::rows(&mut holder, "SELECT pg_advisory_lock(7)");
    std::thread::scope(|scope| {
        let newer = scope.spawn(|| new.run(&mut database.connect()).unwrap());
        let mut client = database.connect();
        while Postgres::rows(&mut client, "SELECT * FROM migrate_in_progress").is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let report = Migrator::new(&old)
            .on_event(move |event| {
                if let Event::Waiting { .. } = event {
                    Postgres::rows(&mut holder, "SELECT pg_advisory_unlock_all()");
                }
            })
            .run(&mut client)
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(report.outcome, Outcome::Ahead);
        assert_eq!(report.ahead, ["b1"]);
        assert!(report.waited.is_some());
        assert_eq!(newer.join().unwrap().to, ["b1"]);
    });
}

#[test]
fn many_older_releases_at_once_undo_it_once() {
    let new = first()
        .sql(
            "b1",
            "a1",
            "INSERT INTO a VALUES (2);",
            "INSERT INTO a VALUES (3);",
        )
        .load::<Sqlite>();
    let old = first().load::<Sqlite>();
    let database = Sqlite::new();
    new.run(&mut database.connect()).unwrap();
    let outcomes = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| downgraded::<Sqlite>(&old, &mut database.connect()).unwrap()))
            .collect();
        all.into_iter()
            .map(|one| one.join().unwrap())
            .collect::<Vec<_>>()
    });
    let steps: usize = outcomes.iter().map(|report| report.steps.len()).sum();
    assert_eq!(steps, 1);
    for report in outcomes {
        let expected = if report.steps.is_empty() {
            Outcome::UpToDate
        } else {
            Outcome::Applied
        };
        assert_eq!(report.outcome, expected);
        assert_eq!(report.to, ["a1"]);
    }
    let rows = Sqlite::column(&mut database.connect(), "SELECT x FROM a ORDER BY x");
    assert_eq!(rows, ["1", "2", "3"]);
}

/// No command says that all is done where a start refuses.
fn a_command_judges_as_a_start_does<E: Engine>() {
    let with = |header: &str| {
        first().with(
            "b1",
            "a1",
            header,
            "-- upgrade\nUPDATE a SET x = 2;\n\n-- downgrade: nothing",
        )
    };
    let old = first().load::<E>();
    let head = "head".parse().unwrap();
    for breaking in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        let header = if breaking {
            "-- breaking: renames a column\n"
        } else {
            ""
        };
        with(header).load::<E>().run(&mut client).unwrap();
        let before = database.dump();
        let start = old.run(&mut client);
        let check = old.check(&mut client);
        let upgrade = old.upgrade(&mut client, "head");
        let plan = old.plan(&mut client, migrate_runtime::Goal::Upgrade(&head));
        if breaking {
            for (what, error) in [
                ("start", start.unwrap_err()),
                ("check", check.unwrap_err()),
                ("upgrade", upgrade.unwrap_err()),
                ("plan", plan.unwrap_err()),
            ] {
                assert_eq!(error.kind(), ErrorKind::Ahead, "{what}: {error:#}");
                assert!(
                    error.to_string().contains("`b1`, which breaks"),
                    "{what}: {error:#}"
                );
            }
        } else {
            for report in [start.unwrap(), check.unwrap(), upgrade.unwrap()] {
                assert_eq!(report.outcome, Outcome::Ahead);
                assert_eq!((report.to, report.ahead), (ids(&["b1"]), ids(&["b1"])));
            }
            let plan = plan.unwrap();
            assert!(plan.is_empty());
            assert_eq!(
                (plan.from, plan.ahead),
                (ids(&["b1"]), ids(&["b1"])),
                "what is recorded"
            );
        }
        assert_eq!(database.dump(), before);
    }
    // An edited one, too.
    let database = E::new();
    let mut client = database.connect();
    edited("BIGINT").load::<E>().run(&mut client).unwrap();
    let now = edited("INTEGER").load::<E>();
    assert_eq!(
        now.check(&mut client).unwrap_err().kind(),
        ErrorKind::Edited
    );
    assert_eq!(now.run(&mut client).unwrap_err().kind(), ErrorKind::Edited);
}

fn a_downgrade_below_what_is_ahead_says_so<E: Engine>() {
    let new = first()
        .sql("b1", "a1", "UPDATE a SET x = 2;", "UPDATE a SET x = 1;")
        .load::<E>();
    let old = first().load::<E>();
    let database = E::new();
    let mut client = database.connect();
    new.run(&mut client).unwrap();
    let before = database.dump();
    let error = old.downgrade(&mut client, "base").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead, "{error:#}");
    assert_eq!(
        error.to_string(),
        "the database can't be downgraded below `a1` from here: it has `b1`, which this program doesn't"
    );
    assert!(!format!("{error:#}").contains("lacks"), "{error:#}");
    let mut back = Migrator::new(&old).stamp_back(true);
    let error = back.stamp(&mut client, &["base"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ahead, "{error:#}");
    assert!(format!("{error:#}").contains("--purge"), "{error:#}");
    assert_eq!(database.dump(), before);
}

/// Heads that were deleted by hand, or not restored: to take that for base would run everything again.
/// Rows of the heads or of the log that were lost or changed by hand: whatever has something left to do refuses.
fn a_record_that_lost_rows_is_refused<E: Engine>() {
    let two = || {
        Versions::new()
            .sql(
                "a1",
                "",
                "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);",
                "DROP TABLE a;",
            )
            .sql(
                "b1",
                "a1",
                "INSERT INTO a VALUES (2);",
                "DELETE FROM a WHERE x = 2;",
            )
            .sql(
                "c1",
                "a1",
                "INSERT INTO a VALUES (3);",
                "DELETE FROM a WHERE x = 3;",
            )
    };
    let chain = two().load::<E>();
    let newer = two()
        .sql("d1", "c1", "INSERT INTO a VALUES (4);", "")
        .load::<E>();
    // How `b1` is at its own: a row that a person may copy from there.
    let at_a1 = E::new();
    chain.upgrade(&mut at_a1.connect(), "a1").unwrap();
    let copied = E::rows(
        &mut at_a1.connect(),
        "SELECT fingerprint FROM migrate_revision",
    )
    .remove(0)
    .remove(0);
    let set_back = format!(
        "UPDATE migrate_revision SET revision = 'a1', fingerprint = '{copied}' WHERE revision = 'c1'"
    );
    for (lost, names, says) in [
        (
            "DELETE FROM migrate_revision WHERE revision = 'c1'",
            "c1",
            "the log says that `c1` is applied",
        ),
        (&*set_back, "c1", "the log says that `c1` is applied"),
        (
            "DELETE FROM migrate_log WHERE revision = 'b1'",
            "b1",
            "`b1` is recorded as a head, and the log doesn't",
        ),
        (
            "DELETE FROM migrate_log",
            "b1",
            "the log doesn't say that it is applied",
        ),
        (
            "UPDATE migrate_log SET direction = 'downgrade' WHERE revision = 'c1'",
            "c1",
            "the log doesn't",
        ),
    ] {
        let database = E::new();
        let mut client = database.connect();
        chain.run(&mut client).unwrap();
        E::execute(&mut client, lost);
        let before = database.dump();
        let target = "heads".parse().unwrap();
        let goal = migrate_runtime::Goal::Upgrade(&target);
        for (what, error) in [
            ("run", newer.run(&mut client).unwrap_err()),
            ("check", newer.check(&mut client).unwrap_err()),
            ("plan", newer.plan(&mut client, goal).unwrap_err()),
            ("upgrade", newer.upgrade(&mut client, "heads").unwrap_err()),
            (
                "downgrade",
                newer.downgrade(&mut client, "base").unwrap_err(),
            ),
            ("stamp", newer.stamp(&mut client, &["heads"]).unwrap_err()),
            ("history", newer.history(&mut client).unwrap_err()),
            ("verify", newer.verify(&mut client).unwrap_err()),
        ] {
            assert_eq!(
                error.kind(),
                ErrorKind::Unknown,
                "{lost}: {what}: {error:#}"
            );
            if lost != "DELETE FROM migrate_log" {
                assert_eq!(error.revision(), Some(names), "{lost}: {what}: {error:#}");
            }
            let story = format!("{error:#}");
            assert!(story.contains(says), "{lost}: {what}: {story}");
            assert!(story.contains("stamp --purge"), "{lost}: {what}: {story}");
            assert_eq!(database.dump(), before, "{lost}: {what}");
        }
        // A person says what is true, and it goes on from there.
        newer.stamp_purge(&mut client, &["b1", "c1"]).unwrap();
        assert_eq!(newer.run(&mut client).unwrap().steps.len(), 1, "{lost}");
        assert_eq!(E::column(&mut client, "SELECT count(*) FROM a"), ["4"]);
    }
}

fn a_record_without_heads_is_no_empty_database<E: Engine>() {
    let chain = first()
        .sql(
            "b1",
            "a1",
            "INSERT INTO a VALUES (2);",
            "DELETE FROM a WHERE x = 2;",
        )
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.run(&mut client).unwrap();
    E::execute(&mut client, "DELETE FROM migrate_revision");
    let before = database.dump();
    for (what, error) in [
        ("run", chain.run(&mut client).unwrap_err()),
        ("check", chain.check(&mut client).unwrap_err()),
        ("upgrade", chain.upgrade(&mut client, "head").unwrap_err()),
        ("stamp", chain.stamp(&mut client, &["a1"]).unwrap_err()),
        ("history", chain.history(&mut client).unwrap_err()),
        ("current", chain.current(&mut client).unwrap_err()),
        ("verify", chain.verify(&mut client).unwrap_err()),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unknown, "{what}: {error:#}");
        assert_eq!(error.revision(), Some("b1"), "{what}");
        assert!(
            format!("{error:#}").contains("stamp --purge"),
            "{what}: {error:#}"
        );
        assert_eq!(database.dump(), before, "{what}");
    }
    // A person says what is true; the log then says the same, down to nothing.
    let plan = chain.plan_purge(&mut client, &["a1"]).unwrap();
    assert_eq!(database.dump(), before);
    let report = chain.stamp_purge(&mut client, &["a1"]).unwrap();
    let ran: Vec<_> = report
        .steps
        .iter()
        .map(|done| &done.step.revision)
        .collect();
    let shown: Vec<_> = plan.steps.iter().map(|step| &step.revision).collect();
    assert_eq!(ran, shown, "a dry run shows what the run does");
    assert_eq!(E::heads(&mut client), ["a1"]);
    chain.downgrade(&mut client, "base").unwrap();
    assert_eq!(chain.run(&mut client).unwrap().steps.len(), 2);
    E::execute(&mut client, "DELETE FROM migrate_revision");
    chain.stamp_purge(&mut client, &["base"]).unwrap();
    E::execute(&mut client, "DROP TABLE a");
    assert_eq!(chain.run(&mut client).unwrap().to, ["b1"]);
    // What a squash replaces goes down with it.
    let chain_of = chain.chain().unwrap();
    let print = chain_of.get(1).fingerprint(E::DIALECT).unwrap();
    let header = format!(
        "-- replaces: a1, b1\n-- fingerprint ({}): {print}\n",
        E::DIALECT
    );
    let squash = Versions::new()
        .with("s1", "", &header, "-- upgrade\nCREATE TABLE a (x INTEGER);\nINSERT INTO a VALUES (1), (2);\n\n-- downgrade\nDROP TABLE a;")
        .load::<E>();
    squash.downgrade(&mut client, "base").unwrap();
    assert_eq!(squash.run(&mut client).unwrap().to, ["s1"]);
}
