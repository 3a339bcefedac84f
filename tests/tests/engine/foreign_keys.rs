//! `foreign keys off`: SQLite's table rebuilds, which delete child rows when done carelessly.

use migrate_runtime::{Error, ErrorKind, Function, Migrations};

use crate::failure::told;
use crate::support::{Engine, Sqlite, Versions};

const TABLES: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE);
    CREATE INDEX child_parent ON child (parent);
    CREATE VIEW names AS SELECT name FROM parent;
    INSERT INTO parent VALUES (1, 'one'), (2, 'two');
    INSERT INTO child VALUES (10, 1), (20, 2), (21, 2);";

const REBUILD: &str =
    "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '?');
INSERT INTO parent_new SELECT id, name FROM parent;
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;";

/// A chain whose second step rebuilds a table.
fn rebuild(script: &str) -> Migrations {
    Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade (foreign keys off)\n{script}\n\n-- downgrade: nothing"),
        )
        .sql("c1", "b1", "CREATE TABLE c (x INTEGER);", "")
        .load::<Sqlite>()
}

/// A database with rows, and a connection with the settings that the app wants.
fn database(foreign_keys: bool) -> (Sqlite, rusqlite::Connection) {
    let database = Sqlite::new();
    let mut client = database.connect();
    Sqlite::execute(&mut client, TABLES);
    Sqlite::execute(
        &mut client,
        &format!("PRAGMA foreign_keys = {}", u8::from(foreign_keys)),
    );
    (database, client)
}

fn settings(client: &mut rusqlite::Connection) -> (String, String) {
    let mut one = |sql| Sqlite::column(client, sql).remove(0);
    (one("PRAGMA foreign_keys"), one("PRAGMA legacy_alter_table"))
}

#[test]
fn child_rows_survive() {
    for on in [true, false] {
        let (database, mut client) = database(on);
        let before = settings(&mut client);
        rebuild(REBUILD).run(&mut client).unwrap();
        assert_eq!(settings(&mut client), before);
        let children = Sqlite::rows(&mut client, "SELECT id, parent FROM child ORDER BY id");
        assert_eq!(children, [["10", "1"], ["20", "2"], ["21", "2"]]);
        let told = database.dump();
        // The reference still means the table of that name.
        assert!(
            told.contains("REFERENCES parent ON DELETE CASCADE"),
            "{told}"
        );
        assert!(told.contains("NOT NULL DEFAULT"), "{told}");
        assert_eq!(
            Sqlite::column(&mut client, "SELECT name FROM names"),
            ["one", "two"]
        );
        // And foreign keys work as before.
        Sqlite::execute(&mut client, "PRAGMA foreign_keys = ON");
        Sqlite::execute(&mut client, "DELETE FROM parent WHERE id = 2");
        assert_eq!(Sqlite::column(&mut client, "SELECT id FROM child"), ["10"]);
    }
}

/// Runs a chain that must fail, and looks at what it leaves.
fn failure(migrations: &Migrations, prepare: &str, heads: &[&str]) -> Error {
    let (database, mut client) = database(true);
    Sqlite::execute(&mut client, prepare);
    migrations.upgrade(&mut client, "a1").unwrap();
    let (before, set) = (database.dump(), settings(&mut client));
    let error = migrations.run(&mut client).unwrap_err();
    assert_eq!(settings(&mut client), set);
    assert_eq!(set.0, "1");
    assert_eq!(database.dump(), before);
    assert_eq!(Sqlite::heads(&mut client), heads);
    Sqlite::execute(&mut client, "BEGIN; COMMIT");
    error
}

