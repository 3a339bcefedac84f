//! Tables with rows.

use expect_test::expect;
use migrate_runtime::Dialect;
use migrate_tests::Shared as _;

use super::support::{Written, neutral};
use crate::support::{Database, on_both};

on_both![
    rows_are_found_for_tables_of_all_kinds,
    rows_are_found_for_types_of_all_kinds,
    a_table_that_nothing_fits_is_told_with_the_way_out,
    rows_that_are_given_are_used,
    rows_that_go_are_told_unless_it_is_meant,
    a_revision_that_fails_on_rows_is_told,
    what_is_given_wrongly_is_told,
];

fn chain<D: Database>() -> Written {
    Written::new(&[D::DIALECT])
}

/// A revision that fails unless the tables hold as many rows.
fn demand(tables: &[(&str, usize)]) -> String {
    let mut script =
        "CREATE TABLE demanded (name TEXT, missing INTEGER CHECK (missing <= 0))".to_owned();
    for (table, least) in tables {
        script.push_str(&format!(
            ";\nINSERT INTO demanded SELECT '{table}', {least} - count(*) FROM {table}"
        ));
    }
    script + ";\nDROP TABLE demanded"
}

const TABLES: &str = "
CREATE TABLE orgs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE users (
    org_id INTEGER NOT NULL REFERENCES orgs (id),
    id INTEGER NOT NULL,
    mail TEXT NOT NULL CHECK (mail LIKE '%@%'),
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'gone')),
    age INTEGER NOT NULL CHECK (age BETWEEN 18 AND 130),
    code TEXT NOT NULL CHECK (length(code) = 6),
    country VARCHAR(2) NOT NULL CHECK (country = upper(country) AND length(country) = 2),
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX one_active ON users (org_id) WHERE state = 'active';
CREATE TABLE projects (
    org_id INTEGER NOT NULL REFERENCES orgs (id),
    id INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
);
-- Two keys that share a column.
CREATE TABLE members (
    org_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    project_id INTEGER NOT NULL,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id),
    FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)
);
-- One to one.
CREATE TABLE profiles (org_id INTEGER PRIMARY KEY REFERENCES orgs (id), picture TEXT);
-- To itself, with and without NULL.
CREATE TABLE folders (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES folders (id));
CREATE TABLE roots (id TEXT PRIMARY KEY, root_id TEXT NOT NULL REFERENCES roots (id));
-- Rules among columns.
CREATE TABLE periods (
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL CHECK (first < last),
    CHECK (starts < ends),
    CHECK (starts >= 10)
);
-- No second row fits.
CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), is_dark BOOLEAN NOT NULL);
";

const CIRCLE: &str = "
CREATE TABLE teams (id INTEGER PRIMARY KEY, lead_id INTEGER REFERENCES people (id));
CREATE TABLE people (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));
CREATE TABLE computed (a INTEGER NOT NULL, b INTEGER GENERATED ALWAYS AS (a + 1) STORED)
";

const CIRCLE_OF_POSTGRES: &str = "
CREATE TABLE teams (id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead_id INTEGER);
CREATE TABLE people (id SERIAL PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));
ALTER TABLE teams ADD FOREIGN KEY (lead_id) REFERENCES people (id);
CREATE TABLE computed (a INTEGER NOT NULL, b INTEGER GENERATED ALWAYS AS (a + 1) STORED);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN mail AS text NOT NULL CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE TABLE typed (
    mood mood NOT NULL, moods mood[] NOT NULL, mail mail, paid numeric(4,2) NOT NULL CHECK (paid > 0),
    at timestamptz NOT NULL, day date NOT NULL CHECK (day >= '2030-01-01'), address inet NOT NULL,
    data jsonb NOT NULL CHECK (jsonb_typeof(data) = 'object'), bits bit(3) NOT NULL, span int4range NOT NULL,
    note tsvector NOT NULL, place point NOT NULL, key uuid NOT NULL UNIQUE, raw bytea NOT NULL, initials char(2) UNIQUE
)
";

fn rows_are_found_for_tables_of_all_kinds<D: Database>() {
    let two = |name| (name, 2);
    let mut tables = [
        "orgs", "users", "projects", "members", "profiles", "folders", "roots",
    ]
    .map(two)
    .to_vec();
    tables.extend(["periods", "teams", "people", "computed"].map(two));
    tables.push(("settings", 1));
    let mut script = TABLES.to_owned();
    match D::DIALECT {
        Dialect::Sqlite => script.push_str(CIRCLE),
        _ => {
            script.push_str(CIRCLE_OF_POSTGRES);
            tables.push(("typed", 2));
        }
    }
    let filled = "CREATE TABLE led (n INTEGER CHECK (n > 0));
        INSERT INTO led SELECT count(lead_id) FROM teams;
        INSERT INTO led SELECT count(parent_id) FROM folders";
    let chain = chain::<D>()
        .revision("a1", script.trim_end().trim_end_matches(';'))
        .revision("b1", &demand(&tables))
        // Circles are closed by the second row.
        .revision("c1", filled);
    chain.run(|suite| suite.upgrade_with_data()).unwrap();
    // The demand is one.
    chain.run(|suite| suite.upgrade_from_base()).unwrap_err();
}

