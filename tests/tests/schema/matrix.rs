//! Every kind of change, on each database, with rows in the tables.

use migrate_schema::diff::Answers;

use crate::change::{Change, Read};

/// A family of tables with rows, children included, that each change is made to.
const START: &str = "
CREATE TABLE orgs (id INTEGER CONSTRAINT pk_orgs PRIMARY KEY, name TEXT NOT NULL, code TEXT);
CREATE TABLE users (
    id INTEGER CONSTRAINT pk_users PRIMARY KEY,
    org_id INTEGER NOT NULL,
    mail TEXT,
    age INTEGER DEFAULT 7,
    note TEXT,
    CONSTRAINT uq_users_mail UNIQUE (mail),
    CONSTRAINT ck_users_age CHECK (age >= 0),
    CONSTRAINT fk_users_org_id FOREIGN KEY (org_id) REFERENCES orgs (id) ON DELETE CASCADE
);
CREATE INDEX ix_users_note ON users (note);
CREATE TABLE posts (
    id INTEGER CONSTRAINT pk_posts PRIMARY KEY,
    user_id INTEGER NOT NULL,
    title TEXT,
    CONSTRAINT fk_posts_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
";

const ROWS: &str = "
INSERT INTO orgs (id, name, code) VALUES (1, 'one', '11'), (2, 'two', NULL);
INSERT INTO users (id, org_id, mail, age, note) VALUES
    (1, 1, 'a@x', 20, 'n'), (2, 1, 'B@x', NULL, NULL), (3, 2, NULL, 0, 'o''clock');
INSERT INTO posts (id, user_id, title) VALUES (1, 1, 'x'), (2, 2, NULL), (3, 3, 'y');
";

/// The start with a part written otherwise.
fn with(from: &str, to: &str) -> String {
    assert!(START.contains(from), "{from}");
    START.replace(from, to)
}

/// Makes and unmakes a change: the way there and the way back, each as an upgrade of its own.
fn both_ways<E: Read>(after: &str, flags: Answers, back: Answers) {
    Change {
        answers: flags,
        ..Change::new(START, ROWS, after)
    }
    .carry_out::<E>();
    let rows = if is_writable(after) { ROWS } else { "" };
    Change {
        answers: back,
        ..Change::new(after, rows, START)
    }
    .carry_out::<E>();
}

/// Whether the rows of the start fit.
fn is_writable(ddl: &str) -> bool {
    [
        "CREATE TABLE orgs",
        "CREATE TABLE users",
        "CREATE TABLE posts",
        " mail ",
        " age ",
        " note ",
        "title",
        "code",
    ]
    .iter()
    .all(|part| ddl.contains(part))
        && !ddl.contains("GENERATED")
        && !ddl.contains("'untitled'")
}

fn one_way<E: Read>(from: &str, to: &str) {
    both_ways::<E>(&with(from, to), Answers::new(), Answers::new());
}

macro_rules! rows {
    ($($name:ident: $from:expr => $to:expr;)+) => {
        mod rows {
            $(pub(crate) fn $name<E: crate::change::Read>() {
                super::one_way::<E>($from, $to);
            })+
        }
        mod on_sqlite {
            $(#[test]
            fn $name() { super::rows::$name::<crate::support::Sqlite>(); })+
        }
        mod on_postgres {
            $(#[test]
            fn $name() { super::rows::$name::<crate::support::Postgres>(); })+
        }
    };
}

rows! {
    a_table: "CREATE TABLE posts" =>
        "CREATE TABLE tags (id INTEGER CONSTRAINT pk_tags PRIMARY KEY, user_id INTEGER, word TEXT NOT NULL,
            CONSTRAINT fk_tags_user_id FOREIGN KEY (user_id) REFERENCES users (id));
         CREATE INDEX ix_tags_word ON tags (word);
         CREATE TABLE posts";
    tables_in_a_circle: "CREATE TABLE posts" =>
        "CREATE TABLE one (id INTEGER CONSTRAINT pk_one PRIMARY KEY, two_id INTEGER);
         CREATE TABLE two (id INTEGER CONSTRAINT pk_two PRIMARY KEY, one_id INTEGER,
            CONSTRAINT fk_two_one_id FOREIGN KEY (one_id) REFERENCES one (id));
         CREATE TABLE self (id INTEGER CONSTRAINT pk_self PRIMARY KEY, up INTEGER,
            CONSTRAINT fk_self_up FOREIGN KEY (up) REFERENCES self (id) ON DELETE RESTRICT);
         CREATE TABLE posts";
    a_column: "note TEXT," => "note TEXT, born TEXT,";
    a_column_with_a_default: "note TEXT," => "note TEXT, rank INTEGER DEFAULT 3,";
    a_column_not_null_with_a_default: "note TEXT," => "note TEXT, rank INTEGER NOT NULL DEFAULT 3,";
    a_column_in_the_middle: "mail TEXT," => "nick TEXT, mail TEXT,";
    a_column_with_a_time_default: "note TEXT," => "note TEXT, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP,";
    a_column_with_a_check: "note TEXT," =>
        "note TEXT, size INTEGER, CONSTRAINT ck_users_size CHECK (size IS NULL OR size > 1),";
    a_column_with_a_foreign_key: "title TEXT," =>
        "title TEXT, org_id INTEGER, CONSTRAINT fk_posts_org_id FOREIGN KEY (org_id) REFERENCES orgs (id),";
    a_column_with_a_unique_constraint: "note TEXT," =>
        "note TEXT, nick TEXT, CONSTRAINT uq_users_nick UNIQUE (nick),";
    a_wider_type: "age INTEGER DEFAULT 7" => "age BIGINT DEFAULT 7";
    another_type: "age INTEGER DEFAULT 7," => "age NUMERIC DEFAULT 7,";
    a_type_of_a_key: "id INTEGER CONSTRAINT pk_orgs" => "id BIGINT CONSTRAINT pk_orgs";
    no_null: "title TEXT" => "title TEXT DEFAULT 'untitled' NOT NULL";
    a_default: "note TEXT," => "note TEXT DEFAULT 'none',";
    another_default: "DEFAULT 7" => "DEFAULT 8";
    no_default: "age INTEGER DEFAULT 7" => "age INTEGER";
    another_key: "title TEXT," => "title TEXT, CONSTRAINT uq_posts_id_user_id UNIQUE (id, user_id),";
    a_longer_key: "id INTEGER CONSTRAINT pk_posts PRIMARY KEY,\n    user_id INTEGER NOT NULL,\n    title TEXT," =>
        "id INTEGER NOT NULL, user_id INTEGER NOT NULL, title TEXT, CONSTRAINT pk_posts PRIMARY KEY (user_id, id),";
    a_unique_constraint: "CONSTRAINT uq_users_mail UNIQUE (mail)" =>
        "CONSTRAINT uq_users_mail UNIQUE (mail), CONSTRAINT uq_users_org_id_id UNIQUE (org_id, id)";
    another_unique_constraint: "CONSTRAINT uq_users_mail UNIQUE (mail)" =>
        "CONSTRAINT uq_users_mail UNIQUE (mail, org_id)";
    a_foreign_key_with_another_action: "ON DELETE CASCADE\n);\nCREATE INDEX" =>
        "ON DELETE RESTRICT ON UPDATE CASCADE\n);\nCREATE INDEX";
    no_foreign_key: "user_id INTEGER NOT NULL,\n    title TEXT,\n    CONSTRAINT fk_posts_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE" =>
        "user_id INTEGER NOT NULL,\n    title TEXT";
    another_check: "CHECK (age >= 0)" => "CHECK (age > -1 AND age < 200)";
    no_check: "CONSTRAINT ck_users_age CHECK (age >= 0)," => "";
    an_index: "CREATE TABLE posts" => "CREATE INDEX ix_users_age_org_id ON users (age, org_id); CREATE TABLE posts";
    a_unique_index: "CREATE TABLE posts" => "CREATE UNIQUE INDEX ix_users_mail ON users (mail); CREATE TABLE posts";
    a_partial_index: "ON users (note)" => "ON users (note) WHERE age > 3";
    an_expression_index: "ON users (note)" => "ON users (lower(note))";
    a_descending_index: "ON users (note)" => "ON users (note DESC)";
    an_index_by_another_name: "INDEX ix_users_note" => "INDEX notes_of_users";
    no_index: "CREATE INDEX ix_users_note ON users (note);" => "";
    a_stored_column: "note TEXT," => "note TEXT, loud TEXT GENERATED ALWAYS AS (upper(note)) STORED,";
    a_column_that_becomes_computed: "code TEXT" => "code TEXT GENERATED ALWAYS AS (upper(name)) STORED";
    many_at_once: "mail TEXT,\n    age INTEGER DEFAULT 7,\n    note TEXT," =>
        "mail TEXT DEFAULT 'm', born TEXT NOT NULL DEFAULT 'x', age BIGINT DEFAULT 9, note TEXT, CONSTRAINT ck_users_born CHECK (born <> ''),";
}

