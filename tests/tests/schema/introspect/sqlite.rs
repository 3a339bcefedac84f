use migrate_schema::introspect::{Ignore, sqlite};
use migrate_schema::model::{Action, Deferrable, Schema, Table};
use rusqlite::Connection;

use super::columns;

fn read(ddl: &str) -> Schema {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(ddl).unwrap();
    sqlite(&conn, &Ignore::default()).unwrap()
}

/// The table `t` of a database with that DDL.
fn t(ddl: &str) -> Table {
    let table = read(ddl).tables.remove("t").unwrap();
    assert_eq!(table.not_understood, None, "{ddl}");
    table
}

#[test]
fn columns_are_told_as_they_mean() {
    let table = t(r#"CREATE TABLE t (
        id integer primary key autoincrement, -- a comment
        [a b] varchar ( 10 , 2 ) NOT NULL ON CONFLICT REPLACE default (( 1+1 )),
        "order" text collate nocase default 'it''s' CONSTRAINT nn NOT NULL,
        untyped,
        n int NULL DEFAULT - 1.5e-3,
        b bool default true,
        w default word,
        q default "quoted",
        z default null,
        at timestamp default CURRENT_timestamp,
        g text generated always as (upper ( "order" ) || 'x') stored,
        v AS (N*2),
        x blob default x'0aFf' COLLATE binary
    )"#);
    assert_eq!(
        columns(&table),
        [
            "id INTEGER NOT NULL AutoIncrement",
            "a b VARCHAR(10, 2) NOT NULL ON CONFLICT REPLACE DEFAULT (1 + 1)",
            "order TEXT NOT NULL DEFAULT 'it''s' COLLATE NOCASE",
            "untyped ",
            "n INT DEFAULT -1.5e-3",
            "b BOOL DEFAULT TRUE",
            "w  DEFAULT 'word'",
            "q  DEFAULT 'quoted'",
            "z ",
            "at TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
            "g TEXT AS (upper(\"order\") || 'x') STORED",
            "v  AS (n * 2) VIRTUAL",
            "x BLOB DEFAULT X'0AFF'",
        ]
    );
}

#[test]
fn keys_have_their_clauses() {
    let table = t("CREATE TABLE t (a text, b int, c int, d int,
        CONSTRAINT pk PRIMARY KEY (A COLLATE nocase, b DESC, c ASC) ON CONFLICT IGNORE
        CONSTRAINT uq UNIQUE (\"b\", c COLLATE BINARY) ON CONFLICT FAIL,
        UNIQUE (d)) WITHOUT ROWID, STRICT"
        .replace("text,", "text COLLATE BINARY,")
        .as_str());
    assert!(table.strict && table.without_rowid);
    let key = table.primary_key.unwrap();
    assert_eq!(key.name.as_deref(), Some("pk"));
    assert_eq!(key.columns, ["a", "b", "c"]);
    assert_eq!(key.on_conflict.as_deref(), Some("IGNORE"));
    let clauses: Vec<_> = key
        .clauses
        .iter()
        .map(|(c, t)| format!("{c} {t}"))
        .collect();
    assert_eq!(clauses, ["a COLLATE NOCASE", "b DESC"]);
    let uq = &table.uniques["uq"];
    assert_eq!((uq.columns.join(), uq.clauses.len()), ("b,c".to_owned(), 0));
    assert_eq!(uq.on_conflict.as_deref(), Some("FAIL"));
    assert!(uq.is_named && !table.uniques["uq_t_d"].is_named);
    assert!(table.columns[0..3].iter().all(|column| !column.nullable));
}

#[test]
fn the_rowid_is_never_null() {
    for ddl in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY)",
        "CREATE TABLE t (id integer, PRIMARY KEY (\"ID\"))",
    ] {
        assert_eq!(columns(&t(ddl)), ["id INTEGER NOT NULL"]);
        assert_eq!(t(ddl).primary_key.unwrap().columns, ["id"]);
    }
    assert_eq!(
        columns(&t("CREATE TABLE t (id INT PRIMARY KEY)")),
        ["id INT"]
    );
    for option in ["STRICT", "WITHOUT ROWID", "STRICT, WITHOUT ROWID"] {
        let key = t(&format!("CREATE TABLE t (id TEXT PRIMARY KEY) {option}"));
        assert_eq!(columns(&key), ["id TEXT NOT NULL"], "{option}");
    }
    let numbered = t("CREATE TABLE t (id INTEGER, PRIMARY KEY (id AUTOINCREMENT))");
    assert_eq!(columns(&numbered), ["id INTEGER NOT NULL AutoIncrement"]);
}

