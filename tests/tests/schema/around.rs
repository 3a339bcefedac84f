//! Changes around what no model can say, and several at once that meet.

use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::change::{Change, Done, Read, schema_of};
use crate::support::{Engine, Postgres, Sqlite};

/// Asserts that models which can't say all that the database has ask for nothing.
fn nothing_to_do<E: Read>(has: &str, models: &str) {
    let (base, wanted) = (schema_of::<E>(has), schema_of::<E>(models));
    let changes = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap();
    assert!(changes.is_empty(), "{:#?}", changes.operations);
}

/// There and back, on the way with rows.
fn there<E: Read>(before: &str, rows: &str, after: &str) -> Done<E> {
    Change::new(before, rows, after).carry_out::<E>()
}

/// The same, and the other way around.
fn both<E: Read>(before: &str, rows: &str, after: &str) {
    there::<E>(before, rows, after);
    there::<E>(after, "", before);
}

#[test]
fn what_says_more_than_models_can_is_left_as_it_is() {
    for (has, models) in [
        (
            "CREATE INDEX i ON t (a) WITH (fillfactor = 50)",
            "CREATE INDEX i ON t (a)",
        ),
        (
            "CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'one'",
            "CREATE INDEX i ON t (a)",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) INCLUDE (b)",
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        ),
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NO INHERIT",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        ),
        ("ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)", ""),
    ] {
        let table = "CREATE TABLE t (a integer, b integer);";
        nothing_to_do::<Postgres>(&format!("{table} {has}"), &format!("{table} {models}"));
    }
}

/// An index that makes room comes back with all that was said of it.
#[test]
fn an_index_that_makes_room_comes_back_whole() {
    let before = "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);
        CREATE INDEX i ON t (b) WITH (fillfactor = 50); COMMENT ON INDEX i IS 'it''s one';";
    let after = before.replace("(a + 1)", "(a + 2)");
    let done = there::<Postgres>(before, "INSERT INTO t VALUES (1)", &after);
    done.has("CREATE INDEX i ON t (b) WITH (fillfactor='50');\nCOMMENT ON INDEX i IS 'it''s one';");
}

/// The server doesn't look into the text of a function, so that nothing has to be done about it.
#[test]
fn functions_stay_where_columns_change() {
    let before = "CREATE TABLE log (id integer, mail text, n integer);
        CREATE TABLE users (id integer, mail text);
        CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO log (id, mail, n) VALUES (new.id, new.mail, 1); RETURN new; END $$;
        COMMENT ON FUNCTION logged() IS 'it logs';
        CREATE TRIGGER users_logged AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION logged();";
    let after = before.replace("n integer", "n bigint");
    let done = there::<Postgres>(before, "INSERT INTO users VALUES (1, 'a')", &after);
    done.lacks("FUNCTION");
    for after in [
        "CREATE TABLE log (id integer, mail text); CREATE TABLE users (id integer, mail text);",
        "CREATE TABLE users (id integer, mail text);",
    ] {
        let done = there::<Postgres>(before, "", after);
        done.has("Review: the function logged() mentions log");
        done.has("CREATE OR REPLACE FUNCTION logged()");
        done.lacks("DROP FUNCTION");
        done.lacks("TRIGGER");
    }
}

/// One whose body the server has read is in the way as a view is.
#[test]
fn functions_that_the_server_has_read_make_room() {
    let before = "CREATE TABLE t (id integer, n integer);
        CREATE FUNCTION most() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT max(n) FROM t; END;";
    let after = before.replace("id integer", "id bigint");
    there::<Postgres>(before, "INSERT INTO t VALUES (1, 2)", &after);
    let before = before.replace("RETURNS integer", "RETURNS bigint");
    there::<Postgres>(
        &before,
        "INSERT INTO t VALUES (1, 2)",
        &before.replace("n integer", "n bigint"),
    );
}

#[test]
fn a_sequence_follows_the_type_of_its_column() {
    for (from, to) in [
        ("serial", "bigserial"),
        (
            "integer GENERATED ALWAYS AS IDENTITY",
            "bigint GENERATED ALWAYS AS IDENTITY",
        ),
    ] {
        let (before, after) = (
            format!("CREATE TABLE t (id {from} PRIMARY KEY, a text)"),
            format!("CREATE TABLE t (id {to} PRIMARY KEY, a text)"),
        );
        let mut done =
            there::<Postgres>(&before, "INSERT INTO t (a) VALUES ('x')", &after).upgraded();
        let kind = "SELECT format_type(seqtypid, NULL) || ' ' || seqmax FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass";
        assert_eq!(
            Postgres::column(&mut done.client, kind),
            ["bigint 9223372036854775807"],
            "{from}"
        );
        Postgres::execute(&mut done.client, "INSERT INTO t (a) VALUES ('y')");
        assert_eq!(
            Postgres::column(&mut done.client, "SELECT max(id)::text FROM t"),
            ["2"]
        );
    }
}