/// The schemas that introspection is tested with.
fn rows_are_found_for_types_of_all_kinds<D: Database>() {
    let script = match D::DIALECT {
        Dialect::Sqlite => include_str!("../../schema/ddl/sqlite.sql"),
        _ => include_str!("../../schema/ddl/postgres.sql"),
    };
    // A function matches the column with a regular expression, which such a collation forbids.
    let script = script.replace("DETERMINISTIC = false", "DETERMINISTIC = true");
    let chain = chain::<D>()
        .revision("a1", script.trim_end().trim_end_matches(';'))
        .revision("b1", "SELECT 1");
    chain.run(|suite| suite.upgrade_with_data()).unwrap();
}

fn odd<D: Database>() -> Written {
    chain::<D>()
        .revision(
            "a1",
            "CREATE TABLE plates (id INTEGER PRIMARY KEY, plate TEXT NOT NULL, \
             CONSTRAINT ck_plate CHECK (substr(plate, 3, 1) = '-' AND substr(plate, 7, 2) = substr(plate, 1, 2)))",
        )
        .revision("b1", &demand(&[("plates", 1)]))
}

fn a_table_that_nothing_fits_is_told_with_the_way_out<D: Database>() {
    let told = odd::<D>().failure(|suite| suite.upgrade_with_data());
    match D::DIALECT {
        Dialect::Sqlite => expect![[r#"
            tables would be empty when revision b1 runs on sqlite
            no row could be made up for `plates`: CHECK constraint failed: ck_plate
              after 73 tries, with: INSERT INTO plates (plate) VALUES ('-')
              = help: give one: `migration_tests!(.., rows = { "plates": ["INSERT INTO plates .."] })`; an empty list, `"plates": []`, leaves the table empty"#]].assert_shared(&told),
        _ => expect![[r#"
            tables would be empty when revision b1 runs on postgres
            no row could be made up for `plates`: new row for relation "plates" violates check constraint "ck_plate"
                detail: Failing row contains (4, -).
              after 72 tries, with: INSERT INTO plates (id, plate) VALUES (4, '-')
              = help: give one: `migration_tests!(.., rows = { "plates": ["INSERT INTO plates .."] })`; an empty list, `"plates": []`, leaves the table empty"#]].assert_shared(&told),
    }
}

fn rows_that_are_given_are_used<D: Database>() {
    let fits = "INSERT INTO plates (id, plate) VALUES (1, 'KA-123KA'); -- Karlsruhe";
    let plates = odd::<D>();
    plates
        .run(|suite| suite.rows("plates", None, &[fits]).upgrade_with_data())
        .unwrap();
    // An empty list is a decision: the demand then fails.
    let told = plates.failure(|suite| suite.rows("plates", None, &[]).upgrade_with_data());
    assert!(
        told.starts_with("versions/b1.sql: revision b1 on "),
        "{told}"
    );
    // Of the statements, one has to fit at each revision.
    let renamed = chain::<D>()
        .revision(
            "a1",
            "CREATE TABLE t (a INTEGER PRIMARY KEY, c INTEGER CHECK (c = 77777 * 3))",
        )
        .revision(
            "b1",
            "DROP TABLE t; CREATE TABLE t (b INTEGER PRIMARY KEY, c INTEGER CHECK (c = 77777 * 3))",
        )
        .revision("c1", &demand(&[("t", 1)]));
    let both = [
        "INSERT INTO t (a, c) VALUES (1, 233331)",
        "INSERT INTO t (b, c) VALUES (1, 233331)",
    ];
    let run = |statements: &[&'static str]| {
        renamed.run(|suite| {
            suite
                .rows("t", None, statements)
                .removes_rows("b1")
                .upgrade_with_data()
        })
    };
    run(&both).unwrap();
    let told = format!("{:?}", run(&both[..1]).unwrap_err());
    match D::DIALECT {
        Dialect::Sqlite => expect![[r#"
            tables would be empty when revision c1 runs on sqlite
            none of the rows given for `t` can be inserted:
              INSERT INTO t (a, c) VALUES (1, 233331): table t has no column named a
              = help: `rows` has to hold one that fits the table as it is before this revision; those of other revisions may stand beside it"#]].assert_shared(&told),
        _ => expect![[r#"
            tables would be empty when revision c1 runs on postgres
            none of the rows given for `t` can be inserted:
              INSERT INTO t (a, c) VALUES (1, 233331): column "a" of relation "t" does not exist
              = help: `rows` has to hold one that fits the table as it is before this revision; those of other revisions may stand beside it"#]].assert_shared(&told),
    }
}

fn rows_that_go_are_told_unless_it_is_meant<D: Database>() {
    let chain = chain::<D>()
        .revision(
            "a1",
            "CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER); CREATE TABLE v (a INTEGER)",
        )
        // Rows that are added are nobody's loss, and neither is a table that goes.
        .revision(
            "b1",
            "INSERT INTO u VALUES (7); DROP TABLE v; DELETE FROM t",
        );
    let told = chain.failure(|suite| suite.upgrade_with_data());
    expect![[r#"
        versions/b1.sql: revision b1 on DATABASE
        t held 2 rows before and 0 after
          = help: if the revision is to remove rows: `migration_tests!(.., removes_rows = ["b1"])`"#]].assert_shared(&neutral(&told));
    chain
        .run(|suite| suite.removes_rows("b1").upgrade_with_data())
        .unwrap();
    let told = chain.failure(|suite| suite.removes_rows("a1").upgrade_with_data());
    assert!(told.contains("revision b1 on"), "{told}");
}

fn a_revision_that_fails_on_rows_is_told<D: Database>() {
    let base = "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE c (t_id INTEGER NOT NULL REFERENCES t (id))";
    let with = |upgrade| {
        let chain = chain::<D>().revision("a1", base).revision("b1", upgrade);
        chain.run(|suite| suite.upgrade_from_base()).unwrap();
        chain.failure(|suite| suite.upgrade_with_data())
    };
    // Two rows are needed to see it.
    let same =
        with("ALTER TABLE c ADD COLUMN n INTEGER DEFAULT 0; CREATE UNIQUE INDEX one ON c (n)");
    let orphans = with("UPDATE c SET t_id = 99");
    match D::DIALECT {
        Dialect::Sqlite => {
            expect![[r#"
                versions/b1.sql: revision b1 on sqlite
                the chain can't be applied
                versions/b1.sql:7:47: the upgrade of `b1` failed
                UNIQUE constraint failed: c.n
                  --> versions/b1.sql:7:47
                   |
                 7 | ALTER TABLE c ADD COLUMN n INTEGER DEFAULT 0; CREATE UNIQUE INDEX one ON c (n);
                   |                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  = note: its transaction was rolled back: the database is as it was before it"#]]
            .assert_shared(&same);
            expect![[r#"
                versions/b1.sql: revision b1 on sqlite
                the chain can't be applied
                versions/b1.sql:7:1: the upgrade of `b1` failed
                FOREIGN KEY constraint failed
                  --> versions/b1.sql:7:1
                   |
                 7 | UPDATE c SET t_id = 99;
                   | ^^^^^^^^^^^^^^^^^^^^^^^
                  = note: its transaction was rolled back: the database is as it was before it"#]]
            .assert_shared(&orphans);
        }
        _ => {
            expect![[r#"
                versions/b1.sql: revision b1 on postgres
                the chain can't be applied
                versions/b1.sql:7:47: the upgrade of `b1` failed
                could not create unique index "one"
                detail: Key (n)=(0) is duplicated.
                  --> versions/b1.sql:7:47
                   |
                 7 | ALTER TABLE c ADD COLUMN n INTEGER DEFAULT 0; CREATE UNIQUE INDEX one ON c (n);
                   |                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                  = note: its transaction was rolled back: the database is as it was before it"#]]
            .assert_shared(&same);
            expect![[r#"
                versions/b1.sql: revision b1 on postgres
                the chain can't be applied
                versions/b1.sql:7:1: the upgrade of `b1` failed
                insert or update on table "c" violates foreign key constraint "c_t_id_fkey"
                detail: Key (t_id)=(99) is not present in table "t".
                  --> versions/b1.sql:7:1
                   |
                 7 | UPDATE c SET t_id = 99;
                   | ^^^^^^^^^^^^^^^^^^^^^^^
                  = note: its transaction was rolled back: the database is as it was before it"#]]
            .assert_shared(&orphans);
        }
    }
}

fn what_is_given_wrongly_is_told<D: Database>() {
    let chain = chain::<D>()
        .revision("a1", "CREATE TABLE users (a INTEGER)")
        .revision("b1", "SELECT 1");
    let told = chain.failure(|suite| suite.rows("user", None, &[]).upgrade_with_data());
    expect![[r#"
        `rows` names `user`, which is not there
          = help: did you mean `users`?"#]]
    .assert_shared(&neutral(&told));
    let told = chain.failure(|suite| suite.removes_rows("zz").upgrade_with_data());
    expect![[r#"
        `removes_rows` names `zz`, which is not there
          = help: there are: a1, b1"#]]
    .assert_shared(&neutral(&told));
}
