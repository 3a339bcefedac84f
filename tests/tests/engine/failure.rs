//! What a failure leaves behind, which is nothing, and what the error says: where, what, and that.

use std::error::Error as _;

use expect_test::{Expect, expect};
use migrate_runtime::{
    Context, Dialect, Error, ErrorKind, Function, Migrations, Migrator, Moment, Result,
};
use migrate_tests::Shared as _;

use crate::support::{Engine, Postgres, Sqlite, Versions, revision};

on_both!(
    a_failure_anywhere_in_a_plan_leaves_nothing,
    a_downgrade_that_fails_leaves_nothing,
    errors_know_the_place,
    a_failed_commit_leaves_nothing,
    a_record_that_can_not_be_written_leaves_nothing,
    code_that_ends_the_transaction_is_found_out,
    a_hook_that_ends_the_transaction_is_found_out,
);

/// What a Rust-coded revision runs.
type Upgrade = fn(&mut Context<'_>) -> Result<()>;

/// A step that can't work.
#[derive(Clone, Copy)]
enum Broken {
    Sql(&'static str),
    Code(Upgrade),
}

/// Ways to fail, with what the error must say.
fn ways<E: Engine>() -> Vec<(&'static str, Broken, &'static str)> {
    let at_run_time = match E::DIALECT {
        Dialect::Sqlite => {
            "CREATE TRIGGER no BEFORE DELETE ON kept BEGIN SELECT RAISE(ABORT, 'not this one'); END;\nDELETE FROM kept;"
        }
        _ => "DO $$ BEGIN DELETE FROM kept; RAISE EXCEPTION 'not this one'; END $$;",
    };
    let end = match E::DIALECT {
        // The statement ends the transaction by itself.
        Dialect::Sqlite => "INSERT OR ROLLBACK INTO kept VALUES (1, 'twice');",
        _ => "SELECT 1 / 0;",
    };
    vec![
        (
            "syntax",
            Broken::Sql("DELETE FROM kept;\nSELEC 1;"),
            "SELEC",
        ),
        (
            "constraint",
            Broken::Sql("DELETE FROM kept WHERE id = 2;\nINSERT INTO kept VALUES (1, 'twice');"),
            "INSERT INTO kept",
        ),
        ("run time", Broken::Sql(at_run_time), "not this one"),
        ("rolled back", Broken::Sql(end), ""),
        (
            "code",
            Broken::Code(|db| {
                db.execute("DELETE FROM kept WHERE id = ?1", &[1.into()])?;
                Err("not today".into())
            }),
            "not today",
        ),
        (
            "code's SQL",
            Broken::Code(|db| {
                db.execute("INSERT INTO kept VALUES (?1, ?2)", &[1.into(), "x".into()])
                    .map(drop)
            }),
            "kept",
        ),
        (
            "panic",
            Broken::Code(|db| {
                db.execute_batch("DELETE FROM kept")?;
                panic!("out of {}", "cheese")
            }),
            "it panicked: out of cheese",
        ),
        (
            "swallowed",
            Broken::Code(|db| {
                db.execute_batch("DELETE FROM kept")?;
                // On PostgreSQL the transaction has failed all the same.
                let _ = db.execute_batch("SELEC 1");
                Err("gave up".into())
            }),
            "gave up",
        ),
    ]
}

/// Five steps, of which one is broken.
fn chain<E: Engine>(broken: Broken, at: usize) -> Migrations {
    const IDS: [&str; 5] = ["a1", "b1", "c1", "d1", "e1"];
    let mut versions = Versions::new();
    for (index, id) in IDS.into_iter().enumerate() {
        let down = if index == 0 { "" } else { IDS[index - 1] };
        versions = match broken {
            Broken::Sql(script) if index == at => versions.sql(id, down, script, ""),
            Broken::Code(code) if index == at => versions.code(id, down, Function::Sync(code)),
            _ if index == 3 => versions.code(
                id,
                down,
                Function::Sync(|db| {
                    db.execute_batch("CREATE TABLE coded (x INTEGER)")?;
                    db.execute("UPDATE kept SET name = ?1", &["coded".into()])
                        .map(drop)
                }),
            ),
            _ => versions.sql(
                id,
                down,
                &format!(
                    "CREATE TABLE made_{index} (x INTEGER);\nINSERT INTO made_{index} VALUES ({index});\nUPDATE kept SET name = 'made';"
                ),
                "",
            ),
        };
    }
    versions.load::<E>()
}

fn a_failure_anywhere_in_a_plan_leaves_nothing<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO kept VALUES (1, 'one'), (2, 'two')",
    );
    let good = Broken::Sql("CREATE TABLE good (x INTEGER);");
    for from in [0, 1] {
        if from == 1 {
            // All over again, on top of an applied step.
            chain::<E>(good, 4).upgrade(&mut client, "a1").unwrap();
        }
        let before = database.dump();
        for at in from..5 {
            for (way, broken, says) in ways::<E>() {
                for observed in [false, true] {
                    let case = format!("{way} at {at} from {from}, observed: {observed}");
                    let chain = chain::<E>(broken, at);
                    let mut migrator = Migrator::new(&chain);
                    if observed {
                        migrator = migrator.on_event(|_| {});
                    }
                    let error = migrator.run(&mut client).unwrap_err();
                    let id = ["a1", "b1", "c1", "d1", "e1"][at];
                    assert_eq!(error.revision(), Some(id), "{case}: {error:#}");
                    let (kind, file, line) = match broken {
                        Broken::Sql(sql) => (ErrorKind::Script, "sql", 5 + sql.lines().count()),
                        Broken::Code(_) => (ErrorKind::Code, "rs", 0),
                    };
                    assert_eq!(error.kind(), kind, "{case}: {error:#}");
                    let place = error.place().unwrap_or_else(|| panic!("{case}: {error:#}"));
                    assert_eq!(place.path, format!("versions/{id}.{file}"), "{case}");
                    assert_eq!(place.line, line, "{case}: {error:#}");
                    let story = format!("{error:#}");
                    assert!(story.contains(says), "{case}: {story}");
                    assert!(
                        story.contains("= note: its transaction was rolled back"),
                        "{case}: {story}"
                    );
                    assert!(error.source().is_some(), "{case}");
                    assert_eq!(database.dump(), before, "{case}");
                }
            }
        }
    }
    // The connection is as good as new.
    let report = chain::<E>(good, 4).run(&mut client).unwrap();
    assert_eq!(report.steps.len(), 4);
}

