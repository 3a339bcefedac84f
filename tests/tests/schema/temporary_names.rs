//! Names that a script needs for a while: of objects of ours, beside whatever somebody has called so.

use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::around::there;
use crate::change::{Change, Read, schema_of};
use crate::support::{Postgres, Sqlite};

/// What a person calls the changes, and why they break older clients.
fn described<E: Read>(
    before: &str,
    after: &str,
    answers: &Answers,
) -> (Vec<String>, Option<String>) {
    let (from, to) = (schema_of::<E>(before), schema_of::<E>(after));
    let changes = diff(&from, &to, &Hints::default(), answers).unwrap();
    (changes.describe(), changes.breaking())
}

const MOOD: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood);";

#[test]
fn an_enum_is_replaced_beside_whatever_has_the_name_of_its_old_type() {
    for other in [
        "CREATE TYPE mood_old AS ENUM ('x');",
        "CREATE TYPE mood_old AS ENUM ('x'); CREATE TYPE mood_old_ AS ENUM ('y');",
        "CREATE TABLE mood_old (a integer);",
        "CREATE DOMAIN mood_old AS integer;",
        "CREATE VIEW mood_old AS SELECT 1 AS one;",
        "CREATE TYPE mood_old AS (a integer);",
    ] {
        let before = format!("{other}{MOOD}");
        let after = before.replace("'sad', 'ok'", "'ok', 'sad'");
        there::<Postgres>(&before, "INSERT INTO t VALUES ('sad'), (NULL)", &after);
        let (found, breaking) = described::<Postgres>(&before, &after, &Answers::new());
        assert_eq!(found, ["change the values of enum mood"], "{other}");
        assert_eq!(breaking, None, "{other}");
    }
}

#[test]
fn an_enum_of_such_a_name_may_go() {
    let before = format!("CREATE TYPE mood_old AS ENUM ('x');{MOOD}");
    let answers = Answers::new().drop("mood_old");
    let (found, breaking) = described::<Postgres>(&before, MOOD, &answers);
    assert_eq!(found, ["drop enum mood_old"]);
    assert_eq!(breaking, None);
    // The one that goes is in the way of the one that is replaced in the same script.
    let after = MOOD.replace("'sad', 'ok'", "'ok', 'sad'");
    let change = Change {
        answers,
        ..Change::new(&before, "INSERT INTO t VALUES ('sad')", &after)
    };
    change.carry_out::<Postgres>();
}

#[test]
fn a_table_is_made_anew_beside_whatever_has_the_name_of_the_new_one() {
    for other in [
        "CREATE TABLE t_new (b TEXT);",
        "CREATE TABLE T_NEW (b TEXT);",
        "CREATE TABLE T_New (b TEXT); CREATE TABLE t_NEW_ (b TEXT);",
        "CREATE VIEW t_new AS SELECT 1 AS one;",
        "CREATE VIEW T_NEW AS SELECT a FROM t;",
        "CREATE TABLE other (b TEXT); CREATE INDEX T_new ON other (b);",
        "CREATE VIRTUAL TABLE t_New USING fts5 (b);",
    ] {
        let before = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1); {other}");
        let after = before.replace("DEFAULT 1", "DEFAULT 2");
        there::<Sqlite>(&before, "INSERT INTO t (a) VALUES ('x')", &after);
    }
}

/// One that this script creates or drops is in the way too.
#[test]
fn a_table_is_made_anew_while_one_of_the_name_comes_or_goes() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1);";
    let after =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 2); CREATE TABLE T_NEW (b TEXT);";
    there::<Sqlite>(before, "INSERT INTO t (a) VALUES ('x')", after);
}

#[test]
fn a_column_becomes_not_null_online_beside_a_check_of_that_name() {
    let before = "CREATE TABLE t (a integer, b integer, CONSTRAINT ck_t_a_not_null CHECK (b > 0))";
    let after = before.replace("a integer", "a integer NOT NULL");
    there::<Postgres>(before, "INSERT INTO t VALUES (1, 2)", &after);
}

#[test]
fn a_sequence_is_made_beside_whatever_has_its_name() {
    for other in [
        "CREATE TABLE t_id_seq (a integer);",
        "CREATE SEQUENCE t_id_seq;",
        "CREATE TABLE o (a integer); CREATE INDEX t_id_seq ON o (a);",
        "CREATE TABLE o (a integer, CONSTRAINT t_id_seq UNIQUE (a));",
        "CREATE VIEW t_id_seq AS SELECT 1 AS one;",
    ] {
        let before = format!("{other} CREATE TABLE t (id integer NOT NULL)");
        let after = format!("{other} CREATE TABLE t (id serial NOT NULL)");
        there::<Postgres>(&before, "INSERT INTO t VALUES (4)", &after);
    }
}

/// The name that PostgreSQL would cut off at its 63rd byte.
#[test]
fn long_names_stay_within_what_the_server_keeps() {
    let long = "m".repeat(63);
    let before = format!("CREATE TYPE {long} AS ENUM ('a', 'b'); CREATE TABLE t (m {long});");
    let after = before.replace("'a', 'b'", "'b', 'a'");
    there::<Postgres>(&before, "INSERT INTO t VALUES ('a')", &after);
    let (table, column) = ("t".repeat(50), "c".repeat(50));
    let before = format!("CREATE TABLE {table} ({column} integer NOT NULL)");
    let after = format!("CREATE TABLE {table} ({column} serial NOT NULL)");
    there::<Postgres>(&before, &format!("INSERT INTO {table} VALUES (4)"), &after);
}
