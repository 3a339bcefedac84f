//! Programs of earlier releases.

use expect_test::expect;
use migrate_runtime::Dialect;
use migrate_tests::Shared as _;

use super::support::{Written, neutral};
use crate::support::{Database, on_both};

on_both![
    a_query_that_a_revision_breaks_is_told,
    behind_a_breaking_revision_nobody_looks,
    every_release_is_followed,
    declarations_that_are_wrong_are_told,
];

/// v1.0.0 has users with a mail, v1.1.0 a nickname, and the last revision is not released.
fn chain<D: Database>(header: &str, last: &str) -> Written {
    Written::new(&[D::DIALECT])
        .with_header(
            "a1",
            "-- version: v1.0.0\n",
            "CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL)",
        )
        .with_header(
            "b1",
            "-- version: v1.1.0\n",
            "ALTER TABLE users ADD COLUMN nickname TEXT",
        )
        .with_header("c1", header, last)
}

const FIRST: &[&str] = &[
    "INSERT INTO users (id, mail) VALUES (1, 'a')",
    "SELECT id FROM users; SELECT mail FROM users WHERE id = 1;",
];

fn a_query_that_a_revision_breaks_is_told<D: Database>() {
    let is_sqlite = D::DIALECT == Dialect::Sqlite;
    let renames = chain::<D>("", "ALTER TABLE users RENAME COLUMN mail TO email");
    let told = renames.failure(|suite| suite.old_client("v1.0.0", None, FIRST).old_client_compat());
    if is_sqlite {
        expect![[r#"
            versions/c1.sql: revision c1 breaks programs of v1.0.0 on sqlite:
              INSERT INTO users (id, mail) VALUES (1, 'a'): table users has no column named mail
              SELECT mail FROM users WHERE id = 1: no such column: mail in SELECT mail FROM users WHERE id = 1 at offset 7
              = help: if those programs are to be refused, the header says so: `breaking: REASON`
              = help: else the revision has to keep what they ask, until none of them runs any more"#]].assert_shared(&told);
    } else {
        expect![[r#"
            versions/c1.sql: revision c1 breaks programs of v1.0.0 on postgres:
              INSERT INTO users (id, mail) VALUES (1, 'a'): column "mail" of relation "users" does not exist
              SELECT mail FROM users WHERE id = 1: column "mail" does not exist
                hint: Perhaps you meant to reference the column "users.email".
              = help: if those programs are to be refused, the header says so: `breaking: REASON`
              = help: else the revision has to keep what they ask, until none of them runs any more"#]].assert_shared(&told);
    }
    // It takes a row to be seen.
    let demands = chain::<D>(
        "",
        "ALTER TABLE users ADD COLUMN age INTEGER NOT NULL CHECK (age > 0)",
    );
    if is_sqlite {
        // SQLite refuses such a column without a default, on tables with rows.
        return;
    }
    let told = demands.failure(|suite| suite.old_client("v1.0.0", None, FIRST).old_client_compat());
    expect![[r#"
        versions/c1.sql: revision c1 breaks programs of v1.0.0 on postgres:
          INSERT INTO users (id, mail) VALUES (1, 'a'): null value in column "age" of relation "users" violates not-null constraint
            detail: Failing row contains (1, a, null, null).
          = help: if those programs are to be refused, the header says so: `breaking: REASON`
          = help: else the revision has to keep what they ask, until none of them runs any more"#]].assert_shared(&told);
    // A query with parameters is prepared only.
    let parameters = |last| {
        let query = if is_sqlite {
            "SELECT id FROM users WHERE mail = ?1"
        } else {
            "SELECT id FROM users WHERE mail = $1"
        };
        let chain = chain::<D>("", last);
        chain.run(|suite| {
            suite
                .old_client("v1.0.0", Some(D::DIALECT), &[query])
                .old_client_compat()
        })
    };
    parameters("SELECT 1").unwrap();
    parameters("ALTER TABLE users RENAME COLUMN mail TO email").unwrap_err();
}

fn behind_a_breaking_revision_nobody_looks<D: Database>() {
    let rename = "ALTER TABLE users RENAME COLUMN mail TO email";
    let chain =
        chain::<D>("-- breaking: mail is email\n", rename).revision("d1", "DROP TABLE users");
    chain
        .run(|suite| suite.old_client("v1.0.0", None, FIRST).old_client_compat())
        .unwrap();
    // A program that knows the breaking revision counts again.
    let told = chain.failure(|suite| {
        let suite = suite.old_client("c1", None, &["SELECT email FROM users"]);
        suite.old_client("v1.0.0", None, FIRST).old_client_compat()
    });
    assert!(
        told.starts_with("versions/d1.sql: revision d1 breaks programs of c1 on "),
        "{told}"
    );
    assert!(!told.contains("v1.0.0"), "{told}");
}

fn every_release_is_followed<D: Database>() {
    let chain = chain::<D>("", "ALTER TABLE users RENAME COLUMN nickname TO nick");
    let told = chain.failure(|suite| {
        suite
            .old_client("v1.0.0", None, FIRST)
            .old_client("v1.1.0", None, &["SELECT nickname FROM users"])
            .old_client("b1", None, &["SELECT id, nickname FROM users"])
            .old_client_compat()
    });
    let told: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("breaks"))
        .collect();
    let dialect = D::DIALECT;
    assert_eq!(
        told,
        [
            format!("versions/c1.sql: revision c1 breaks programs of b1 on {dialect}:"),
            format!("versions/c1.sql: revision c1 breaks programs of v1.1.0 on {dialect}:"),
        ]
    );
    // Another database's queries are none of this one's.
    let other = match D::DIALECT {
        Dialect::Sqlite => Dialect::Postgres,
        _ => Dialect::Sqlite,
    };
    let wrong: &[&str] = &["SELECT nonsense"];
    chain
        .run(|suite| {
            suite
                .old_client("v1.1.0", Some(other), wrong)
                .old_client_compat()
        })
        .unwrap();
}

fn declarations_that_are_wrong_are_told<D: Database>() {
    let chain = chain::<D>("", "SELECT 1");
    let told = |release, query| {
        chain.failure(|suite| {
            suite
                .old_client(release, None, &[query])
                .old_client_compat()
        })
    };
    expect![[r#"
        `old_client_compat` names `v1.2.0`, which is not there
          = help: did you mean `v1.0.0`?
          = help: a release without a revision of its own is named by the revision that was its head"#]].assert_shared(&neutral(&told("v1.2.0", "SELECT 1")));
    let told = told("v1.0.0", "SELECT nickname FROM users");
    match D::DIALECT {
        Dialect::Sqlite => expect![[r#"
            these queries already fail on the sqlite database of v1.0.0:
              SELECT nickname FROM users: no such column: nickname in SELECT nickname FROM users at offset 7
              = help: `old_client_compat` has to hold what the programs of that release really ask"#]].assert_shared(&told),
        _ => expect![[r#"
            these queries already fail on the postgres database of v1.0.0:
              SELECT nickname FROM users: column "nickname" does not exist
              = help: `old_client_compat` has to hold what the programs of that release really ask"#]].assert_shared(&told),
    }
}
