//! Names that change places, move up by one, or change only their case.

use migrate_schema::diff::{Answers, SchemaPair};
use migrate_schema::hints::Hints;
use migrate_schema::revision::work_out;

use crate::change::{Change, Done, Read, schema_of};
use crate::support::{Engine, Postgres, Sqlite};

on_both!(
    two_columns_change_places,
    indexes_and_references_change_places_with_their_columns,
    three_columns_change_places,
    columns_move_up_by_one,
    two_tables_change_places,
    tables_move_up_by_one,
    hints_that_name_each_other_are_asked_about,
);

fn renamed<E: Read>(before: &str, rows: &str, after: &str, renames: &[&str]) -> Done<E> {
    let answers = renames
        .iter()
        .fold(Answers::new(), |answers, one| answers.rename(one).unwrap());
    Change {
        answers,
        ..Change::new(before, rows, after)
    }
    .carry_out::<E>()
    .upgraded()
}

fn two_columns_change_places<E: Read>() {
    let table =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, CONSTRAINT c CHECK (a <> 'z'));
        CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a AS one, b AS two FROM t;";
    let after =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, a TEXT, CONSTRAINT c CHECK (b <> 'z'));
        CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT b AS one, a AS two FROM t;";
    let mut done = renamed::<E>(
        table,
        "INSERT INTO t VALUES (1, 'x', 'y')",
        after,
        &["t.a=b", "t.b=a"],
    );
    done.has("breaking: renames t.b to a; renames t.a to b");
    assert_eq!(E::column(&mut done.client, "SELECT b || a FROM t"), ["xy"]);
    assert_eq!(
        E::column(&mut done.client, "SELECT one || two FROM v"),
        ["xy"]
    );
}

fn indexes_and_references_change_places_with_their_columns<E: Read>() {
    let table = |one: &str, other: &str| {
        format!(
            "CREATE TABLE u (id INTEGER PRIMARY KEY);
             CREATE TABLE t (id INTEGER PRIMARY KEY, {one} INTEGER, {other} INTEGER, c INTEGER,
                CONSTRAINT fk_t_{one} FOREIGN KEY ({one}) REFERENCES u (id),
                CONSTRAINT fk_t_{other} FOREIGN KEY ({other}) REFERENCES u (id),
                CONSTRAINT uq_t_{one} UNIQUE ({one}, c));
             CREATE INDEX ix_t_{one} ON t ({one}); CREATE UNIQUE INDEX ix_t_{other} ON t ({other});"
        )
    };
    let (before, after) = (table("a", "b"), table("b", "a"));
    let rows = "INSERT INTO u VALUES (1), (2); INSERT INTO t VALUES (1, 1, 2, 3)";
    let renames = &["t.a=b", "t.b=a"];
    let mut done = renamed::<E>(&before, rows, &after, renames);
    assert_eq!(E::column(&mut done.client, "SELECT b FROM t"), ["1"]);
    // A table that is made anew for another reason.
    let after = after.replace("c INTEGER", "c INTEGER NOT NULL DEFAULT 7");
    renamed::<E>(&before, rows, &after, renames);
}

fn three_columns_change_places<E: Read>() {
    let mut done = renamed::<E>(
        "CREATE TABLE t (a TEXT, b TEXT, c TEXT)",
        "INSERT INTO t VALUES ('x', 'y', 'z')",
        "CREATE TABLE t (b TEXT, c TEXT, a TEXT)",
        &["t.a=b", "t.b=c", "t.c=a"],
    );
    assert_eq!(
        E::column(&mut done.client, "SELECT b || c || a FROM t"),
        ["xyz"]
    );
}

/// By hints too: when they are spent, the last name is there.
fn columns_move_up_by_one<E: Read>() {
    let (before, after) = (
        "CREATE TABLE t (a TEXT, b TEXT)",
        "CREATE TABLE t (b TEXT, c TEXT)",
    );
    let mut hints = Hints::default();
    for (new, old) in [("b", "a"), ("c", "b")] {
        hints
            .columns
            .insert(("t".to_owned(), new.to_owned()), old.to_owned());
    }
    let change = Change {
        hints: hints.clone(),
        ..Change::new(before, "INSERT INTO t VALUES ('x', 'y')", after)
    };
    let mut done = change.carry_out::<E>().upgraded();
    assert_eq!(E::column(&mut done.client, "SELECT b || c FROM t"), ["xy"]);
    let pair = SchemaPair::new(schema_of::<E>(after), schema_of::<E>(after));
    let again = work_out(&[pair], &hints, &Answers::new()).unwrap();
    assert!(again.is_empty() && again.spent.len() == 2, "{again:?}");
    renamed::<E>(
        before,
        "INSERT INTO t VALUES ('x', 'y')",
        after,
        &["t.a=b", "t.b=c"],
    );
}