#[test]
fn foreign_keys_are_whole() {
    let table = t("CREATE TABLE Orgs (a int, B int, PRIMARY KEY (a, b));
        CREATE TABLE t (x int, y int, z int REFERENCES t ON DELETE SET NULL DEFERRABLE,
            k INTEGER PRIMARY KEY CONSTRAINT self REFERENCES t (K) MATCH FULL ON UPDATE SET DEFAULT NOT DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT fk FOREIGN KEY (X, y) REFERENCES orgs ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED)");
    let fk = &table.foreign_keys["fk"];
    assert_eq!(
        (fk.columns.join(), fk.referenced.join()),
        ("x,y".into(), "a,B".into())
    );
    assert_eq!(fk.references, "Orgs");
    assert_eq!(
        (fk.on_update, fk.on_delete),
        (Action::Cascade, Action::Restrict)
    );
    assert_eq!(fk.deferrable, Deferrable::InitiallyDeferred);
    let z = &table.foreign_keys["fk_t_z"];
    assert_eq!(
        (z.on_delete, z.deferrable),
        (Action::SetNull, Deferrable::InitiallyImmediate)
    );
    assert_eq!((z.referenced.join(), z.is_named), ("k".into(), false));
    let own = &table.foreign_keys["self"];
    assert_eq!(
        (own.on_update, own.deferrable),
        (Action::SetDefault, Deferrable::No)
    );
}

trait Join {
    fn join(&self) -> String;
}

impl Join for Vec<String> {
    fn join(&self) -> String {
        self.as_slice().join(",")
    }
}

#[test]
fn checks_and_indexes_are_read_to_the_end() {
    let table = t(
        r#"CREATE TABLE t (a int CHECK (a>0) CONSTRAINT two CHECK ((a < 9)), b text COLLATE NOCASE,
            CHECK (a <> 5 or b is NULL), CHECK (b in ('x','Y')) ON CONFLICT IGNORE);
        CREATE INDEX plain ON t (a, B collate nocase DESC);
        CREATE UNIQUE INDEX IF NOT EXISTS part ON t ("b" COLLATE binary, (lower(b)), ((a+1)) desc) WHERE ((a is not null));"#,
    );
    let checks: Vec<_> = table
        .checks
        .values()
        .map(|check| format!("{} {} {}", check.name, check.is_named, check.expression))
        .collect();
    assert_eq!(
        checks,
        [
            "ck_t_a false a > 0",
            "ck_t_a_b false a <> 5 OR b IS NULL",
            "ck_t_b false b IN ('x', 'Y')",
            "two true a < 9",
        ]
    );
    assert_eq!(table.indexes["plain"].keys, ["a", "b DESC"]);
    let part = &table.indexes["part"];
    assert_eq!(part.keys, ["b COLLATE BINARY", "lower(b)", "a + 1 DESC"]);
    assert_eq!(part.predicate.as_deref(), Some("a IS NOT NULL"));
    assert!(part.unique && !table.indexes["plain"].unique);
}

#[test]
fn what_is_not_modelled_is_kept_verbatim() {
    let schema = read(
        "CREATE TABLE t (a); CREATE TABLE u (a); CREATE TABLE migrate_log (x);
         CREATE VIEW zero AS SELECT * FROM t;
         CREATE VIEW above AS SELECT * FROM zero, u;
         CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO u VALUES (1); END;
         CREATE TRIGGER instead INSTEAD OF DELETE ON above BEGIN SELECT 1; END;
         CREATE VIRTUAL TABLE f USING fts5(body);",
    );
    let names: Vec<_> = schema
        .opaque
        .iter()
        .map(|opaque| format!("{} {} {}", opaque.kind, opaque.name, opaque.tables.join()))
        .collect();
    assert_eq!(
        names,
        [
            "virtual table f ",
            "view zero t",
            "view above t,u",
            "trigger instead t,u"
        ]
    );
    assert_eq!(schema.tables.keys().collect::<Vec<_>>(), ["t", "u"]);
    let trigger = &schema.tables["t"].opaque[0];
    assert_eq!(trigger.tables, ["t", "u"]);
    assert_eq!(trigger.drop, "DROP TRIGGER tr");
    assert!(trigger.create.starts_with("CREATE TRIGGER tr AFTER INSERT"));
}

#[test]
fn what_changed_by_alter_is_read_again() {
    let table = t("CREATE TABLE old (a int, b text CHECK (length(b) > 0));
        ALTER TABLE old ADD COLUMN c int NOT NULL DEFAULT 7;
        ALTER TABLE old RENAME TO t;
        ALTER TABLE t RENAME COLUMN b TO \"order\";
        ALTER TABLE t DROP COLUMN a;");
    assert_eq!(columns(&table), ["order TEXT", "c INT NOT NULL DEFAULT 7"]);
    assert_eq!(
        table.checks.values().next().unwrap().expression,
        "length(\"order\") > 0"
    );
}