fn a_downgrade_that_fails_leaves_nothing<E: Engine>() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "DROP TABLE nope;")
        .sql(
            "b1",
            "a1",
            "CREATE TABLE b (x INTEGER);\nINSERT INTO b VALUES (7);",
            "DROP TABLE b;",
        )
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    chain.run(&mut client).unwrap();
    let before = database.dump();
    let error = chain.downgrade(&mut client, "base").unwrap_err();
    assert_eq!(
        error.to_string(),
        match E::DIALECT {
            Dialect::Sqlite => "versions/a1.sql:9:12: the downgrade of `a1` failed",
            // It says what doesn't exist, but not where.
            _ => "versions/a1.sql:9:1: the downgrade of `a1` failed",
        }
    );
    assert_eq!(database.dump(), before);
}

/// Scripts with a mark before the token, or the statement, that the error must point to.
fn marked<E: Engine>() -> Vec<&'static str> {
    let mut scripts = vec![
        "§SELEC 1;",
        "CREATE TABLE a (x INTEGER);\n-- ü; ß\n/* 'é */ INSERT INTO a VALUES (1); §SELEC 'ü';\nSELECT 1;",
        "SELECT 'é', 'ü' FROM §nope;",
        // The database gives no position.
        "INSERT INTO kept VALUES (2, 'é');\n\n  -- twice: é\n  §INSERT INTO kept\n    VALUES (1, 'ü');\nSELECT 1;",
        "§ALTER TABLE kept ADD COLUMN name TEXT;",
        "SELECT 1;\tSELECT 'é';\t§ALTER TABLE kept ADD COLUMN name TEXT; SELECT 2;",
        "§CREATE TABLE kept (x INTEGER);",
    ];
    scripts.extend(match E::DIALECT {
        Dialect::Sqlite => [
            "CREATE TRIGGER t AFTER INSERT ON kept BEGIN SELECT ';'; SELECT RAISE(ABORT, 'é'); END;\n§INSERT INTO kept VALUES (3, '');",
            "CREATE TABLE a (x INTEGER);\nSELECT §nope FROM a;",
            "§SELECT x FROM (SELECT 1 AS y) ORDER BY x, x;",
            "SELECT 1;\n§SELECT (",
        ]
        .as_slice(),
        _ => &[
            "SELECT 'é'; §DO $$ BEGIN RAISE EXCEPTION 'ü'; END $$;",
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $é$ BEGIN RETURN 1 / 0; END $é$;\nSELECT 1;\n§SELECT f();",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\nSELECT f(), §g();",
            "DEALLOCATE ALL;\nSELECT 1;\n§INSERT INTO kept VALUES (1, 'ü');",
            "SELECT 1;\nDISCARD PLANS; -- é\n§INSERT INTO kept VALUES (1, 'ü');",
            "SELECT E'\\'', $$;$$, U&'\\00e9', 'é';\n§INSERT INTO kept VALUES (NULL, 'ü');",
            "UPDATE kept SET name = 'x' WHERE id = 1;\nSELECT 1 FROM kept WHERE §nome = 'ü';",
            "§INSERT INTO kept VALUES (1, 'ü')",
        ],
    });
    scripts
}