#[test]
fn what_would_dangle_is_listed() {
    let loses = "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO parent_new SELECT id, name FROM parent WHERE id <> 2;
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;";
    let error = failure(&rebuild(loses), "", &["a1"]);
    assert_eq!(error.kind(), ErrorKind::Script);
    assert_eq!(error.revision(), Some("b1"));
    expect_test::expect![[r#"
        versions/b1.sql:6:1: the rebuild would leave 2 rows that refer to nothing
          --> versions/b1.sql:6:1
           |
         6 | CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT);
           | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          = note: `child`, row 20, refers to `parent`
          = note: `child`, row 21, refers to `parent`
          = note: its transaction was rolled back: the database is as it was before it
          = help: copy every row to the rebuilt table, or mend the rows that refer to it, in the same script
    "#]].assert_eq(&told(&error));
}

#[test]
fn an_error_puts_everything_back() {
    let error = failure(&rebuild(&format!("{REBUILD}\nSELEC 1;")), "", &["a1"]);
    assert_eq!(
        error.to_string(),
        "versions/b1.sql:10:1: the upgrade of `b1` failed"
    );
}

#[test]
fn what_dangled_before_is_not_the_rebuilds_fault() {
    let (database, mut client) = database(false);
    Sqlite::execute(
        &mut client,
        "INSERT INTO child VALUES (30, 7);
         CREATE TABLE bare (k TEXT PRIMARY KEY, parent INTEGER REFERENCES parent) WITHOUT ROWID;
         INSERT INTO bare VALUES ('x', 8), ('y', 1);",
    );
    let made = rebuild(REBUILD);
    made.run(&mut client).unwrap();
    assert!(database.dump().contains("row child integer 30 | integer 7"));
}

#[test]
fn one_dangling_row_does_not_excuse_another() {
    // Rows of a table WITHOUT ROWID all look the same to the check.
    let prepare = "PRAGMA foreign_keys = OFF;
         CREATE TABLE bare (k TEXT PRIMARY KEY, parent INTEGER REFERENCES parent) WITHOUT ROWID;
         INSERT INTO bare VALUES ('x', 8), ('y', 1);
         PRAGMA foreign_keys = ON;";
    let script = format!("{REBUILD}\nUPDATE bare SET parent = 9 WHERE k = 'y';");
    let error = failure(&rebuild(&script), prepare, &["a1"]);
    assert_eq!(error.kind(), ErrorKind::Script);
    assert!(told(&error).contains("`bare`"), "{error:#}");
}

#[test]
fn a_panic_after_a_rebuild_puts_everything_back() {
    let chain = Versions::new()
        .sql("a1", "", "CREATE TABLE a (x INTEGER);", "")
        .with(
            "b1",
            "a1",
            "",
            &format!("-- upgrade (foreign keys off)\n{REBUILD}\n\n-- downgrade: nothing"),
        )
        .code("c1", "b1", Function::Sync(|_| panic!("after it")))
        .load::<Sqlite>();
    let (_database, mut client) = database(true);
    let error = chain.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Code);
    assert_eq!(settings(&mut client).0, "1");
    // The rebuild took a transaction of its own.
    assert_eq!(Sqlite::heads(&mut client), ["b1"]);

    // A panic of the app's own, out of an observer, unwinds through the engine.
    let chain = rebuild(REBUILD);
    let (database, mut client) = self::database(true);
    chain.upgrade(&mut client, "a1").unwrap();
    let (before, set) = (database.dump(), settings(&mut client));
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        migrate_runtime::Migrator::new(&chain)
            .on_event(|event| {
                if matches!(event, migrate_runtime::Event::StepFinished { .. }) {
                    panic!("the observer's own");
                }
            })
            .run(&mut client)
    }));
    unwound.unwrap_err();
    assert_eq!(settings(&mut client), set);
    assert_eq!(database.dump(), before);
    chain.run(&mut client).unwrap();
}

