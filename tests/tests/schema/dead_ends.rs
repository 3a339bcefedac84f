//! What once stopped somebody: it can be said, done, undone, and read back.

use migrate_chain::{Dialect, NewHeader};
use migrate_runtime::{DbEnum, Schema, Table, schema};
use migrate_schema::diff::{Answers, SchemaPair, diff};
use migrate_schema::hints::Hints;
use migrate_schema::introspect::Ignore;
use migrate_schema::revision::work_out;
use migrate_schema::scratch::{Scratch, Server};
use migrate_schema::{ddl, models};

use crate::change::{Change, Done, Read, schema_of, tried};
use crate::support::{Engine, Postgres, Sqlite, Versions};

on_both!(
    a_fill_reads_a_column_that_goes,
    texts_may_have_lines_that_look_like_sections,
);

fn filled<E: Read>(before: &str, rows: &str, after: &str, fill: &str) -> Done<E> {
    Change {
        answers: Answers::new().fill(fill).unwrap(),
        ..Change::new(before, rows, after)
    }
    .carry_out::<E>()
    .upgraded()
}

fn a_fill_reads_a_column_that_goes<E: Read>() {
    let before = "CREATE TABLE people (id INTEGER PRIMARY KEY, first TEXT, last TEXT);";
    let after = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);";
    let change = Change {
        answers: Answers::new()
            .fill("people.name=coalesce(first, '') || ' ' || coalesce(last, '')")
            .unwrap()
            .drop("people.first")
            .drop("people.last"),
        ..Change::new(before, "INSERT INTO people VALUES (1, 'Ada', 'L')", after)
    };
    let text = change.clone().text::<E>();
    let migrations = Versions::new()
        .sql("a1", "", before, "")
        .file("b1.sql", &text)
        .load::<E>();
    let database = E::new();
    let mut client = database.connect();
    migrations.upgrade(&mut client, "a1").unwrap();
    E::execute(&mut client, change.rows);
    migrations.upgrade(&mut client, "b1").unwrap();
    assert_eq!(E::column(&mut client, "SELECT name FROM people"), ["Ada L"]);
    change.carry_out::<E>();
}

/// The file loads, and the text is what it was.
fn texts_may_have_lines_that_look_like_sections<E: Read>() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x');";
    let odd = "one\n-- downgrade\ntwo\n  -- Upgrade (sqlite)\n";
    let checked = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '{odd}', CONSTRAINT ck CHECK (a <> '{odd}!'));"
    );
    let after = match E::DIALECT {
        // SQLite has no escapes, so that models are rendered with the text in parts too.
        Dialect::Sqlite => {
            let parts = |end: &str| {
                format!("('one\n' || '-- downgrade\ntwo\n' || '  -- Upgrade (sqlite)\n{end}')")
            };
            checked
                .replace(&format!("'{odd}'"), &parts(""))
                .replace(&format!("'{odd}!'"), &parts("!"))
        }
        _ => format!("{checked} COMMENT ON TABLE t IS '{odd}'; COMMENT ON COLUMN t.a IS '{odd}';"),
    };
    let mut done = Change::new(before, "INSERT INTO t VALUES (1, 'y')", &after)
        .carry_out::<E>()
        .upgraded();
    E::execute(&mut done.client, "INSERT INTO t (id) VALUES (2)");
    assert_eq!(
        E::column(&mut done.client, "SELECT a FROM t WHERE id = 2"),
        [odd]
    );
}

#[test]
fn functions_and_values_may_have_such_lines_too() {
    let before = "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (id integer, m mood, n integer);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
-- downgrade
            PERFORM 'it''s \\ ' || new.n; RETURN new; END $$;
        CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
        CREATE VIEW v AS SELECT n, 'a
-- upgrade: nothing
b'::text AS x FROM t;";
    let after = before
        .replace("n integer", "o bigint")
        .replace("new.n", "new.o")
        .replace("SELECT n,", "SELECT o AS n,")
        .replace("('ok')", "('ok', 'a\n-- downgrade\n')");
    let change = Change {
        answers: Answers::new().rename("t.n=o").unwrap(),
        ..Change::new(before, "", &after)
    };
    let text = change.text::<Postgres>();
    let migrations = Versions::new()
        .sql("a1", "", "SELECT 1", "")
        .file("b1.sql", &text)
        .load::<Postgres>();
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, before);
    Postgres::execute(&mut client, "INSERT INTO t VALUES (1, 'ok', 2)");
    let was = Postgres::read(&mut client);
    for _ in 0..2 {
        migrations.upgrade(&mut client, "head").unwrap();
        let view = Postgres::column(&mut client, "SELECT x FROM v LIMIT 1");
        assert_eq!(view, ["a\n-- upgrade: nothing\nb"]);
        Postgres::execute(
            &mut client,
            "INSERT INTO t VALUES (2, E'a\\n-- downgrade\\n', 3); DELETE FROM t WHERE id = 2",
        );
        migrations.downgrade(&mut client, "a1").unwrap();
        crate::change::same(&Postgres::read(&mut client), &was, &text);
    }
}

