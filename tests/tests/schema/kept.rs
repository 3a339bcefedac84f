//! What a table that is made anew loses elsewhere, and what hangs on a table that changes: kept.

use migrate_schema::diff::Answers;

use crate::change::{Change, Done};
use crate::support::{Postgres, Sqlite};

/// Makes `t` anew by giving `a` another default, with a child that must keep its rows.
fn rebuilt(t: &str, rows: &str) -> Done<Sqlite> {
    let child = "CREATE TABLE child (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);";
    let before = format!("{t};\n{child}");
    let rows = format!("{rows}; INSERT INTO child SELECT id FROM t;");
    let after = before.replace("DEFAULT 1", "DEFAULT 2");
    assert_ne!(after, before);
    let done = Change::new(&before, &rows, &after)
        .carry_out::<Sqlite>()
        .upgraded();
    done.has("-- upgrade (foreign keys off)\n");
    done
}

fn one(done: &Done<Sqlite>, query: &str) -> String {
    done.client.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn autoincrement_and_the_numbers_that_were_given() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT DEFAULT 1)",
        "INSERT INTO t (id) VALUES (1), (41), (42); DELETE FROM t WHERE id = 42",
    );
    done.client
        .execute_batch("INSERT INTO t (a) VALUES ('x')")
        .unwrap();
    assert_eq!(one(&done, "SELECT CAST(max(id) AS TEXT) FROM t"), "43");
}

#[test]
fn numbers_of_a_table_without_rows() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT DEFAULT 1)",
        "INSERT INTO t (id) VALUES (7); DELETE FROM t",
    );
    done.client
        .execute_batch("INSERT INTO t (a) VALUES ('x')")
        .unwrap();
    assert_eq!(one(&done, "SELECT CAST(max(id) AS TEXT) FROM t"), "8");
}

#[test]
fn collations() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1 COLLATE NOCASE, b TEXT COLLATE RTRIM, UNIQUE (b COLLATE NOCASE))",
        "INSERT INTO t (a) VALUES ('X')",
    );
    done.has("COLLATE NOCASE");
    assert_eq!(one(&done, "SELECT a FROM t WHERE a = 'x'"), "X");
}

#[test]
fn conflict_clauses() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, a TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 1, b TEXT, UNIQUE (b) ON CONFLICT IGNORE)",
        "INSERT INTO t (b) VALUES ('x')",
    );
    done.client
        .execute_batch(
            "INSERT INTO t (b) VALUES ('x'); INSERT INTO t (id, a, b) VALUES (9, NULL, 'y')",
        )
        .unwrap();
    assert_eq!(one(&done, "SELECT group_concat(a || b) FROM t"), "1x,2y");
}

#[test]
fn descending_keys() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER, a TEXT DEFAULT 1, b TEXT, PRIMARY KEY (b DESC, id), UNIQUE (id));
         CREATE INDEX i ON t (a DESC, b COLLATE NOCASE)",
        "INSERT INTO t (id, b) VALUES (1, 'x')",
    );
    done.has("CREATE INDEX i ON t (a DESC, b COLLATE NOCASE);");
    done.has("PRIMARY KEY (b DESC, id)");
}

#[test]
fn partial_and_expression_indexes() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1);
         CREATE UNIQUE INDEX i ON t (lower(a)) WHERE a <> ''",
        "INSERT INTO t (a) VALUES ('x')",
    );
    done.has("CREATE UNIQUE INDEX i ON t (lower(a)) WHERE a <> '';");
}

#[test]
fn triggers() {
    let done = rebuilt(
        "CREATE TABLE log (x TEXT);
         CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1);
         CREATE TRIGGER tr AFTER INSERT ON t WHEN new.a <> '' BEGIN
             INSERT INTO log VALUES (new.a || ';'); -- with a comment
             SELECT CASE WHEN 1 THEN 2 END;
         END",
        "INSERT INTO t (a) VALUES ('x'); DELETE FROM log",
    );
    done.has("-- with a comment");
    done.client
        .execute_batch("INSERT INTO t DEFAULT VALUES")
        .unwrap();
    assert_eq!(one(&done, "SELECT x FROM log"), "2;");
}

#[test]
fn references_in_both_directions() {
    let done = rebuilt(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1,
            p_id INTEGER REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
            up INTEGER REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO p VALUES (3); INSERT INTO t VALUES (1, 'x', 3, NULL), (2, 'y', NULL, 1)",
    );
    done.has("ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED");
    done.client
        .execute_batch("PRAGMA foreign_keys = ON; DELETE FROM p; DELETE FROM t WHERE id = 1")
        .unwrap();
    assert_eq!(one(&done, "SELECT count(*) || '' FROM t"), "0");
    assert_eq!(one(&done, "SELECT count(*) || '' FROM child"), "0");
}

#[test]
fn generated_columns() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1, b TEXT AS (a || '!') STORED, c TEXT AS (b || '?'))",
        "INSERT INTO t (a) VALUES ('x')",
    );
    assert_eq!(one(&done, "SELECT c FROM t"), "x!?");
}

