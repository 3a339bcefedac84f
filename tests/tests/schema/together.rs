//! Several changes at once that meet: what one needs, another takes away.

use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::around::there;
use crate::change::{Change, Read, schema_of};
use crate::support::{Postgres, Sqlite};

/// A change there and, from the other side, back.
fn both<E: Read>(before: &str, rows: &str, after: &str) {
    there::<E>(before, rows, after);
    there::<E>(after, "", before);
}

#[test]
fn references_to_a_unique_index() {
    let tables = "CREATE TABLE keep (id INTEGER);
        CREATE TABLE b (code TEXT, up TEXT); CREATE UNIQUE INDEX ix_b_code ON b (code);
        CREATE TABLE a (b_code TEXT, CONSTRAINT fk_a_b FOREIGN KEY (b_code) REFERENCES b (code));";
    let own = " ALTER TABLE b ADD CONSTRAINT fk_b_up FOREIGN KEY (up) REFERENCES b (code);";
    let none = "CREATE TABLE keep (id INTEGER);";
    both::<Sqlite>(none, "", tables);
    both::<Postgres>(none, "", &format!("{tables}{own}"));
    let later = "CREATE TABLE keep (id INTEGER); CREATE TABLE b (code TEXT, up TEXT);";
    let rows = "INSERT INTO b VALUES ('x', 'x')";
    both::<Sqlite>(later, rows, tables);
    both::<Postgres>(later, rows, &format!("{tables}{own}"));
}

on_both!(
    tables_that_refer_to_each_other_go,
    a_table_in_the_place_of_another,
    a_type_under_a_check_that_changes,
    a_tree_whose_rows_refer_to_rows,
    everything_at_once,
);

fn tables_that_refer_to_each_other_go<E: Read>() {
    let late = "CREATE TABLE one (id INTEGER PRIMARY KEY, two_id INTEGER);
        CREATE TABLE two (id INTEGER PRIMARY KEY, one_id INTEGER, CONSTRAINT fk_two FOREIGN KEY (one_id) REFERENCES one (id));
        CREATE TABLE keep (id INTEGER, two_id INTEGER);";
    let before = match E::DIALECT {
        Dialect::Sqlite => late.replace("two_id INTEGER);\n        CREATE TABLE two", "two_id INTEGER, CONSTRAINT fk_one FOREIGN KEY (two_id) REFERENCES two (id));\n        CREATE TABLE two"),
        _ => format!("{late} ALTER TABLE one ADD CONSTRAINT fk_one FOREIGN KEY (two_id) REFERENCES two (id);"),
    };
    let rows = "INSERT INTO one VALUES (1, NULL); INSERT INTO two VALUES (1, 1); UPDATE one SET two_id = 1; INSERT INTO keep VALUES (1, 1)";
    there::<E>(
        &before,
        rows,
        "CREATE TABLE keep (id INTEGER, two_id INTEGER);",
    );
}

/// Both what goes and what comes is called the same, which no hint can tell apart.
fn a_table_in_the_place_of_another<E: Read>() {
    let base = schema_of::<E>("CREATE TABLE users (id INTEGER, mail TEXT)");
    let wanted = schema_of::<E>(
        "CREATE TABLE people (id INTEGER, mail TEXT); CREATE TABLE users (id INTEGER, people_id INTEGER)",
    );
    let mut hints = Hints::default();
    hints.tables.insert("people".to_owned(), "users".to_owned());
    let refusal = diff(&base, &wanted, &hints, &Answers::new()).unwrap_err();
    assert_eq!(
        refusal.problems[0],
        "`renamed_from = \"users\"` on the table `people`, but the models still have `users`: it can't be both. \
         Rename it in one revision, and add the other in the next"
    );
}

fn a_type_under_a_check_that_changes<E: Read>() {
    let before =
        "CREATE TABLE t (id INTEGER, n INTEGER, CONSTRAINT ck_t_n CHECK (n > 0 AND id > 0));
        CREATE INDEX ix_t_n ON t (n) WHERE n > 3;";
    let after = "CREATE TABLE t (id INTEGER, n TEXT, CONSTRAINT ck_t_n CHECK (n <> '' AND id > 0));
        CREATE INDEX ix_t_n ON t (n) WHERE n > '3';";
    there::<E>(before, "INSERT INTO t VALUES (1, 5), (2, NULL)", after);
    there::<E>(after, "INSERT INTO t VALUES (1, '5'), (2, NULL)", before);
}