#[test]
fn a_trigger_of_sqlite_may_have_such_a_comment() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1);
        CREATE TRIGGER tr AFTER INSERT ON t BEGIN
-- downgrade
            SELECT 1; END;";
    let text = Change::new(before, "", &before.replace("DEFAULT 1", "DEFAULT 2")).text::<Sqlite>();
    assert!(text.contains("\n-- | downgrade\n"), "{text}");
}

/// A backslash is itself, whatever `standard_conforming_strings` says.
#[test]
fn scripts_mean_the_same_without_standard_conforming_strings() {
    let before = "CREATE TABLE t (id integer, a text);";
    let after = r"CREATE TYPE m AS ENUM ('a\b'); CREATE TABLE t (id integer, a text DEFAULT 'x\y', m m DEFAULT 'a\b', CONSTRAINT c CHECK (a <> '\')); COMMENT ON TABLE t IS 'it''s \d';";
    let text = Change::new(before, "", after).text::<Postgres>();
    let script = text
        .split("-- upgrade\n")
        .nth(1)
        .unwrap()
        .split("-- downgrade")
        .next()
        .unwrap();
    let database = Postgres::new();
    let mut client = database.connect();
    Postgres::execute(&mut client, before);
    Postgres::execute(
        &mut client,
        "SET standard_conforming_strings = off; SET escape_string_warning = off; SET backslash_quote = on;",
    );
    Postgres::execute(&mut client, script);
    Postgres::execute(&mut client, "RESET ALL");
    let (now, wanted) = (Postgres::read(&mut client), schema_of::<Postgres>(after));
    assert_eq!(migrate_schema::diff::compare(&now, &wanted), [], "{text}");
}

#[derive(DbEnum)]
#[db_enum(name = "mood", rename_all = "snake_case")]
enum Mood {
    Ok,
    Sad,
}

#[derive(Table)]
#[table(name = "days")]
struct Day {
    #[column(primary_key)]
    id: i64,
    moods: Vec<Mood>,
    more: Option<Vec<Mood>>,
}

