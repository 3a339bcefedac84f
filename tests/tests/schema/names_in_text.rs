//! Names that stand in a text which the database doesn't read: followed, or shown for review.

use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::change::{Change, Done, Read, schema_of};
use crate::support::{Engine, Postgres, Sqlite};

fn renamed<E: Read>(before: &str, rows: &str, change: (&str, &str), rename: &str) -> Done<E> {
    // Models say nothing of what stands around a table.
    let tables = before.split(" CREATE ").next().unwrap();
    let after = tables.replace(change.0, change.1);
    let answers = Answers::new().rename(rename).unwrap();
    Change {
        answers,
        ..Change::new(before, rows, &after)
    }
    .carry_out::<E>()
    .upgraded()
}

#[test]
fn the_row_of_a_trigger_is_followed() {
    let before = "CREATE TABLE users (id integer, mail text); CREATE FUNCTION plain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'UPDATE' AND OLD.mail = NEW.mail THEN RETURN new; END IF;
            NEW.mail := lower(new.mail); RETURN new; END $$;
        CREATE TRIGGER users_plain BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION plain();";
    let mut done = renamed::<Postgres>(
        before,
        "INSERT INTO users VALUES (1, 'A')",
        ("mail text", "email text"),
        "users.mail=email",
    );
    done.lacks("Review");
    Postgres::execute(&mut done.client, "INSERT INTO users VALUES (2, 'B')");
    assert_eq!(
        Postgres::column(&mut done.client, "SELECT email FROM users WHERE id = 2"),
        ["b"]
    );
}

#[test]
fn a_query_of_a_function_is_followed() {
    let before = "CREATE TABLE users (id integer, mail text);
        CREATE FUNCTION mails() RETURNS SETOF text LANGUAGE sql AS 'SELECT u.mail FROM users u';";
    let after = "CREATE TABLE users (id integer, email text);";
    let answers = Answers::new().rename("users.mail=email").unwrap();
    let change = Change {
        answers,
        ..Change::new(before, "INSERT INTO users VALUES (1, 'A')", after)
    };
    let mut done = change.carry_out::<Postgres>().upgraded();
    done.lacks("Review");
    assert_eq!(Postgres::column(&mut done.client, "SELECT mails()"), ["A"]);
    let after = "CREATE TABLE people (id integer, mail text);";
    let answers = Answers::new().rename("users=people").unwrap();
    let change = Change {
        answers,
        ..Change::new(before, "INSERT INTO users VALUES (1, 'A')", after)
    };
    let mut done = change.carry_out::<Postgres>().upgraded();
    assert_eq!(Postgres::column(&mut done.client, "SELECT mails()"), ["A"]);
}

#[test]
fn a_function_that_can_not_be_followed_is_shown() {
    let before = "CREATE TABLE users (id integer, mail text);
        CREATE FUNCTION first() RETURNS text LANGUAGE plpgsql AS $$ DECLARE one users; BEGIN
            SELECT * INTO one FROM users; RETURN one.mail; END $$;";
    let answers = Answers::new().rename("users.mail=email").unwrap();
    let (from, to) = (
        schema_of::<Postgres>(before),
        schema_of::<Postgres>("CREATE TABLE users (id integer, email text)"),
    );
    let changes = diff(&from, &to, &Hints::default(), &answers).unwrap();
    let review = "Review: the function first() mentions users.mail (now email), which is gone. Rewrite it here: until then it fails when it is called.";
    assert_eq!(changes.reviews(), [review]);
    let change = Change {
        answers,
        ..Change::new(before, "", "CREATE TABLE users (id integer, email text)")
    };
    change
        .carry_out::<Postgres>()
        .has("CREATE OR REPLACE FUNCTION first()");
}

const NOTES: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, title TEXT); CREATE VIRTUAL TABLE search USING fts5(body, title, content='notes', content_rowid='id', tokenize = 'porter');
    CREATE TRIGGER notes_search AFTER INSERT ON notes BEGIN
        INSERT INTO search (rowid, body, title) VALUES (new.id, new.body, new.title); END;";