#[test]
fn views_and_their_triggers() {
    let done = rebuilt(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1);
         CREATE VIEW v AS SELECT id, a FROM t;
         CREATE VIEW w AS SELECT a FROM v WHERE id > 0;
         CREATE TRIGGER vt INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END",
        "INSERT INTO t (a) VALUES ('x')",
    );
    done.client
        .execute_batch("INSERT INTO v (a) VALUES ('y')")
        .unwrap();
    assert_eq!(one(&done, "SELECT group_concat(a) FROM w"), "x,y");
}

#[test]
fn quoted_names() {
    rebuilt(
        r#"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1, "order" TEXT, [a b] TEXT, "q""q" INTEGER CHECK ("q""q" > 0), Mixed TEXT);
           CREATE INDEX "an index" ON t ("a b", "order")"#,
        r#"INSERT INTO t ("order", [a b], "q""q") VALUES ('1', '2', 3)"#,
    );
}

#[test]
fn everything_follows_a_rename() {
    let before = "CREATE TABLE log (x TEXT, mail TEXT);
        CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL DEFAULT '?', up INTEGER REFERENCES users (id),
            CONSTRAINT ck_users_mail CHECK (mail <> ''));
        CREATE INDEX ix_users_mail ON users (lower(mail)) WHERE mail <> 'x';
        CREATE TABLE child (user_id INTEGER, CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
        CREATE VIEW v AS SELECT mail FROM users;
        CREATE TRIGGER tr AFTER UPDATE OF mail ON users BEGIN
            INSERT INTO log (x, mail) VALUES (old.mail, new.mail); END;";
    // By themselves, and with a table that is made anew, where foreign keys are off.
    for (from, to) in [
        ("", ""),
        ("DEFAULT '?'", "DEFAULT '!'"),
        ("user_id INTEGER,", "user_id INTEGER NOT NULL,"),
    ] {
        let after = before
            .replace(from, to)
            .replace("users", "people")
            .replace("mail TEXT NOT NULL", "email TEXT NOT NULL")
            .replace("(mail <> '')", "(email <> '')")
            .replace("lower(mail)) WHERE mail", "lower(email)) WHERE email")
            .replace("SELECT mail", "SELECT email")
            .replace("OF mail", "OF email")
            .replace("old.mail, new.mail", "old.email, new.email");
        let change = Change {
            answers: Answers::new()
                .rename("users=people")
                .and_then(|a| a.rename("users.mail=email"))
                .unwrap(),
            ..Change::new(
                before,
                "INSERT INTO users VALUES (1, 'a', NULL), (2, 'b', 1); INSERT INTO child VALUES (1), (2)",
                &after,
            )
        };
        let done = change.carry_out::<Sqlite>().upgraded();
        done.client
            .execute_batch("UPDATE people SET email = 'c' WHERE id = 1")
            .unwrap();
        assert_eq!(one(&done, "SELECT x || mail FROM log"), "ac");
        assert_eq!(one(&done, "SELECT group_concat(email) FROM v"), "c,b");
        done.client
            .execute_batch("PRAGMA foreign_keys = ON; DELETE FROM people WHERE id = 2")
            .unwrap();
        assert_eq!(one(&done, "SELECT count(*) || '' FROM child"), "1");
    }
}

/// What mentions a column that goes comes back as it was, so that nothing runs until it is rewritten.
#[test]
fn what_mentions_a_dropped_column_stops_the_upgrade() {
    for opaque in [
        "CREATE VIEW v AS SELECT b FROM t",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = new.b; END",
        "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN DELETE FROM t WHERE b = new.b; END",
    ] {
        let before = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); {opaque};");
        let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)";
        let (error, text) = Change::new(&before, "", after).refused::<Sqlite>();
        assert!(error.contains("no such column"), "{error}");
        assert!(text.contains("Review: the "), "{text}");
    }
    let before = "CREATE TABLE t (id integer, a text, b text); CREATE VIEW v AS SELECT b FROM t;
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (b = CURRENT_USER);";
    let (error, text) =
        Change::new(before, "", "CREATE TABLE t (id integer, a text)").refused::<Postgres>();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(text.matches("Review: the ").count(), 2, "{text}");
}

const POLICED: &str = "
    CREATE TABLE t (id integer PRIMARY KEY, owner text, a integer DEFAULT 1, CONSTRAINT x EXCLUDE USING btree (a WITH =));
    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON t FOR SELECT USING (owner = CURRENT_USER AND a > 0);
    COMMENT ON POLICY mine ON t IS 'one''s own';
    CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
    CREATE TRIGGER tr BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (new.a > 3) EXECUTE FUNCTION log();
    CREATE VIEW v AS SELECT id, a + 1 AS b FROM t;
    COMMENT ON VIEW v IS 'a view';
    CREATE VIEW w AS SELECT sum(b) AS s FROM v;
    CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n, max(a) AS a FROM t;";