#[test]
fn an_enum_may_be_used_in_a_list_only() {
    static SCHEMA: Schema = schema![Day];
    expect_test::expect![[r#"
        CREATE TYPE mood AS ENUM ('ok', 'sad');

        CREATE TABLE days (
            id bigint NOT NULL,
            moods mood[] NOT NULL,
            more mood[],
            CONSTRAINT pk_days PRIMARY KEY (id)
        );
    "#]]
    .assert_eq(&ddl::create(&SCHEMA, Dialect::Postgres).unwrap());
    expect_test::expect![[r#"
        CREATE TABLE days (
            id INTEGER CONSTRAINT pk_days PRIMARY KEY,
            moods TEXT NOT NULL,
            more TEXT
        );
    "#]]
    .assert_eq(&ddl::create(&SCHEMA, Dialect::Sqlite).unwrap());
    let before = ddl::create(&SCHEMA, Dialect::Postgres).unwrap();
    // A value comes, goes, and changes its place.
    for values in ["'ok', 'sad', 'glad'", "'ok'", "'sad', 'ok'"] {
        let after = before.replace("'ok', 'sad'", values);
        let rows = "INSERT INTO days VALUES (1, '{ok,ok}', NULL)";
        Change::new(&before, rows, &after).carry_out::<Postgres>();
    }
}

/// The migrations make the type, and a model names it.
#[test]
fn a_type_that_was_made_by_hand_stays_as_long_as_it_is_used() {
    #[derive(Table)]
    #[table(name = "days")]
    struct ByHand {
        #[column(primary_key)]
        id: i64,
        #[column(type(sqlite = "TEXT", postgres = "mood"))]
        mood: String,
    }
    #[derive(Table)]
    #[table(name = "days")]
    struct Without {
        #[column(primary_key)]
        id: i64,
    }
    static WITH: Schema = schema![ByHand];
    static WITHOUT: Schema = schema![Without];
    let chain = Versions::new()
        .sql(
            "a1",
            "",
            "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE days (id bigint NOT NULL, mood mood NOT NULL, CONSTRAINT pk_days PRIMARY KEY (id));",
            "",
        )
        .load::<Postgres>();
    let server = Server::at(&migrate_tests::Postgres::shared().url()).unwrap();
    let generated = |models: &'static Schema| {
        let pair = models::read(
            &chain,
            models,
            &Scratch::Postgres(&server),
            &Ignore::default(),
        );
        let answers = Answers::new();
        let revision = work_out(&[pair.unwrap()], &Hints::default(), &answers).unwrap();
        revision.text(&NewHeader::new("m", "b1", "2026-11-20 10:02:11 UTC"))
    };
    assert_eq!(generated(&WITH), None);
    assert!(generated(&WITHOUT).unwrap().contains("DROP TYPE mood;"));
}

/// What stands in the way of a value that goes is found when the revision is worked out.
#[test]
fn a_value_that_something_else_may_hold_is_found_before_the_file_is_written() {
    for other in [
        "CREATE FUNCTION f(m mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';",
        "CREATE DOMAIN well AS mood CHECK (VALUE IS NOT NULL);",
        "CREATE TYPE pair AS (one mood, other integer);",
    ] {
        let before =
            format!("CREATE TYPE mood AS ENUM ('ok', 'sad'); CREATE TABLE t (m mood); {other}");
        let after = before.replace("('ok', 'sad')", "('ok')");
        let pair = SchemaPair::new(
            schema_of::<Postgres>(&before),
            schema_of::<Postgres>(&after),
        );
        let revision = work_out(&[pair], &Hints::default(), &Answers::new()).unwrap();
        let found = tried::<Postgres>(&before, &[revision]);
        assert!(
            found.problems.iter().any(|one| one.contains("mood")),
            "{other}: {:?}",
            found.problems
        );
    }
}

#[test]
fn tables_that_inherit_change_with_their_parent() {
    let before = "CREATE TABLE parent (id integer, a integer, CONSTRAINT c CHECK (a > 0)); CREATE TABLE child (b text) INHERITS (parent);";
    for (from, to) in [
        ("a integer,", "a integer, n text,"),
        ("a integer,", "a bigint,"),
        ("a > 0", "a > 1"),
        (", CONSTRAINT c CHECK (a > 0)", ""),
        ("b text", "b text, d integer"),
    ] {
        let after = before.replace(from, to);
        let rows = "INSERT INTO child VALUES (1, 2, 'x'); INSERT INTO parent VALUES (2, 3)";
        Change::new(before, rows, &after).carry_out::<Postgres>();
    }
    let after = before
        .replace("a integer", "n integer")
        .replace("(a > 0)", "(n > 0)");
    let change = Change {
        answers: Answers::new()
            .rename("parent.a=n")
            .unwrap()
            .rename("child.a=n")
            .unwrap(),
        ..Change::new(before, "INSERT INTO child VALUES (1, 2, 'x')", &after)
    };
    change.carry_out::<Postgres>();
}

/// Whoever upgrades rewrites what is shown; the way back puts it back as it was.
#[test]
fn what_is_shown_for_review_comes_back() {
    let before =
        "CREATE TABLE t (id integer, a integer, b integer); CREATE VIEW v AS SELECT id, b FROM t;";
    let after = "CREATE TABLE t (id integer, a integer);";
    let (base, wanted) = (schema_of::<Postgres>(before), schema_of::<Postgres>(after));
    let changes = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap();
    let back = migrate_schema::render::render(&changes.back().unwrap()).text;
    assert!(
        back.contains("DROP VIEW IF EXISTS v;") && back.contains("CREATE VIEW v AS"),
        "{back}"
    );
}

#[test]
fn a_fill_that_fires_triggers_says_so() {
    let before = "CREATE TABLE t (id integer, a text);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
        CREATE TRIGGER touched BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();";
    let after = before.replace("a text", "a text NOT NULL");
    let done = filled::<Postgres>(before, "INSERT INTO t VALUES (1, NULL)", &after, "t.a='x'");
    done.has("-- careful: this UPDATE fires the triggers of t: touched.");
    let pair = SchemaPair::new(schema_of::<Postgres>(before), schema_of::<Postgres>(&after));
    let answers = Answers::new().fill("t.a='x'").unwrap();
    let online = work_out(&[pair], &Hints::default(), &answers)
        .unwrap()
        .online();
    let texts: Vec<String> = online.iter().map(|step| step.sections()).collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("fires the triggers of t: touched")),
        "{texts:?}"
    );
}