on_both!(
    a_table_renamed,
    a_column_renamed,
    a_column_dropped,
    a_table_dropped,
    a_table_and_its_columns_renamed_and_changed,
    a_required_column,
    a_required_column_computed_from_another,
    no_null_without_a_default,
);

fn a_table_renamed<E: Read>() {
    let after = START.replace("users", "people");
    let there = Answers::new().rename("users=people").unwrap();
    let back = Answers::new().rename("people=users").unwrap();
    both_ways::<E>(&after, there, back);
}

fn a_column_renamed<E: Read>() {
    let after = START
        .replace("mail TEXT", "email TEXT")
        .replace("UNIQUE (mail)", "UNIQUE (email)");
    let there = Answers::new().rename("users.mail=email").unwrap();
    let back = Answers::new().rename("users.email=mail").unwrap();
    both_ways::<E>(&after, there, back);
}

fn a_column_dropped<E: Read>() {
    for (from, to) in [
        (
            "age INTEGER DEFAULT 7,\n    note TEXT,\n    CONSTRAINT uq_users_mail UNIQUE (mail),\n    CONSTRAINT ck_users_age CHECK (age >= 0),",
            "note TEXT, CONSTRAINT uq_users_mail UNIQUE (mail),",
        ),
        ("title TEXT,", ""),
        (", code TEXT", ""),
    ] {
        both_ways::<E>(&with(from, to), Answers::new(), Answers::new());
    }
}

