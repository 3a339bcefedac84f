//! Indexes that somebody made by hand on a table of a model.

use migrate_schema::diff::{Answers, SchemaPair, drift};
use migrate_schema::hints::Hints;
use migrate_schema::introspect::Ignore;
use migrate_schema::revision::{Revision, work_out};

use crate::change::{Change, Done, Read, schema_of};
use crate::support::{Postgres, Sqlite};

on_both!(
    they_stay,
    they_come_back_around_a_change,
    one_goes_by_its_name,
    one_goes_with_its_column,
    one_that_models_gave_up_goes,
    drift_is_silenced_by_name,
);

const TABLE: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT, age INTEGER, note TEXT);
    CREATE INDEX ix_users_age ON users (age);";
const BY_HAND: &str = "CREATE INDEX users_mail_idx ON users (mail); CREATE UNIQUE INDEX by_hand ON users (lower(mail), age) WHERE age > 1;";

fn worked_out<E: Read>(before: &str, after: &str, answers: &Answers) -> Revision {
    let pair = SchemaPair::new(schema_of::<E>(before), schema_of::<E>(after));
    work_out(&[pair], &Hints::default(), answers).unwrap()
}

fn they_stay<E: Read>() {
    let before = format!("{TABLE} {BY_HAND}");
    let revision = worked_out::<E>(&before, TABLE, &Answers::new());
    assert!(revision.is_empty(), "{:?}", revision.changes[0].describe());
    assert_eq!(
        revision.kept,
        ["index by_hand on users", "index users_mail_idx on users"]
    );
}

#[test]
fn every_kind_of_them_stays() {
    let before = format!(
        "{TABLE} ALTER TABLE users ADD COLUMN doc jsonb; {BY_HAND} CREATE INDEX g ON users USING gin (doc jsonb_path_ops);
         CREATE INDEX c ON users (mail) INCLUDE (age); CREATE STATISTICS st ON mail, age FROM users;"
    );
    let after = format!("{TABLE} ALTER TABLE users ADD COLUMN doc jsonb;");
    let revision = worked_out::<Postgres>(&before, &after, &Answers::new());
    assert!(revision.is_empty(), "{:?}", revision.changes[0].describe());
}

/// Another column changes so that the table, or what the index is about, is made anew.
fn they_come_back_around_a_change<E: Read>() {
    for (from, to) in [
        ("note TEXT", "note TEXT NOT NULL DEFAULT 'x'"),
        ("mail TEXT", "mail VARCHAR(90)"),
        ("age INTEGER", "age BIGINT"),
    ] {
        let before = format!("{TABLE} {BY_HAND}");
        let after = TABLE.replace(from, to);
        let done = Change::new(
            &before,
            "INSERT INTO users VALUES (1, 'a', 2, 'n'), (2, 'b', 2, 'n')",
            &after,
        )
        .carry_out::<E>()
        .upgraded();
        assert_indexes(done, &["by_hand", "ix_users_age", "users_mail_idx"]);
    }
    // By a new name of the table and the column.
    let before = format!("{TABLE} {BY_HAND}");
    let after = TABLE.replace("users", "people").replace("mail", "email");
    let answers = Answers::new().rename("users=people").unwrap();
    let answers = answers.rename("users.mail=email").unwrap();
    let done = Change {
        answers,
        ..Change::new(&before, "INSERT INTO users VALUES (1, 'a', 2, 'n')", &after)
    }
    .carry_out::<E>()
    .upgraded();
    assert_indexes(done, &["by_hand", "ix_people_age", "users_mail_idx"]);
}

fn assert_indexes<E: Read>(mut done: Done<E>, names: &[&str]) {
    let schema = E::read(&mut done.client);
    let table = schema.tables.values().find(|one| one.name != "other");
    let found: Vec<&String> = table.unwrap().indexes.keys().collect();
    assert_eq!(found, names, "{}", done.text);
}

fn one_goes_by_its_name<E: Read>() {
    let before = format!("{TABLE} {BY_HAND}");
    let done = Change {
        answers: Answers::new().drop("by_hand"),
        ..Change::new(&before, "", TABLE)
    };
    let done = done.carry_out::<E>();
    done.has("DROP INDEX by_hand;");
    done.lacks("DROP INDEX users_mail_idx");
    let pair = SchemaPair::new(schema_of::<E>(&before), schema_of::<E>(TABLE));
    let refusal = work_out(&[pair], &Hints::default(), &Answers::new().drop("by_hnd")).unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("`--drop by_hnd`: the migrations make no `by_hnd`: did you mean `by_hand`?"),
        "{refusal}"
    );
}

fn one_goes_with_its_column<E: Read>() {
    let before = format!("{TABLE} {BY_HAND}");
    let after = TABLE
        .replace(", age INTEGER", "")
        .replace("CREATE INDEX ix_users_age ON users (age);", "");
    let revision = worked_out::<E>(&before, &after, &Answers::new());
    assert_eq!(revision.kept, ["index users_mail_idx on users"]);
    Change::new(&before, "", &after).carry_out::<E>();
}

fn one_that_models_gave_up_goes<E: Read>() {
    let after = TABLE.replace("CREATE INDEX ix_users_age ON users (age);", "");
    let done = Change::new(TABLE, "", &after).carry_out::<E>();
    done.has("DROP INDEX ix_users_age;");
}

fn drift_is_silenced_by_name<E: Read>() {
    let (made, found) = (
        schema_of::<E>(TABLE),
        schema_of::<E>(&format!("{TABLE} {BY_HAND}")),
    );
    let ignore = Ignore::default();
    let lines = [
        "create unique index by_hand on users",
        "create index users_mail_idx on users",
    ];
    let mut all = drift(&made, &found, &ignore);
    all.sort_by_key(|line| line.contains("users_mail_idx"));
    assert_eq!(all, lines);
    let ignore = ignore.names(["by_hand", "users_mail_idx"]);
    assert_eq!(drift(&made, &found, &ignore), [""; 0]);
}

#[test]
fn sqlite_knows_them_by_their_text() {
    let revision = worked_out::<Sqlite>(
        &format!("{TABLE} CREATE INDEX n ON users (mail COLLATE NOCASE DESC);"),
        TABLE,
        &Answers::new(),
    );
    assert!(revision.is_empty());
}