fn a_tree_whose_rows_refer_to_rows<E: Read>() {
    let before = "CREATE TABLE t (id INTEGER CONSTRAINT pk_t PRIMARY KEY, up INTEGER, a TEXT,
        CONSTRAINT fk_t_up FOREIGN KEY (up) REFERENCES t (id) ON DELETE CASCADE);";
    let rows = "INSERT INTO t VALUES (1, NULL, '7'), (2, 1, NULL), (3, 2, '9')";
    for (from, to) in [
        ("id INTEGER", "id BIGINT"),
        ("a TEXT,", "a TEXT DEFAULT 'x' NOT NULL,"),
        ("ON DELETE CASCADE", "ON DELETE SET NULL"),
        ("a TEXT,", "a TEXT, CONSTRAINT uq_t_a UNIQUE (a, id),"),
    ] {
        there::<E>(before, rows, &before.replace(from, to));
    }
    let renamed = before
        .replace("t (", "tree (")
        .replace("TABLE t ", "TABLE tree ")
        .replace("up INTEGER", "parent BIGINT")
        .replace("(up)", "(parent)");
    let answers = Answers::new()
        .rename("t=tree")
        .and_then(|a| a.rename("tree.up=parent"))
        .unwrap();
    Change {
        answers,
        ..Change::new(before, rows, &renamed)
    }
    .carry_out::<E>();
}