fn a_table_dropped<E: Read>() {
    let at = START.find("CREATE TABLE posts").unwrap();
    both_ways::<E>(&START[..at], Answers::new(), Answers::new());
}

fn a_table_and_its_columns_renamed_and_changed<E: Read>() {
    let after = START
        .replace("users", "people")
        .replace("user_id", "person_id")
        .replace("age INTEGER DEFAULT 7", "years BIGINT DEFAULT 7")
        .replace("CHECK (age >= 0)", "CHECK (years >= 0)")
        .replace("ON DELETE CASCADE", "");
    let there = Answers::new()
        .rename("users=people")
        .and_then(|a| a.rename("users.age=years"))
        .and_then(|a| a.rename("posts.user_id=person_id"))
        .unwrap();
    let back = Answers::new()
        .rename("people=users")
        .and_then(|a| a.rename("people.years=age"))
        .and_then(|a| a.rename("posts.person_id=user_id"))
        .unwrap();
    both_ways::<E>(&after, there, back);
}

fn a_required_column<E: Read>() {
    let after = with("note TEXT,", "note TEXT, required TEXT NOT NULL,");
    let done = Change {
        answers: Answers::new().fill("users.required='?'").unwrap(),
        ..Change::new(START, ROWS, &after)
    }
    .carry_out::<E>();
    done.has("-- breaking: users.required is required of every new row");
    // Nobody has said what the rows get, so they are asked for where they are missing.
    let done = Change::new(START, "", &after).carry_out::<E>();
    done.has("rows that exist need a value");
}

fn a_required_column_computed_from_another<E: Read>() {
    let after = with("note TEXT,", "note TEXT, required TEXT NOT NULL,");
    Change {
        answers: Answers::new()
            .fill("users.required=coalesce(note, 'none')")
            .unwrap(),
        ..Change::new(START, ROWS, &after)
    }
    .carry_out::<E>();
}

fn no_null_without_a_default<E: Read>() {
    let after = with("title TEXT,", "title TEXT NOT NULL,");
    let done = Change {
        answers: Answers::new().fill("posts.title='untitled'").unwrap(),
        ..Change::new(START, ROWS, &after)
    }
    .carry_out::<E>();
    done.has("posts.title takes no NULL any more");
}

/// What only one of the databases has, there and back.
fn there_and_back<E: Read>(before: &str, rows: &str, after: &str) {
    Change::new(before, rows, after).carry_out::<E>();
    Change::new(after, "", before).carry_out::<E>();
}

