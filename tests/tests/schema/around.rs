//! Changes around what no model can say: it stays, makes room and comes back, or is shown.

use migrate_schema::diff::{Answers, diff};
use migrate_schema::hints::Hints;

use crate::change::{Change, Done, Read, schema_of};
use crate::support::{Engine, Postgres};

/// Asserts that models which can't say all that the database has ask for nothing.
fn nothing_to_do<E: Read>(has: &str, models: &str) {
    let (base, wanted) = (schema_of::<E>(has), schema_of::<E>(models));
    let changes = diff(&base, &wanted, &Hints::default(), &Answers::new()).unwrap();
    assert!(changes.is_empty(), "{:#?}", changes.operations);
}

/// There and back, with rows on the way.
pub(crate) fn there<E: Read>(before: &str, rows: &str, after: &str) -> Done<E> {
    Change::new(before, rows, after).carry_out::<E>()
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