/// Every recipe that drops a table while rows of others refer to it, in a section that leaves foreign keys on.
#[test]
fn a_dropped_table_takes_no_rows_of_others_with_it() {
    let recipes: [(&str, &[&str]); 8] = [
        (
            "the copy that is renamed, in two revisions",
            &[
                "CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO parent_new SELECT id, name FROM parent;\nDROP TABLE parent;",
                "ALTER TABLE parent_new RENAME TO parent;",
            ],
        ),
        (
            "SQLite's backup table",
            &[
                "CREATE TEMPORARY TABLE backup (id, name);\nINSERT INTO backup SELECT id, name FROM parent;\nDROP TABLE parent;\n\
             CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO parent SELECT id, name FROM backup;\nDROP TABLE backup;",
            ],
        ),
        (
            "made again and seeded",
            &[
                "DROP TABLE IF EXISTS main.\"PARENT\";\nCREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO parent VALUES (1, 'one'), (2, 'two');",
            ],
        ),
        (
            "made again in the next revision",
            &[
                "DROP TABLE parent;",
                "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);",
            ],
        ),
        (
            "a comment and other quotes",
            &[
                "/* DROP */ drop -- it\n table [parent];\nCREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);",
            ],
        ),
        (
            "a child that is dropped before is made again",
            &[
                "CREATE TABLE other (parent INTEGER REFERENCES parent ON DELETE CASCADE);\nDROP TABLE other;\nDROP TABLE parent;",
            ],
        ),
        (
            "once in a no transaction section",
            &[
                "-- upgrade (no transaction)\nDROP TABLE parent;\nVACUUM;\nCREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);",
            ],
        ),
        (
            "keys deferred",
            &[
                "PRAGMA defer_foreign_keys = ON;\nDROP TABLE parent;\nCREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO parent VALUES (1, 'one'), (2, 'two');",
            ],
        ),
    ];
    for action in ["CASCADE", "SET NULL", "SET DEFAULT"] {
        for (recipe, scripts) in &recipes {
            let case = format!("{recipe}, {action}");
            let database = Sqlite::new();
            let mut client = database.connect();
            let tables = format!(
                "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
                 CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER DEFAULT 0 REFERENCES Parent (id) ON DELETE {action});
                 INSERT INTO parent VALUES (0, 'none'), (1, 'one'), (2, 'two');
                 INSERT INTO child VALUES (10, 1), (20, 2), (21, 2), (30, NULL);"
            );
            Sqlite::execute(&mut client, &tables);
            let mut versions = Versions::new();
            let mut down = String::new();
            for (index, script) in scripts.iter().enumerate() {
                let id = format!("r{index}");
                let sections = if script.starts_with("-- upgrade") {
                    (*script).to_owned()
                } else {
                    format!("-- upgrade\n{script}")
                };
                let sections = format!("{sections}\n\n-- downgrade: nothing");
                versions = versions.with(&id, &down, "", &sections);
                down = id;
            }
            let before = database.made();
            let error = versions.load::<Sqlite>().run(&mut client).unwrap_err();
            let story = told(&error);
            assert_eq!(error.kind(), ErrorKind::Script, "{case}: {story}");
            assert_eq!(error.revision(), Some("r0"), "{case}: {story}");
            assert!(story.contains("3 rows of `child`"), "{case}: {story}");
            assert!(story.contains("foreign keys off"), "{case}: {story}");
            assert!(
                error.place().is_some_and(|place| place.line > 1),
                "{case}: {story}"
            );
            assert_eq!(database.made(), before, "{case}");
            assert_eq!(settings(&mut client).0, "1", "{case}");
        }
    }
}

/// What loses nothing runs as before.
#[test]
fn a_table_that_no_row_refers_to_is_dropped() {
    for (tables, script) in [
        // No rows, rows that refer to nothing, keys that are off.
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE);",
            "DROP TABLE parent;",
        ),
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (NULL);",
            "DROP TABLE parent;",
        ),
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1); PRAGMA foreign_keys = OFF;",
            "DROP TABLE parent;",
        ),
        // The rows are gone before, or go with their own table, in either order.
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1);",
            "DELETE FROM child;\nDROP TABLE parent;",
        ),
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1);",
            "DROP TABLE child;\nDROP TABLE parent;",
        ),
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1);",
            "DROP TABLE parent;\nDROP TABLE child;",
        ),
        // Its own rows refer to it.
        (
            "CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree ON DELETE CASCADE); INSERT INTO tree VALUES (1, NULL), (2, 1);",
            "DROP TABLE tree;\nDROP TABLE parent;",
        ),
        // A key to a column that isn't there means nothing to SQLite.
        (
            "PRAGMA foreign_keys = OFF; CREATE TABLE child (parent INTEGER REFERENCES parent (gone) ON DELETE CASCADE); INSERT INTO child VALUES (1); PRAGMA foreign_keys = ON;",
            "DROP TABLE parent;",
        ),
        // A temporary table of that name is another.
        (
            "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1); CREATE TEMP TABLE parent (x);",
            "DROP TABLE parent;",
        ),
    ] {
        let database = Sqlite::new();
        let mut client = database.connect();
        let parent = "PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1);";
        Sqlite::execute(&mut client, &format!("{parent} {tables}"));
        let chain = Versions::new().sql("a1", "", script, "").load::<Sqlite>();
        chain
            .run(&mut client)
            .unwrap_or_else(|error| panic!("{tables} {script}: {error:#}"));
    }
}

