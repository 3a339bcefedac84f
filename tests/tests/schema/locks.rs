//! The locks that `lint` reads from statements, held to those that a server takes.

use migrate_chain::{Dialect, Direction, Folder, Options, load};
use migrate_runtime::Migrations;
use migrate_schema::introspect::Ignore;
use migrate_schema::lint::{Lock, LockMode, Scope, lint};
use migrate_schema::scratch::{Scratch, Server};
use migrate_tests::Postgres;

/// The tables that every kind of DDL is tried on.
const EVERYTHING: &str = "
CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer, born date, n numeric(8,2));
CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users (id), total integer NOT NULL DEFAULT 1, CONSTRAINT small CHECK (total < 9) NOT VALID);
CREATE TABLE others (id integer, user_id integer, CONSTRAINT late FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID, CONSTRAINT never CHECK (id IS NOT NULL));
CREATE UNIQUE INDEX others_id ON others (id);
CREATE INDEX users_mail ON users (mail);
CREATE VIEW adults AS SELECT id, mail FROM users;
CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one;
CREATE TABLE events (id integer, at integer) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
CREATE TABLE events_2 (id integer, at integer);
CREATE TABLE parent (id integer);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE lonely (id integer);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE POLICY own ON users USING (true);
CREATE RULE quiet AS ON DELETE TO lonely DO INSTEAD NOTHING;
CREATE STATISTICS together ON mail, age FROM users;
CREATE DOMAIN small_int AS integer;
";

/// Takes all of it away again, whatever a case has made of it.
const CLEAR: &str = "
DO $$ DECLARE made record; BEGIN
    FOR made IN SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT LIKE 'migrate%'
    LOOP EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', made.relname); END LOOP;
END $$;
DROP MATERIALIZED VIEW IF EXISTS sums;
DROP FUNCTION IF EXISTS nothing;
DROP DOMAIN IF EXISTS small_int;
";