/// Renames of a table and of columns on both sides of a foreign key, a column that goes and one that comes, another
/// type, and an index, a view and a trigger over it.
fn everything_at_once<E: Read>() {
    let trigger = |table: &str, mail: &str| {
        match E::DIALECT {
        Dialect::Sqlite => format!("CREATE TRIGGER tr AFTER UPDATE OF {mail} ON {table} BEGIN INSERT INTO log VALUES (new.{mail}); END;"),
        _ => format!(
            "CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
             CREATE TRIGGER tr AFTER UPDATE OF {mail} ON {table} FOR EACH ROW WHEN (new.{mail} <> '') EXECUTE FUNCTION logged();"
        ),
    }
    };
    let before = format!(
        "CREATE TABLE log (x TEXT);
         CREATE TABLE users (id INTEGER NOT NULL, mail TEXT, age INTEGER, old TEXT, CONSTRAINT pk_users PRIMARY KEY (id), CONSTRAINT ck_age CHECK (age > 0));
         CREATE UNIQUE INDEX ix_mail ON users (lower(mail)) WHERE age > 3;
         CREATE TABLE posts (id INTEGER NOT NULL, user_id INTEGER NOT NULL, CONSTRAINT pk_posts PRIMARY KEY (id),
            CONSTRAINT fk_posts FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
         CREATE VIEW v AS SELECT u.mail, p.id AS post FROM users u JOIN posts p ON p.user_id = u.id; {}",
        trigger("users", "mail")
    );
    let after = format!(
        "CREATE TABLE log (x TEXT);
         CREATE TABLE people (id INTEGER NOT NULL, email TEXT, years BIGINT, born TEXT DEFAULT '-', CONSTRAINT pk_users PRIMARY KEY (id), CONSTRAINT ck_age CHECK (years > 0));
         CREATE UNIQUE INDEX ix_mail ON people (lower(email)) WHERE years > 3;
         CREATE TABLE posts (id BIGINT NOT NULL, person_id INTEGER NOT NULL, CONSTRAINT pk_posts PRIMARY KEY (id),
            CONSTRAINT fk_posts FOREIGN KEY (person_id) REFERENCES people (id) ON DELETE CASCADE);
         CREATE VIEW v AS SELECT u.email AS mail, p.id AS post FROM people u JOIN posts p ON p.person_id = u.id; {}",
        trigger("people", "email")
    );
    let answers = Answers::new()
        .rename("users=people")
        .and_then(|a| a.rename("people.mail=email"))
        .and_then(|a| a.rename("people.age=years"))
        .and_then(|a| a.rename("posts.user_id=person_id"))
        .unwrap()
        .drop("people.old");
    let rows = "INSERT INTO users VALUES (1, 'A', 5, 'o'), (2, NULL, NULL, NULL); INSERT INTO posts VALUES (1, 1), (2, 1), (3, 2)";
    Change {
        answers,
        ..Change::new(&before, rows, &after)
    }
    .carry_out::<E>();
}

/// An enum type of two tables, a default, an array and a CHECK, whose values change.
#[test]
fn an_enum_of_many_columns() {
    let before = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TABLE a (id integer, m mood DEFAULT 'ok' NOT NULL, ms mood[] DEFAULT '{sad}' NOT NULL, CONSTRAINT ck CHECK (m <> 'sad'));
        CREATE TABLE b (m mood, CONSTRAINT uq_b_m UNIQUE (m)); CREATE VIEW v AS SELECT a.m FROM a JOIN b USING (m) WHERE m > 'sad';";
    let rows =
        "INSERT INTO a VALUES (1, 'ok', '{happy,sad}'); INSERT INTO b VALUES ('happy'), (NULL)";
    for (from, to) in [
        (
            "('sad', 'ok', 'happy')",
            "('sad', 'meh', 'ok', 'happy', 'glad')",
        ),
        ("('sad', 'ok', 'happy')", "('happy', 'ok', 'sad')"),
    ] {
        there::<Postgres>(before, rows, &before.replace(from, to));
    }
    let dropped = before
        .replace("'sad', 'ok', 'happy'", "'ok', 'happy', 'sad', 'x'")
        .replace("'{sad}'", "'{x}'");
    there::<Postgres>(before, rows, &dropped);
    let renamed = before
        .replace("'sad'", "'blue'")
        .replace("{sad}", "{blue}")
        .replace("mood", "feeling");
    let answers = Answers::new()
        .rename("mood=feeling")
        .and_then(|a| a.rename("feeling.sad=blue"))
        .unwrap();
    Change {
        answers,
        ..Change::new(before, rows, &renamed)
    }
    .carry_out::<Postgres>();
}

/// What stands in for values that are gone is one of the type, whatever the type is called, and never the same twice
/// where rows must differ.
#[test]
fn values_that_stand_in_fit() {
    let before = "CREATE TYPE conflict AS ENUM ('a', 'b');
        CREATE TABLE t (id integer, c conflict NOT NULL, cs conflict[] NOT NULL);";
    let after = "CREATE TYPE conflict AS ENUM ('a', 'b');
        CREATE TABLE t (id integer); CREATE TABLE u (c conflict);";
    let rows = "INSERT INTO t VALUES (1, 'b', '{}'), (2, 'a', '{a}')";
    let done = there::<Postgres>(before, rows, after);
    done.has("t.c comes back without its values: rows get 'a'.");
    let before = "CREATE TABLE t (id INTEGER, \"order\" TEXT NOT NULL); CREATE UNIQUE INDEX i ON t (\"order\");";
    for text in [
        Change::new(before, "", "CREATE TABLE t (id INTEGER)").text::<Sqlite>(),
        Change::new(before, "", "CREATE TABLE t (id INTEGER)").text::<Postgres>(),
    ] {
        assert!(text.contains("rows that exist need a value"), "{text}");
    }
}

/// A trigger and a policy make room under the table's new name.
#[test]
fn what_makes_room_on_a_renamed_table() {
    let before = "CREATE TABLE t (id integer, n integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON t USING (n > 0);
        CREATE TRIGGER tr BEFORE UPDATE OF n ON t FOR EACH ROW WHEN (old.n > 3)
            EXECUTE FUNCTION suppress_redundant_updates_trigger();";
    let after = before
        .replace(" t ", " things ")
        .replace("n integer", "m bigint")
        .replace("(n > 0)", "(m > 0)")
        .replace("OF n", "OF m")
        .replace("old.n", "old.m");
    let answers = Answers::new()
        .rename("t=things")
        .and_then(|answers| answers.rename("things.n=m"))
        .unwrap();
    Change {
        answers,
        ..Change::new(before, "INSERT INTO t VALUES (1, 2)", &after)
    }
    .carry_out::<Postgres>();
}

/// What a deferred constraint still has to look at would be in the way of the next ALTER.
#[test]
fn rows_are_filled_under_deferred_constraints() {
    let before = "CREATE TABLE t (id integer CONSTRAINT pk_t PRIMARY KEY, a integer, up integer,
        CONSTRAINT uq_t UNIQUE (a, id) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT fk_t FOREIGN KEY (up) REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED);";
    let after = before.replace(
        "a integer",
        "a integer DEFAULT 7 NOT NULL, b integer NOT NULL",
    );
    Change {
        answers: Answers::new().fill("t.b=id + 1").unwrap(),
        ..Change::new(
            before,
            "INSERT INTO t VALUES (1, NULL, 1), (2, 3, 1)",
            &after,
        )
    }
    .carry_out::<Postgres>();
}

/// A foreign key waits for the key it stands on, and for no other.
#[test]
fn another_key_of_the_table_is_in_nobodys_way() {
    let before = "CREATE TABLE tools (id INTEGER, name TEXT, CONSTRAINT pk_tools PRIMARY KEY (id))";
    let after = "CREATE TABLE tools (id INTEGER, name TEXT, CONSTRAINT pk_tools PRIMARY KEY (id), CONSTRAINT uq_tools_name UNIQUE (name));
        CREATE TABLE loans (tool_id INTEGER, CONSTRAINT fk_loans_tool_id FOREIGN KEY (tool_id) REFERENCES tools (id));";
    let rows = "INSERT INTO tools VALUES (1, 'saw')";
    let done = Change::new(before, rows, after).carry_out::<Postgres>();
    done.lacks("makes room");
    done.lacks("ALTER TABLE loans");
    let by_name = after.replace("REFERENCES tools (id)", "REFERENCES tools (name)");
    let by_name = by_name.replace("tool_id INTEGER", "tool_id TEXT");
    let done = Change::new(before, rows, &by_name).carry_out::<Postgres>();
    done.has("ALTER TABLE loans");
    done.has("fk_loans_tool_id makes room: it stands on a key of tools that changes.");
}