fn errors_know_the_place<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO kept VALUES (1, 'one')",
    );
    let before = database.dump();
    for script in marked::<E>() {
        let marked = revision("bad", "b1", "", script, "");
        let (above, _) = marked.split_once('§').unwrap();
        let wanted = (
            above.lines().count(),
            above.lines().last().unwrap().chars().count() + 1,
        );
        // A line that ends where the mark stands has nothing of its own yet.
        let wanted = if above.ends_with('\n') {
            (wanted.0 + 1, 1)
        } else {
            wanted
        };
        let text = marked.replace('§', "");
        for (form, text) in [
            ("LF", text.clone()),
            ("CRLF", text.replace('\n', "\r\n")),
            ("BOM", format!("\u{feff}{}", text.replace('\n', "\r\n"))),
        ] {
            for observed in [false, true] {
                let chain = Versions::new()
                    .sql("a1", "", "CREATE TABLE é (x INTEGER); -- ü", "")
                    .sql("b1", "a1", "INSERT INTO é VALUES (1)", "")
                    .file("bad.sql", &text)
                    .sql("c1", "bad", "INSERT INTO é SELECT nope FROM é;", "")
                    .load::<E>();
                let mut migrator = Migrator::new(&chain);
                if observed {
                    migrator = migrator.on_event(|_| {});
                }
                let error = migrator.run(&mut client).unwrap_err();
                let case = format!("{form}, observed: {observed}, {script}\n{error:#}");
                assert_eq!(error.kind(), ErrorKind::Script, "{case}");
                assert_eq!(error.revision(), Some("bad"), "{case}");
                let place = error.place().unwrap();
                assert_eq!(place.path, "versions/bad.sql", "{case}");
                assert_eq!((place.line, place.column), wanted, "{case}");
                assert_eq!(database.dump(), before, "{case}");
            }
        }
    }
}

fn a_failed_commit_leaves_nothing<E: Engine>() {
    let deferred = "CREATE TABLE child (p INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);\n\
         INSERT INTO child VALUES (9);";
    let chain = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);",
            "",
        )
        .sql("b1", "a1", deferred, "")
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    if E::DIALECT == Dialect::Sqlite {
        E::execute(&mut client, "PRAGMA foreign_keys = ON");
    }
    let before = database.dump();
    let error = chain.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert_eq!(error.to_string(), "COMMIT failed after a1, b1");
    let story = format!("{error:#}");
    assert!(
        story.contains("= note: its transaction was rolled back"),
        "{story}"
    );
    assert!(
        story.contains("SET CONSTRAINTS ALL IMMEDIATE") || E::DIALECT == Dialect::Sqlite,
        "{story}"
    );
    assert_eq!(database.dump(), before);
    // Nothing is left open.
    E::execute(&mut client, "BEGIN; COMMIT");
    chain.upgrade(&mut client, "a1").unwrap();
}