/// What the statements tell of locks and of rewritten tables is what the server does.
#[test]
fn predicted_locks_are_those_of_the_server() {
    use LockMode::{AccessExclusive, Exclusive, Share, ShareRowExclusive, ShareUpdateExclusive};
    let database = Postgres::shared().database();
    let server = Server::at(&database.url()).unwrap();
    let mut wrong = Vec::new();
    let cases = [
        ("CREATE TABLE a (id integer PRIMARY KEY)", &[][..]),
        (
            "CREATE TABLE a (id integer REFERENCES users (id))",
            &[("users", ShareRowExclusive, false)],
        ),
        (
            "CREATE TABLE a (x integer, FOREIGN KEY (x) REFERENCES users (id))",
            &[("users", ShareRowExclusive, false)],
        ),
        ("CREATE TABLE a (LIKE users)", &[]),
        (
            "CREATE TABLE a () INHERITS (parent)",
            &[("parent", ShareUpdateExclusive, false)],
        ),
        (
            "CREATE TABLE a PARTITION OF events FOR VALUES FROM (5) TO (6)",
            &[("events", AccessExclusive, false)],
        ),
        ("CREATE TABLE a AS SELECT * FROM users", &[]),
        (
            "DROP TABLE orders",
            &[
                ("orders", AccessExclusive, false),
                ("users", AccessExclusive, false),
            ],
        ),
        ("DROP TABLE lonely", &[("lonely", AccessExclusive, false)]),
        (
            "ALTER TABLE users RENAME TO people",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users RENAME COLUMN age TO years",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE others RENAME CONSTRAINT never TO always",
            &[("others", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x integer",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x integer NOT NULL DEFAULT 0",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x timestamptz DEFAULT now()",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x uuid DEFAULT gen_random_uuid()",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x float DEFAULT random()",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x serial",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x integer GENERATED ALWAYS AS IDENTITY",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ADD COLUMN x integer GENERATED ALWAYS AS (age + 1) STORED",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE others ADD COLUMN x integer REFERENCES users (id)",
            &[
                ("others", AccessExclusive, false),
                ("users", ShareRowExclusive, false),
            ],
        ),
        (
            "ALTER TABLE users DROP COLUMN age",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE orders DROP COLUMN user_id",
            &[
                ("orders", AccessExclusive, false),
                ("users", AccessExclusive, false),
            ],
        ),
        (
            "ALTER TABLE users ALTER COLUMN age TYPE bigint",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN n TYPE numeric(12,2)",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN n TYPE numeric(12,3)",
            &[("users", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN age SET NOT NULL",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE orders ALTER COLUMN total DROP NOT NULL",
            &[("orders", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE orders ALTER COLUMN total DROP DEFAULT",
            &[("orders", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN age SET DEFAULT 1",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN age SET STATISTICS 100",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN age SET (n_distinct = 5)",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE users ALTER COLUMN mail SET STORAGE EXTERNAL",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0)",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c UNIQUE (age)",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE lonely ADD PRIMARY KEY (id)",
            &[("lonely", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE others ADD CONSTRAINT c UNIQUE USING INDEX others_id",
            &[("others", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT c EXCLUDE (age WITH =)",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE others ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES users (id)",
            &[
                ("others", ShareRowExclusive, false),
                ("users", ShareRowExclusive, false),
            ],
        ),
        (
            "ALTER TABLE others ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES users (id) NOT VALID",
            &[
                ("others", ShareRowExclusive, false),
                ("users", ShareRowExclusive, false),
            ],
        ),
        (
            "ALTER TABLE others DROP CONSTRAINT never",
            &[("others", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE others DROP CONSTRAINT late",
            &[
                ("others", AccessExclusive, false),
                ("users", AccessExclusive, false),
            ],
        ),
        (
            "ALTER TABLE orders VALIDATE CONSTRAINT small",
            &[("orders", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE others VALIDATE CONSTRAINT late",
            &[("others", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (7) TO (8)",
            &[
                ("events", ShareUpdateExclusive, false),
                ("events_2", AccessExclusive, false),
            ],
        ),
        (
            "ALTER TABLE events DETACH PARTITION events_1",
            &[
                ("events", AccessExclusive, false),
                ("events_1", AccessExclusive, false),
            ],
        ),
        (
            "ALTER TABLE lonely INHERIT parent",
            &[
                ("lonely", AccessExclusive, false),
                ("parent", ShareUpdateExclusive, false),
            ],
        ),
        (
            "ALTER TABLE child NO INHERIT parent",
            &[("child", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE lonely SET UNLOGGED",
            &[("lonely", AccessExclusive, true)],
        ),
        (
            "ALTER TABLE users SET (fillfactor = 70)",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE users RESET (fillfactor)",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE users CLUSTER ON users_mail",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users DISABLE TRIGGER touched",
            &[("users", ShareRowExclusive, false)],
        ),
        (
            "ALTER TABLE users REPLICA IDENTITY FULL",
            &[("users", AccessExclusive, false)],
        ),
        (
            "ALTER TABLE users OWNER TO current_user",
            &[("users", AccessExclusive, false)],
        ),
        ("CREATE INDEX a ON users (age)", &[("users", Share, false)]),
        (
            "CREATE UNIQUE INDEX a ON users (age)",
            &[("users", Share, false)],
        ),
        (
            "DROP INDEX users_mail",
            &[("users", AccessExclusive, false)],
        ),
        ("REINDEX TABLE users", &[("users", Share, false)]),
        ("REINDEX INDEX users_mail", &[("users", Share, false)]),
        (
            "CREATE TRIGGER t BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION nothing()",
            &[("users", ShareRowExclusive, false)],
        ),
        (
            "DROP TRIGGER touched ON users",
            &[("users", AccessExclusive, false)],
        ),
        (
            "CREATE POLICY p ON users USING (true)",
            &[("users", AccessExclusive, false)],
        ),
        (
            "DROP POLICY own ON users",
            &[("users", AccessExclusive, false)],
        ),
        (
            "CREATE RULE r AS ON INSERT TO lonely DO INSTEAD NOTHING",
            &[("lonely", AccessExclusive, false)],
        ),
        (
            "DROP RULE quiet ON lonely",
            &[("lonely", AccessExclusive, false)],
        ),
        (
            "CREATE STATISTICS s ON mail, born FROM users",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "CREATE OR REPLACE VIEW adults AS SELECT id, mail, age FROM users",
            &[("adults", AccessExclusive, false)],
        ),
        ("CREATE VIEW v AS SELECT * FROM users", &[]),
        ("DROP VIEW adults", &[("adults", AccessExclusive, false)]),
        (
            "REFRESH MATERIALIZED VIEW sums",
            &[("sums", AccessExclusive, true)],
        ),
        ("TRUNCATE lonely", &[("lonely", AccessExclusive, true)]),
        ("INSERT INTO lonely VALUES (1)", &[]),
        ("UPDATE users SET age = 1", &[]),
        (
            "COMMENT ON TABLE users IS 'x'",
            &[("users", ShareUpdateExclusive, false)],
        ),
        (
            "COMMENT ON COLUMN users.age IS 'x'",
            &[("users", ShareUpdateExclusive, false)],
        ),
        ("ANALYZE users", &[("users", ShareUpdateExclusive, false)]),
        (
            "CLUSTER users USING users_mail",
            &[("users", AccessExclusive, true)],
        ),
        ("LOCK TABLE users", &[("users", AccessExclusive, false)]),
        (
            "LOCK TABLE users IN EXCLUSIVE MODE",
            &[("users", Exclusive, false)],
        ),
        ("GRANT SELECT ON users TO PUBLIC", &[]),
        ("CREATE TYPE mood AS ENUM ('a')", &[]),
        ("CREATE SEQUENCE s", &[]),
        (
            "ALTER DOMAIN small_int ADD CONSTRAINT c CHECK (VALUE < 9)",
            &[],
        ),
    ];
    let mut folder = Folder::new("versions");
    let mut parent = "none".to_owned();
    for (index, (script, _)) in cases.iter().enumerate() {
        for (prefix, script) in [
            ("a", format!("{CLEAR}{EVERYTHING}")),
            ("b", format!("{script};")),
        ] {
            let id = format!("{prefix}{index:03}");
            let text = format!(
                "-- one\n-- revision: {id}\n-- down_revision: {parent}\n\n-- upgrade (postgres)\n{script}\n\n-- downgrade: nothing\n"
            );
            folder.add(&format!("{id}.sql"), text.as_bytes());
            parent = id;
        }
    }
    let migrations = Migrations::from(load(folder, &Options::new("versions")).unwrap());
    let tried: Vec<usize> = (0..cases.len()).map(|index| index * 2 + 1).collect();
    let ignore = Ignore::default();
    let databases = [(Dialect::Postgres, Some(Scratch::Postgres(&server)))];
    let report = lint(&migrations, Scope::new(&tried, &ignore), &databases).unwrap();
    let sections = report
        .sections
        .iter()
        .filter(|one| one.direction == Direction::Upgrade);
    for ((script, expected), section) in cases.iter().zip(sections) {
        let shown = |locks: &[Lock]| -> Vec<String> {
            let one = |one: &Lock| format!("{} {} {}", one.table, one.mode, one.rewrites);
            locks.iter().map(one).collect()
        };
        let expected: Vec<String> = (expected.iter())
            .map(|(table, mode, rewrites)| format!("{table} {mode} {rewrites}"))
            .collect();
        let predicted = shown(&section.locks);
        let Some(traced) = &section.traced else {
            wrong.push(format!("{script} fails"));
            break;
        };
        let traced = shown(traced);
        if predicted != expected || traced != expected {
            wrong.push(format!(
                "{script}\n  expected {expected:?}\n  predicted {predicted:?}\n  traced {traced:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