#[test]
fn policies_triggers_and_views_of_a_retyped_column() {
    let after = POLICED.replace("a integer", "a bigint");
    let done =
        Change::new(POLICED, "INSERT INTO t VALUES (1, 'x', 5)", &after).carry_out::<Postgres>();
    done.has("DROP VIEW w;");
    done.has("CREATE POLICY mine");
}

#[test]
fn policies_triggers_and_views_of_renamed_things() {
    let after = POLICED
        .replace(" t ", " things ")
        .replace("FROM t;", "FROM things;")
        .replace("owner", "who");
    let done = Change {
        answers: Answers::new()
            .rename("t=things")
            .and_then(|a| a.rename("t.owner=who"))
            .unwrap(),
        ..Change::new(POLICED, "INSERT INTO t VALUES (1, 'x', 5)", &after)
    }
    .carry_out::<Postgres>();
    done.lacks("POLICY");
    done.lacks("VIEW");
}

#[test]
fn a_dropped_table_comes_back_with_all_that_hung_on_it() {
    let hung = &POLICED[..POLICED.find("CREATE VIEW v").unwrap()];
    let left =
        "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;";
    let done = Change::new(hung, "", left).carry_out::<Postgres>();
    done.has("This loses the rows of t.");
    done.has("t comes back without its rows.");
}

/// Full-text and r-tree tables refer to rows by their rowid.
#[test]
fn rowids_of_a_table_without_an_integer_key() {
    let before = "CREATE TABLE t (id TEXT PRIMARY KEY, a TEXT DEFAULT 1);
        CREATE VIRTUAL TABLE f USING fts5 (a, content = 't', content_rowid = 'rowid');";
    let rows = "INSERT INTO t VALUES ('x', 'one'), ('y', 'two'), ('z', 'three'); DELETE FROM t WHERE id = 'x';
        INSERT INTO f (f) VALUES ('rebuild');";
    let after = before.replace("DEFAULT 1", "DEFAULT 2");
    let done = Change::new(before, rows, &after)
        .carry_out::<Sqlite>()
        .upgraded();
    assert_eq!(
        one(&done, "SELECT group_concat(rowid || id) FROM t"),
        "2y,3z"
    );
    assert_eq!(one(&done, "SELECT a FROM f WHERE f MATCH 'three'"), "three");
}

/// A column may have one of the names of the rowid, and a key may be one on one side only.
#[test]
fn rowids_by_another_name() {
    for (before, after) in [
        (
            "id TEXT, rowid TEXT DEFAULT 1",
            "id TEXT, rowid TEXT DEFAULT 2",
        ),
        (
            "id TEXT, RowID TEXT, _rowid_ TEXT DEFAULT 1",
            "id TEXT, RowID TEXT, _rowid_ TEXT DEFAULT 2",
        ),
        (
            "id TEXT, rowid TEXT, oid TEXT, _rowid_ TEXT DEFAULT 1",
            "id TEXT, rowid TEXT, oid TEXT, _rowid_ TEXT DEFAULT 2",
        ),
        ("id INTEGER PRIMARY KEY, a TEXT", "id INTEGER, a TEXT"),
        ("id INTEGER, a TEXT", "id INTEGER PRIMARY KEY, a TEXT"),
    ] {
        let (before, after) = (
            format!("CREATE TABLE t ({before})"),
            format!("CREATE TABLE t ({after})"),
        );
        Change::new(
            &before,
            "INSERT INTO t (id) VALUES (7), (8), (9); DELETE FROM t WHERE id = 7",
            &after,
        )
        .carry_out::<Sqlite>();
    }
}

#[test]
fn what_version_18_brought() {
    if !migrate_tests::Postgres::shared().has("NOT ENFORCED, WITHOUT OVERLAPS, VIRTUAL", 18) {
        return;
    }
    let before = "CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE t (a int CONSTRAINT named NOT NULL, c int, r int4range, at daterange,
            v boolean GENERATED ALWAYS AS (c IS NULL) VIRTUAL, CONSTRAINT once UNIQUE (r, at WITHOUT OVERLAPS),
            CONSTRAINT ck CHECK (a > 0) NOT ENFORCED, CONSTRAINT fk FOREIGN KEY (c) REFERENCES p NOT ENFORCED);
        ALTER TABLE t ADD CONSTRAINT later NOT NULL c NOT VALID;";
    let rows = "INSERT INTO t (a, c, r, at) VALUES (1, 2, '[1,2)', '[2026-01-01,2026-02-01)')";
    let wider = before.replace("(a int", "(a bigint");
    Change::new(before, rows, &wider)
        .carry_out::<Postgres>()
        .upgraded();
    // The column that a constraint and a virtual column stand on.
    let wider = before.replace("c int,", "c bigint,");
    Change::new(before, rows, &wider)
        .carry_out::<Postgres>()
        .upgraded();
    let stored = before.replace("VIRTUAL", "STORED");
    Change::new(before, rows, &stored)
        .carry_out::<Postgres>()
        .upgraded();
}