fn found(done: &mut Done<Sqlite>) -> Vec<String> {
    Sqlite::column(
        &mut done.client,
        "SELECT title FROM search WHERE search MATCH 'running'",
    )
}

#[test]
fn full_text_follows_its_content() {
    let rows = "INSERT INTO notes VALUES (7, 'he runs', 'one')";
    for (change, rename) in [
        (("body TEXT", "text TEXT"), "notes.body=text"),
        (("notes (id", "papers (id"), "notes=papers"),
        (("id INTEGER", "number INTEGER"), "notes.id=number"),
    ] {
        let mut done = renamed::<Sqlite>(NOTES, rows, change, rename);
        assert_eq!(found(&mut done), ["one"], "{rename}\n{}", done.text);
        let table = if rename == "notes=papers" {
            "papers"
        } else {
            "notes"
        };
        Sqlite::execute(
            &mut done.client,
            &format!("INSERT INTO {table} VALUES (8, 'she runs', 'two')"),
        );
        assert_eq!(found(&mut done), ["one", "two"], "{rename}\n{}", done.text);
    }
}

/// A view is put back by the names that its columns have, whatever they are computed from is called now.
#[test]
fn a_view_keeps_the_names_of_its_columns() {
    let before = "CREATE TABLE t (id integer, mail text, at timestamp(3));
        CREATE VIEW v AS SELECT id, mail, lower(mail), at::date FROM t;
        COMMENT ON COLUMN v.mail IS 'theirs'; CREATE VIEW w AS SELECT mail, lower FROM v;";
    let after = "CREATE TABLE t (id bigint, email text, at timestamp(3));";
    let answers = Answers::new().rename("t.mail=email").unwrap();
    let change = Change {
        answers,
        ..Change::new(before, "INSERT INTO t VALUES (1, 'A', 'epoch')", after)
    };
    let mut done = change.carry_out::<Postgres>().upgraded();
    assert_eq!(
        Postgres::column(&mut done.client, "SELECT mail || lower || at FROM v"),
        ["Aa1970-01-01"]
    );
    assert_eq!(
        Postgres::column(&mut done.client, "SELECT mail FROM w"),
        ["A"]
    );
}

/// The old release's plain statements decide.
#[test]
fn what_numbers_rows_no_more_breaks_older_clients() {
    let breaking = |from: migrate_schema::model::Schema, to: migrate_schema::model::Schema| {
        diff(&from, &to, &Hints::default(), &Answers::new())
            .unwrap()
            .breaking()
    };
    let required = Some("t.id is required of every new row".to_owned());
    let sqlite = |before: &str, after: &str| {
        breaking(schema_of::<Sqlite>(before), schema_of::<Sqlite>(after))
    };
    let plain = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '')";
    assert_eq!(
        sqlite(
            plain,
            "CREATE TABLE t (id INTEGER NOT NULL, a TEXT NOT NULL DEFAULT '', PRIMARY KEY (id, a))"
        ),
        required
    );
    assert_eq!(sqlite(plain, &format!("{plain} WITHOUT ROWID")), required);
    assert_eq!(sqlite(plain, &plain.replace("''", "'x'")), None);
    let postgres = |before: &str, after: &str| {
        breaking(schema_of::<Postgres>(before), schema_of::<Postgres>(after))
    };
    let identity = "CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY)";
    assert_eq!(
        postgres(identity, "CREATE TABLE t (id integer NOT NULL)"),
        required
    );
    assert_eq!(
        postgres(identity, &identity.replace("BY DEFAULT", "ALWAYS")),
        Some("t.id takes no value from clients".to_owned())
    );
    for (from, to) in [
        ("integer", "bigint"),
        ("varchar(3)", "varchar(9)"),
        ("varchar(3)", "text"),
        ("numeric(4,2)", "numeric(6,3)"),
        ("real", "double precision"),
        ("timestamp(3)", "timestamp"),
    ] {
        let table = |kind: &str| format!("CREATE TABLE t (a {kind})");
        assert_eq!(postgres(&table(from), &table(to)), None, "{from} -> {to}");
        assert!(
            postgres(&table(to), &table(from)).is_some(),
            "{to} -> {from}"
        );
    }
}