/// A key of two columns, and one that names no columns, refer to what they refer to.
#[test]
fn keys_of_several_columns_are_counted() {
    let database = Sqlite::new();
    let mut client = database.connect();
    Sqlite::execute(
        &mut client,
        "PRAGMA foreign_keys = ON; CREATE TABLE parent (a TEXT COLLATE NOCASE, b INTEGER, PRIMARY KEY (b, a));
         CREATE TABLE child (x TEXT, y INTEGER, FOREIGN KEY (y, x) REFERENCES parent ON DELETE CASCADE);
         INSERT INTO parent VALUES ('k', 1), ('l', 1); INSERT INTO child VALUES ('K', 1), ('k', NULL);",
    );
    let chain = Versions::new()
        .sql("a1", "", "DROP TABLE parent;", "")
        .load::<Sqlite>();
    let error = chain.run(&mut client).unwrap_err();
    expect_test::expect![[r#"
        versions/a1.sql:6:1: the upgrade of `a1` failed
        dropping `parent` would delete 1 row of `child`, because it refers to it (ON DELETE CASCADE)
        hint: to rebuild the table, switch foreign keys off: `-- upgrade (sqlite, foreign keys off)`; to be rid of these rows, delete them in the script, before
          --> versions/a1.sql:6:1
           |
         6 | DROP TABLE parent;
           | ^^^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it
    "#]]
    .assert_eq(&told(&error));
    assert_eq!(Sqlite::rows(&mut client, "SELECT * FROM child").len(), 2);
}

/// A downgrade that an older release takes from the log is a script as any other.
#[test]
fn a_stored_downgrade_takes_no_rows_with_it_either() {
    let first = || Versions::new().sql("a1", "", "CREATE TABLE a (x INTEGER);", "DROP TABLE a;");
    let database = Sqlite::new();
    let mut client = database.connect();
    Sqlite::execute(&mut client, "PRAGMA foreign_keys = ON");
    first()
        .sql(
            "b1",
            "a1",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nINSERT INTO parent VALUES (1);",
            "DROP TABLE parent;",
        )
        .load::<Sqlite>()
        .run(&mut client)
        .unwrap();
    Sqlite::execute(
        &mut client,
        "CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1)",
    );
    let older = first().load::<Sqlite>();
    let error = migrate_runtime::Migrator::new(&older)
        .on_ahead(migrate_runtime::OnAhead::Downgrade)
        .run(&mut client)
        .unwrap_err();
    assert!(
        told(&error).contains("delete 1 row of `child`"),
        "{error:#}"
    );
    assert_eq!(Sqlite::heads(&mut client), ["b1"]);
    assert_eq!(
        Sqlite::column(&mut client, "SELECT parent FROM child"),
        ["1"]
    );
}

/// Code that drops a table, through each way that a context has, on each driver.
mod code {
    use migrate_runtime::{AsyncContext, BoxedStep, Function, Result};

    use super::TABLES;
    use crate::reached::{Reached, Run};
    use crate::support::{Engine, Sqlite, Versions};

    const CHILD_FIRST: &str = "DELETE FROM child; DROP TABLE parent";
    const CHILD_TOO: &str = "DROP TABLE parent; DROP TABLE child; DROP VIEW names";

    fn execute<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move { db.execute("DROP TABLE parent", &[]).await.map(drop) })
    }

    fn query<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move { db.query("DROP TABLE \"parent\"", &[]).await.map(drop) })
    }

    fn batch<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move {
            db.execute_batch("DROP VIEW names; DROP TABLE IF EXISTS parent;")
                .await
        })
    }

    fn child_first<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move { db.execute_batch(CHILD_FIRST).await })
    }

    fn child_too<'a>(db: &'a mut AsyncContext<'_>) -> BoxedStep<'a> {
        Box::pin(async move { db.execute_batch(CHILD_TOO).await })
    }

    fn ran(reached: &Reached, function: Function) -> Result<migrate_runtime::Report> {
        let database = reached.sqlite().unwrap();
        Sqlite::execute(&mut database.connect(), TABLES);
        let chain = Versions::new().code("a1", "", function).load::<Sqlite>();
        reached.with(Run(&mut migrate_runtime::Migrator::new(&chain)))
    }

    #[test]
    fn a_table_that_rows_refer_to_is_not_dropped() {
        for function in [execute, query, batch] {
            for reached in Reached::on_sqlite() {
                let error = ran(&reached, Function::Async(function)).unwrap_err();
                let story = format!("{error:#}");
                assert!(
                    story.contains("dropping `parent` would delete 3 rows of `child`"),
                    "{}: {story}",
                    reached.name()
                );
                assert_eq!(reached.column("SELECT id FROM child"), ["10", "20", "21"]);
            }
        }
    }

    #[test]
    fn what_goes_with_its_children_may_go() {
        for function in [child_first, child_too] {
            for reached in Reached::on_sqlite() {
                ran(&reached, Function::Async(function)).unwrap_or_else(|error| {
                    panic!("{}: {error:#}", reached.name());
                });
                assert!(!reached.made().contains("CREATE TABLE parent"));
            }
        }
    }
}