/// A step that ran and can't be recorded has not run.
fn a_record_that_can_not_be_written_leaves_nothing<E: Engine>() {
    let first = || {
        Versions::new().sql(
            "a1",
            "",
            "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);",
            "",
        )
    };
    let takes = "UPDATE a SET x = 8; DROP TABLE migrate_log;";
    let broken = first().sql("b1", "a1", takes, "").load::<E>();
    let mended = first().sql("b1", "a1", "UPDATE a SET x = 9;", "");
    let mended = mended.load::<E>();
    for watched in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        first().load::<E>().run(&mut client).unwrap();
        let before = database.dump();
        let migrator = Migrator::new(&broken);
        let mut migrator = if watched {
            migrator.on_event(|_| {})
        } else {
            migrator
        };
        let error = migrator.run(&mut client).unwrap_err();
        let story = format!("{error:#}");
        for part in ["can't write to", "migrate_log", "rolled back"] {
            assert!(story.contains(part), "watched: {watched}: {story}");
        }
        assert_eq!(database.dump(), before, "watched: {watched}");
        mended.run(&mut client).unwrap();
        assert_eq!(E::column(&mut client, "SELECT x FROM a"), ["9"]);
    }
}

fn code_that_ends_the_transaction_is_found_out<E: Engine>() {
    let ways: [(&str, Upgrade); 4] = [
        ("commit", |db| db.execute_batch("COMMIT")),
        ("rollback", |db| db.execute_batch("ROLLBACK")),
        ("another", |db| db.execute_batch("ROLLBACK; BEGIN")),
        ("error", |db| {
            db.execute_batch("ROLLBACK")?;
            Err("and a reason".into())
        }),
    ];
    for (way, code) in ways {
        for observed in [false, true] {
            let chain = Versions::new()
                .code("a1", "", Function::Sync(code))
                .sql("b1", "a1", "CREATE TABLE b (x INTEGER);", "")
                .load::<E>();
            let database = E::new();
            let mut client = database.connect();
            let mut migrator = Migrator::new(&chain);
            if observed {
                migrator = migrator.on_event(|_| {});
            }
            let error = migrator.run(&mut client).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Code, "{way}: {error:#}");
            assert_eq!(error.revision(), Some("a1"), "{way}: {error:#}");
            assert!(
                error.to_string().contains("ended the transaction"),
                "{way}: {error:#}"
            );
            assert!(!database.dump().contains("TABLE b"), "{way}");
            drop(migrator);
            // No transaction and no lock stays behind.
            E::execute(&mut client, "BEGIN; COMMIT");
            let good = Versions::new()
                .sql("z1", "", "CREATE TABLE z (x INTEGER);", "")
                .load::<E>();
            good.run(&mut database.connect()).unwrap();
        }
    }
}

fn a_hook_that_ends_the_transaction_is_found_out<E: Engine>() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .load::<E>();
    for at_commit in [false, true] {
        let database = E::new();
        let mut client = database.connect();
        let error = Migrator::new(&chain)
            .hook(move |moment, db| match moment {
                Moment::BeforeCommit if at_commit => db.execute_batch("ROLLBACK"),
                Moment::BeforeStep(_) if !at_commit => db.execute_batch("ROLLBACK"),
                _ => Ok(()),
            })
            .run(&mut client)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Code, "{error:#}");
        assert!(
            error.to_string().contains("ended the transaction"),
            "{error:#}"
        );
        assert!(!database.dump().contains("migrate_"), "{at_commit}");
        E::execute(&mut client, "BEGIN; COMMIT");
        chain.run(&mut client).unwrap();
    }
}