mod only_sqlite {
    use super::there_and_back;
    use crate::change::{Change, schema_of};
    use crate::support::Sqlite;
    use migrate_schema::diff::{Answers, SchemaPair};
    use migrate_schema::hints::Hints;
    use migrate_schema::revision::work_out;

    const PLAIN: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER);
        CREATE TABLE child (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);";
    const ROWS: &str = "INSERT INTO t VALUES (1, 'x', 2), (5, NULL, NULL); INSERT INTO child VALUES (1), (5), (5);";

    macro_rules! changes {
        ($($name:ident: $from:expr => $to:expr;)+) => {
            $(#[test]
            fn $name() {
                let after = PLAIN.replace($from, $to);
                assert_ne!(after, PLAIN);
                there_and_back::<Sqlite>(PLAIN, ROWS, &after);
            })+
        };
    }

    changes! {
        strict: "b INTEGER);" => "b INTEGER) STRICT;";
        without_rowid: "b INTEGER);" => "b INTEGER) WITHOUT ROWID;";
        autoincrement: "PRIMARY KEY," => "PRIMARY KEY AUTOINCREMENT,";
        a_collation: "a TEXT" => "a TEXT COLLATE NOCASE";
        a_virtual_column: "b INTEGER)" => "b INTEGER, c TEXT AS (a || 'x'))";
        a_stored_column_over_a_virtual_one: "b INTEGER)" =>
            "b INTEGER, c TEXT AS (a || 'x'), d TEXT AS (c || 'y') STORED)";
        another_expression: "b INTEGER)" => "b INTEGER, c INTEGER AS (b + 1) STORED)";
        a_number_that_becomes_text: "b INTEGER)" => "b TEXT)";
        a_text_that_becomes_bytes: "a TEXT" => "a BLOB";
        a_number_that_becomes_real: "b INTEGER)" => "b REAL)";
    }

    #[test]
    fn a_collated_index() {
        let index = "CREATE INDEX i ON t (a COLLATE NOCASE DESC, b);";
        let after = format!("{PLAIN} {index}");
        Change::new(PLAIN, ROWS, &after).carry_out::<Sqlite>();
        // No model gives an index such a name, so that it goes only if somebody says so.
        Change {
            answers: Answers::new().drop("i"),
            ..Change::new(&after, ROWS, PLAIN)
        }
        .carry_out::<Sqlite>();
    }

    #[test]
    fn a_constraint_by_another_name_is_not_worth_a_copy() {
        let base = schema_of::<Sqlite>("CREATE TABLE t (a TEXT, CONSTRAINT one UNIQUE (a))");
        let wanted = schema_of::<Sqlite>("CREATE TABLE t (a TEXT, CONSTRAINT two UNIQUE (a))");
        let pair = SchemaPair::new(base, wanted);
        let revision = work_out(&[pair], &Hints::default(), &Answers::new()).unwrap();
        assert!(revision.is_empty());
    }

    #[test]
    fn a_value_of_an_enum_is_renamed_in_the_rows() {
        let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, m TEXT NOT NULL DEFAULT 'ok', CHECK (m IN ('sad', 'ok')))";
        let after = before.replace("'sad'", "'blue'");
        let mut hints = Hints::default();
        let new = ("mood".to_owned(), "blue".to_owned());
        hints.values.insert(new, "sad".to_owned());
        let rows = "INSERT INTO t VALUES (1, 'ok'), (2, 'ok')";
        let change = Change {
            hints,
            ..Change::new(before, rows, &after)
        };
        let done = change.carry_out::<Sqlite>();
        done.has("SELECT id, CASE m WHEN 'sad' THEN 'blue' ELSE m END");
        done.has("SELECT id, CASE m WHEN 'blue' THEN 'sad' ELSE m END");
        let insert = "INSERT INTO t VALUES (3, 'sad')";
        done.client.execute_batch(insert).unwrap();
        let done = done.upgraded();
        let query = "SELECT m FROM t WHERE id = 3";
        let value: String = done.client.query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(value, "blue");
    }

    #[test]
    fn text_that_is_no_number_is_not_made_one() {
        let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)";
        let after = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)";
        let done = Change::new(before, "INSERT INTO t VALUES (1, '12'), (2, 'abc')", after)
            .carry_out::<Sqlite>()
            .upgraded();
        done.has("typeof(a) = 'text' AND NOT CAST(a AS NUMERIC) = a");
        let read = |sql: &str| -> Vec<String> {
            let mut statement = done.client.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(
            read("SELECT typeof(a) || a FROM t ORDER BY id"),
            ["integer12", "textabc"]
        );
    }

    #[test]
    fn a_table_that_is_not_understood_is_not_made_anew() {
        let mut base = schema_of::<Sqlite>("CREATE TABLE t (a TEXT, b TEXT)");
        base.tables.get_mut("t").unwrap().not_understood = Some("odd".to_owned());
        let wanted = schema_of::<Sqlite>("CREATE TABLE t (a TEXT NOT NULL, b TEXT)");
        let pair = SchemaPair::new(base.clone(), wanted);
        let refusal = work_out(&[pair], &Hints::default(), &Answers::new()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the table `t` would have to be made anew (`a` changes), but its definition is not understood: odd. \
             Write this change by hand, in a revision of its own"
        );
        // What ALTER TABLE can do is done.
        let wanted = schema_of::<Sqlite>("CREATE TABLE t (a TEXT, b TEXT, c TEXT)");
        let pair = SchemaPair::new(base, wanted);
        assert!(work_out(&[pair], &Hints::default(), &Answers::new()).is_ok());
    }
}