#[test]
fn numbering_of_one_kind_becomes_another() {
    let kinds = [
        "serial",
        "bigserial",
        "integer NOT NULL",
        "integer GENERATED ALWAYS AS IDENTITY",
        "bigint GENERATED BY DEFAULT AS IDENTITY (START WITH 50)",
        "smallint NOT NULL DEFAULT 3",
    ];
    for from in kinds {
        for to in kinds.iter().filter(|to| **to != from) {
            let table = |kind: &str| {
                format!("CREATE TABLE t (id {kind}, a text, CONSTRAINT pk_t PRIMARY KEY (id))")
            };
            there::<Postgres>(
                &table(from),
                "INSERT INTO t (id, a) OVERRIDING SYSTEM VALUE VALUES (3, 'x')",
                &table(to),
            );
        }
    }
}

#[test]
fn a_dropped_serial_comes_back_with_its_options() {
    let before = "CREATE TABLE u (a integer); CREATE TABLE t (id bigserial, n smallserial);
        ALTER SEQUENCE t_id_seq INCREMENT BY 5 CACHE 3; ALTER SEQUENCE t_n_seq INCREMENT BY -1 MINVALUE -9 MAXVALUE -1 START WITH -1 RESTART;";
    let mut done = there::<Postgres>(before, "", "CREATE TABLE u (a integer);");
    assert_eq!(
        Postgres::read(&mut done.client),
        schema_of::<Postgres>(before)
    );
    let mut done = there::<Postgres>(
        before,
        "",
        "CREATE TABLE u (a integer); CREATE TABLE t (n smallserial)",
    );
    let (now, was) = (
        Postgres::read(&mut done.client),
        schema_of::<Postgres>(before),
    );
    assert_eq!(now.tables["t"].column("id"), was.tables["t"].column("id"));
}

#[test]
fn references_and_views_into_another_schema_stay() {
    let before = "CREATE SCHEMA other; CREATE TABLE other.places (id integer PRIMARY KEY, name text);
        CREATE TABLE t (id integer, place integer CONSTRAINT fk_t_place REFERENCES other.places (id), n integer);
        CREATE VIEW v AS SELECT t.n, p.name FROM t JOIN other.places p ON p.id = t.place;";
    let rows = "INSERT INTO other.places VALUES (1, 'x'); INSERT INTO t VALUES (1, 1, 1)";
    for (from, to) in [("n integer", "n bigint"), ("place integer", "place bigint")] {
        there::<Postgres>(before, rows, &before.replace(from, to));
    }
    nothing_to_do::<Postgres>(
        before,
        "CREATE TABLE t (id integer, place integer, n integer)",
    );
}

/// A column may own a sequence that is not its numbering.
#[test]
fn sequences_that_a_column_owns_otherwise_are_kept() {
    let before = "CREATE TABLE u (a integer);
        CREATE TABLE t (id serial, a integer); ALTER TABLE t ALTER COLUMN id DROP NOT NULL;
        CREATE SEQUENCE other OWNED BY t.a;";
    let schema = schema_of::<Postgres>(before);
    let mut done = there::<Postgres>(before, "", "CREATE TABLE u (a integer);");
    assert_eq!(Postgres::read(&mut done.client), schema);
    nothing_to_do::<Postgres>(
        before,
        &before.replace("CREATE SEQUENCE other OWNED BY t.a;", ""),
    );
}

#[test]
fn partitions_belong_to_their_table() {
    let parts = "CREATE TABLE u (id integer PRIMARY KEY);
        CREATE TABLE t (at date NOT NULL, u_id integer, n integer) PARTITION BY RANGE (at);
        CREATE TABLE t_2026 PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE t_rest PARTITION OF t DEFAULT;
        CREATE INDEX i ON t (n);";
    let models = "CREATE TABLE u (id integer PRIMARY KEY);
        CREATE TABLE t (at date NOT NULL, u_id integer, n integer); CREATE INDEX i ON t (n);";
    nothing_to_do::<Postgres>(parts, models);
    let done = there::<Postgres>(
        parts,
        "INSERT INTO u VALUES (1); INSERT INTO t VALUES ('2026-05-05', 1, 2), ('2030-01-01', NULL, 3)",
        &models.replace("n integer)", "n bigint, o text, CONSTRAINT fk_t_u FOREIGN KEY (u_id) REFERENCES u (id), CONSTRAINT ck_t_n CHECK (n > 0))"),
    );
    done.lacks("t_2026");
    let done = Change::new(parts, "", "CREATE TABLE u (id integer PRIMARY KEY)").text::<Postgres>();
    assert!(
        done.contains("-- irreversible: the table `t` can't be made as it was"),
        "{done}"
    );
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