#[test]
fn a_long_plan_in_several_messages_knows_the_place_too() {
    let long = format!(
        "CREATE TABLE t (x TEXT);\nINSERT INTO t VALUES ('{}');\nDROP TABLE t;",
        "é".repeat(400_000)
    );
    let chain = |script: &str| {
        Versions::new()
            .sql("a1", "", &long, "")
            .sql("b1", "a1", &long, "")
            .sql("c1", "b1", &long, "")
            .sql("d1", "c1", script, "")
            .load::<Postgres>()
    };
    let database = Postgres::new();
    let mut client = database.connect();
    let before = database.dump();
    for (script, place) in [
        ("SELECT 'é', nope;", "versions/d1.sql:6:13"),
        ("SELECT 1;\nSELECT 1 / 0;", "versions/d1.sql:7:1"),
    ] {
        let error = chain(script).run(&mut client).unwrap_err();
        assert_eq!(error.place().unwrap().to_string(), place, "{error:#}");
        assert_eq!(database.dump(), before);
    }
    assert_eq!(chain("SELECT 1;").run(&mut client).unwrap().steps.len(), 4);
}

#[test]
fn a_database_that_counts_bytes_knows_the_place_too() {
    let server = migrate_tests::Postgres::shared();
    let admin = server.database();
    let name = format!("ascii_{}", admin.name());
    Postgres::execute(
        &mut admin.connect(),
        &format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
        ),
    );
    let mut config = admin.config();
    let mut client = config.dbname(&name).connect(::postgres::NoTls).unwrap();
    let chain = Versions::new()
        .sql("a1", "", "SELECT 'éé';", "")
        .sql("b1", "a1", "SELECT 'éé', nope;", "")
        .load::<Postgres>();
    let error = chain.run(&mut client).unwrap_err();
    assert_eq!(
        error.place().unwrap().to_string(),
        "versions/b1.sql:6:14",
        "{error:#}"
    );
    drop(client);
    Postgres::execute(
        &mut admin.connect(),
        &format!("DROP DATABASE {name} (FORCE)"),
    );
}

#[test]
fn swallowing_an_error_on_postgres_fails_the_step() {
    let chain = Versions::new()
        .code(
            "a1",
            "",
            Function::Sync(|db| {
                let _ = db.execute_batch("SELEC 1");
                Ok(())
            }),
        )
        .load::<Postgres>();
    let database = Postgres::new();
    let before = database.dump();
    let error = chain.run(&mut database.connect()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Code, "{error:#}");
    assert_eq!(error.revision(), Some("a1"));
    assert_eq!(database.dump(), before);
}

/// The whole story of the error of a script; the database has the table `kept` with a row.
fn story<E: Engine>(script: &str) -> String {
    let database = E::new();
    let mut client = database.connect();
    E::execute(
        &mut client,
        "CREATE TABLE kept (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO kept VALUES (1, 'one')",
    );
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .sql("b1", "a1", script, "")
        .load::<E>();
    told(&chain.run(&mut client).unwrap_err())
}

/// `{:#}`, which is what `Debug` says, too.
pub(crate) fn told(error: &Error) -> String {
    let story = format!("{error:#}");
    assert_eq!(format!("{error:?}"), story);
    assert_eq!(story.lines().next(), Some(error.to_string().as_str()));
    story + "\n"
}

fn check(actual: &str, expected: &Expect) {
    expected.assert_shared(actual);
}