mod only_postgres {
    use super::there_and_back;
    use crate::change::Change;
    use crate::support::Postgres;
    use migrate_schema::diff::Answers;

    const PLAIN: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
        CREATE TABLE t (id integer CONSTRAINT pk_t PRIMARY KEY, a text, b integer, m mood DEFAULT 'ok',
            ms mood[] DEFAULT '{sad,ok}',
            CONSTRAINT ck_t_m CHECK (m <> 'happy'), CONSTRAINT uq_t_b UNIQUE (b));
        CREATE INDEX ix_t_m ON t (m) WHERE m = 'ok';
        CREATE INDEX ix_t_m_id ON t (m, id);
        CREATE TABLE child (t_id integer, CONSTRAINT fk_child_t_id FOREIGN KEY (t_id) REFERENCES t (id) ON DELETE CASCADE);";
    const ROWS: &str = "INSERT INTO t VALUES (1, 'x', 2, 'ok'), (5, NULL, NULL, NULL); INSERT INTO child VALUES (1), (5), (5);";

    macro_rules! changes {
        ($($name:ident: $from:expr => $to:expr;)+) => {
            $(#[test]
            fn $name() {
                let after = PLAIN.replace($from, $to);
                assert_ne!(after, PLAIN);
                if migrate_tests::Postgres::shared().suited(&after) == after {
                    there_and_back::<Postgres>(PLAIN, ROWS, &after);
                }
            })+
        };
    }