fn two_tables_change_places<E: Read>() {
    let before = "CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (x INTEGER PRIMARY KEY);
        CREATE TABLE c (x INTEGER, CONSTRAINT f FOREIGN KEY (x) REFERENCES a (x));";
    let after = before.replace("REFERENCES a", "REFERENCES b");
    let mut done = renamed::<E>(
        before,
        "INSERT INTO a VALUES (1); INSERT INTO c VALUES (1)",
        &after,
        &["a=b", "b=a"],
    );
    assert_eq!(
        E::column(&mut done.client, "SELECT CAST(x AS TEXT) FROM b"),
        ["1"]
    );
}

fn tables_move_up_by_one<E: Read>() {
    let before = "CREATE TABLE a (x INTEGER); CREATE TABLE b (x INTEGER, y INTEGER);";
    let after = "CREATE TABLE b (x INTEGER); CREATE TABLE c (x INTEGER, y INTEGER);";
    let mut done = renamed::<E>(before, "INSERT INTO a VALUES (1)", after, &["a=b", "b=c"]);
    assert_eq!(
        E::column(&mut done.client, "SELECT CAST(x AS TEXT) FROM b"),
        ["1"]
    );
}

/// Before and after a swap everything looks the same.
fn hints_that_name_each_other_are_asked_about<E: Read>() {
    let schema = schema_of::<E>("CREATE TABLE t (a TEXT, b TEXT)");
    let mut hints = Hints::default();
    for (new, old) in [("b", "a"), ("a", "b")] {
        hints
            .columns
            .insert(("t".to_owned(), new.to_owned()), old.to_owned());
    }
    let pair = SchemaPair::new(schema.clone(), schema);
    let refusal = work_out([&pair], &hints, &Answers::new()).unwrap_err();
    assert!(
        refusal.problems[0].contains("to swap the two, say `--rename t.b=a --rename t.a=b`"),
        "{refusal}"
    );
    let answers = Answers::new()
        .rename("t.a=b")
        .unwrap()
        .rename("t.b=a")
        .unwrap();
    assert_eq!(
        work_out([&pair], &hints, &answers).unwrap().changes[0].describe(),
        ["rename column t.b to a", "rename column t.a to b"]
    );
}

#[test]
fn values_of_an_enum_change_places() {
    let before = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood DEFAULT 'sad');";
    let after = "CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TABLE t (m mood DEFAULT 'ok');";
    let mut done = renamed::<Postgres>(
        before,
        "INSERT INTO t VALUES (NULL)",
        after,
        &["mood.sad=ok", "mood.ok=sad"],
    );
    Postgres::execute(&mut done.client, "INSERT INTO t DEFAULT VALUES");
    let given = "SELECT m::text FROM t WHERE m IS NOT NULL";
    assert_eq!(Postgres::column(&mut done.client, given), ["ok"]);
}

#[test]
fn only_the_case_of_a_name_changes() {
    let before = "CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT); CREATE VIEW v AS SELECT mail AS m FROM users;
        CREATE TABLE posts (u INTEGER, CONSTRAINT f FOREIGN KEY (u) REFERENCES users (id));";
    let rows = "INSERT INTO users VALUES (1, 'a'); INSERT INTO posts VALUES (1);";
    let after = before.replace("users", "Users");
    renamed::<Sqlite>(before, rows, &after, &["users=Users"]);
    let after = before.replace("mail", "Mail");
    renamed::<Sqlite>(before, rows, &after, &["users.mail=Mail"]);
}

/// PostgreSQL writes these without quotes, so nothing has to be made anew for them.
#[test]
fn names_that_mean_something_to_the_other_database() {
    for word in ["begin", "view", "plan", "abort", "replace", "index", "by"] {
        let before = "CREATE TABLE t (a integer, g integer GENERATED ALWAYS AS (a + 1) STORED, CONSTRAINT c CHECK (a > 0));
            CREATE INDEX i ON t ((a + 1)) WHERE a > 1;";
        let after = before
            .replace("a integer", &format!("{word} integer"))
            .replace("(a ", &format!("({word} "))
            .replace("WHERE a", &format!("WHERE {word}"));
        let done = renamed::<Postgres>(
            before,
            "INSERT INTO t VALUES (1)",
            &after,
            &[&format!("t.a={word}")],
        );
        done.lacks("DROP");
    }
}