#[test]
fn stories_of_scripts() {
    let syntax = "INSERT INTO kept VALUES (2, 'é');\nSELEC 1;";
    check(
        &story::<Sqlite>(syntax),
        &expect![[r#"
        versions/b1.sql:7:1: the upgrade of `b1` failed
        near "SELEC": syntax error
          --> versions/b1.sql:7:1
           |
         7 | SELEC 1;
           | ^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    check(
        &story::<Postgres>(syntax),
        &expect![[r#"
        versions/b1.sql:7:1: the upgrade of `b1` failed
        syntax error at or near "SELEC"
          --> versions/b1.sql:7:1
           |
         7 | SELEC 1;
           | ^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    let constraint = "-- the row is there\nINSERT INTO kept\nVALUES (1, 'again');";
    check(
        &story::<Sqlite>(constraint),
        &expect![[r#"
        versions/b1.sql:7:1: the upgrade of `b1` failed
        UNIQUE constraint failed: kept.id
          --> versions/b1.sql:7:1
           |
         7 | INSERT INTO kept
           | ^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    check(
        &story::<Postgres>(constraint),
        &expect![[r#"
        versions/b1.sql:7:1: the upgrade of `b1` failed
        duplicate key value violates unique constraint "kept_pkey"
        detail: Key (id)=(1) already exists.
          --> versions/b1.sql:7:1
           |
         7 | INSERT INTO kept
           | ^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    check(
        &story::<Postgres>(
            "CREATE TABLE c (k INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\nALTER TABLE c ADD x INTEGER;",
        ),
        &expect![[r#"
            versions/b1.sql:8:1: the upgrade of `b1` failed
            cannot ALTER TABLE "c" because it has pending trigger events
              --> versions/b1.sql:8:1
               |
             8 | ALTER TABLE c ADD x INTEGER;
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = note: its transaction was rolled back: the database is as it was before it
              = help: rows changed earlier in this transaction still wait for their triggers: give the step a transaction of its own: `-- upgrade (own transaction)`
        "#]],
    );
    check(
        &story::<Postgres>(
            "DO $$\nBEGIN\n  PERFORM 1;\n  RAISE EXCEPTION 'no' USING HINT = 'go home';\nEND $$;",
        ),
        &expect![[r#"
            versions/b1.sql:6:1: the upgrade of `b1` failed
            no
            hint: go home
            where: PL/pgSQL function inline_code_block line 4 at RAISE
              --> versions/b1.sql:6:1
               |
             6 | DO $$
               | ^^^^^
              = note: its transaction was rolled back: the database is as it was before it
        "#]],
    );
    check(
        &story::<Postgres>(
            "CREATE TABLE c (k INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (9);",
        ),
        &expect![[r#"
            COMMIT failed after a1, b1
            insert or update on table "c" violates foreign key constraint "c_k_fkey"
            detail: Key (k)=(9) is not present in table "kept".
              = note: its transaction was rolled back: the database is as it was before it
              = help: a deferred constraint is checked at COMMIT: `SET CONSTRAINTS ALL IMMEDIATE` at the end of a script finds the one that fails
        "#]],
    );
}

#[test]
fn stories_of_code() {
    let story = |code: Upgrade| {
        let chain = Versions::new()
            .code("a1", "", Function::Sync(code))
            .load::<Postgres>();
        told(&chain.run(&mut Postgres::new().connect()).unwrap_err())
    };
    check(
        &story(|_| Err("no units".into())),
        &expect![[r#"
        versions/a1.rs: the upgrade of `a1` failed
        no units
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    check(
        &story(|db| db.execute("SELECT ?1 FROM nope", &[1.into()]).map(drop)),
        &expect![[r#"
            versions/a1.rs: the upgrade of `a1` failed
            relation "nope" does not exist
              = note: its transaction was rolled back: the database is as it was before it
        "#]],
    );
    check(
        &story(|_| {
            "x".parse::<i32>()?;
            Ok(())
        }),
        &expect![[r#"
            versions/a1.rs: the upgrade of `a1` failed
            invalid digit found in string
              = note: its transaction was rolled back: the database is as it was before it
        "#]],
    );
    check(
        &story(|_| panic!("no units")),
        &expect![[r#"
        versions/a1.rs: the upgrade of `a1` failed
        it panicked: no units
          = note: its transaction was rolled back: the database is as it was before it
    "#]],
    );
    check(
        &story(|db| db.execute_batch("COMMIT")),
        &expect![[r#"
        the upgrade of `a1` ended the transaction that it ran in
          = note: what it committed stays, and is recorded nowhere
          = help: leave COMMIT and ROLLBACK to the engine; to fail, return an error
    "#]],
    );
}