    changes! {
        a_constraint_by_another_name: "CONSTRAINT uq_t_b" => "CONSTRAINT only_one_b";
        a_key_by_another_name: "CONSTRAINT pk_t" => "CONSTRAINT key_of_t";
        a_comment_on_a_table: "CREATE INDEX ix_t_m ON" => "COMMENT ON TABLE t IS 'it''s'; CREATE INDEX ix_t_m ON";
        a_comment_on_a_column: "CREATE INDEX ix_t_m ON" => "COMMENT ON COLUMN t.a IS 'one'; CREATE INDEX ix_t_m ON";
        a_comment_on_a_type: "CREATE INDEX ix_t_m ON" => "COMMENT ON TYPE mood IS 'how'; CREATE INDEX ix_t_m ON";
        a_collation: "a text" => "a text COLLATE \"C\"";
        identity: "id integer" => "id integer GENERATED BY DEFAULT AS IDENTITY";
        identity_always: "id integer" => "id integer GENERATED ALWAYS AS IDENTITY (START WITH 100)";
        serial: "id integer" => "id serial";
        an_identity_column: "a text," => "a text, n bigint GENERATED ALWAYS AS IDENTITY,";
        a_serial_column: "a text," => "a text, n bigserial,";
        a_number_that_becomes_text: "b integer" => "b text";
        a_text_with_a_length: "a text" => "a character varying(80)";
        a_flag_that_becomes_a_number: "a text," => "a text, f boolean DEFAULT true,";
        nulls_not_distinct: "UNIQUE (b)" => "UNIQUE NULLS NOT DISTINCT (b)";
        a_deferrable_key: "UNIQUE (b)" => "UNIQUE (b) DEFERRABLE INITIALLY DEFERRED";
        a_deferrable_reference: "ON DELETE CASCADE)" => "ON DELETE SET NULL DEFERRABLE)";
        an_unchecked_reference: "ON DELETE CASCADE);" => "ON DELETE CASCADE); ALTER TABLE t ADD CONSTRAINT ck_t_b CHECK (b > 0) NOT VALID;";
        an_index_with_more: "ON t (m, id)" => "ON t USING btree (id DESC NULLS LAST, b) INCLUDE (a)";
        a_hash_index: "ON t (m, id)" => "ON t USING hash (a)";
        an_index_on_json: "CREATE INDEX ix_t_m ON" => "ALTER TABLE t ADD j jsonb; CREATE INDEX ix_t_j ON t USING gin (j jsonb_path_ops); CREATE INDEX ix_t_m ON";
        a_value_at_the_end: "'ok', 'happy')" => "'ok', 'happy', 'wild')";
        a_value_at_the_start: "('sad'" => "('dead', 'sad'";
        values_in_between: "'ok', 'happy')" => "'so-so', 'ok', 'fine', 'good', 'happy', 'wild')";
        another_order_of_values: "('sad', 'ok', 'happy')" => "('ok', 'happy', 'sad')";
        a_value_that_is_used_at_once: "('sad', 'ok', 'happy')" => "('sad', 'ok', 'happy', 'x'); CREATE TABLE u (m mood DEFAULT 'x')";
        a_type: "CREATE TABLE t" => "CREATE TYPE hue AS ENUM ('red', 'blue'); CREATE TABLE u (h hue NOT NULL DEFAULT 'red'); CREATE TABLE t";
        a_generated_column: "a text," => "a text, l text GENERATED ALWAYS AS (lower(a)) STORED,";
        a_key_that_children_refer_to: "id integer CONSTRAINT pk_t PRIMARY KEY" => "id integer NOT NULL CONSTRAINT uq_t_id UNIQUE";
        a_type_that_children_refer_to: "id integer" => "id bigint";
    }

    #[test]
    fn a_value_taken_out() {
        let after = PLAIN
            .replace("'happy')", "'fine')")
            .replace("m <> 'happy'", "m <> 'fine'");
        let there = Change {
            answers: Answers::new().drop("mood.happy"),
            ..Change::new(PLAIN, ROWS, &after)
        };
        let done = there.carry_out::<Postgres>();
        done.has("PostgreSQL can't take a value out of a type");
        done.has("SELECT * FROM t WHERE m::text IN ('happy')");
        done.has("-- breaking: removes value happy of mood");
    }

    #[test]
    fn a_value_and_a_type_renamed() {
        let after = PLAIN
            .replace("'happy'", "'glad'")
            .replace("mood", "feeling");
        let answers = Answers::new()
            .rename("feeling.happy=glad")
            .and_then(|a| a.rename("mood=feeling"))
            .unwrap();
        let done = Change {
            answers,
            ..Change::new(PLAIN, ROWS, &after)
        }
        .carry_out::<Postgres>();
        done.has("ALTER TYPE mood RENAME TO feeling;\nALTER TYPE feeling RENAME VALUE 'happy' TO 'glad';\n");
        done.lacks("CHECK");
        done.lacks("INDEX");
    }

    #[test]
    fn a_flag_becomes_a_number() {
        there_and_back::<Postgres>(
            "CREATE TABLE t (id integer, f boolean DEFAULT true, n integer)",
            "INSERT INTO t VALUES (1, true, 1), (2, false, NULL)",
            "CREATE TABLE t (id integer, f integer DEFAULT 1, n text)",
        );
    }

    #[test]
    fn a_wider_type_under_a_computed_column() {
        let before =
            "CREATE TABLE t (id integer, b integer, c integer GENERATED ALWAYS AS (b + 1) STORED);
            CREATE INDEX ix_t_c ON t (c);";
        there_and_back::<Postgres>(
            before,
            "INSERT INTO t VALUES (1, 3)",
            &before
                .replace("b integer", "b bigint")
                .replace("c integer", "c bigint"),
        );
    }
}
