//! Renames are never guessed: what is asked, what is refused, and what the file then says.

use expect_test::{Expect, expect};
use migrate_chain::Dialect;
use migrate_schema::diff::{Answers, SchemaPair, diff};
use migrate_schema::hints::Hints;
use migrate_schema::model::{Column, Enum, Schema, Table};
use migrate_schema::revision::work_out;

use crate::change::HEADER;

/// A schema of tables, each with its columns.
fn schema(dialect: Dialect, tables: &[(&str, &[&str])]) -> Schema {
    let mut schema = Schema::new(dialect);
    for (name, columns) in tables {
        let columns = columns.iter().map(|column| Column::new(column, "TEXT"));
        schema.add(columns.fold(Table::new(name), Table::with));
    }
    schema
}

fn postgres(tables: &[(&str, &[&str])]) -> Schema {
    schema(Dialect::Postgres, tables)
}

fn owned(text: &str) -> String {
    text.to_owned()
}

fn column_hint(new: (&str, &str), old: &str) -> Hints {
    let mut hints = Hints::default();
    hints
        .columns
        .insert((owned(new.0), owned(new.1)), owned(old));
    hints
}

fn table_hint(new: &str, old: &str) -> Hints {
    let mut hints = Hints::default();
    hints.tables.insert(owned(new), owned(old));
    hints
}

fn refused(base: &Schema, wanted: &Schema, hints: &Hints, answers: &Answers, expected: &Expect) {
    let pair = SchemaPair::new(base.clone(), wanted.clone());
    let refusal = work_out(&[pair], hints, answers).unwrap_err();
    expected.assert_eq(&refusal.to_string());
}

fn made(base: &Schema, wanted: &Schema, hints: &Hints, answers: &Answers, expected: &Expect) {
    let pair = SchemaPair::new(base.clone(), wanted.clone());
    let revision = work_out(&[pair], hints, answers).unwrap();
    let text = revision.text(&HEADER).unwrap_or_default();
    expected.assert_eq(text.split_once("\n\n").map_or("", |(_, sections)| sections));
}

#[test]
fn what_went_and_came_is_asked_about() {
    let base = postgres(&[("users", &["id", "mail", "fax"])]);
    let wanted = postgres(&[("users", &["id", "email"])]);
    let (none, no) = (Hints::default(), Answers::new());
    refused(
        &base,
        &wanted,
        &none,
        &no,
        &expect![[r#"
        the column `fax` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.fax=email, or #[column(renamed_from = "fax")] on `users.email`
          no, drop it:       --drop users.fax (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "fax")] (older clients go on working)

        the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
          yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
          no, drop it:       --drop users.mail (its values are lost)
          or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)"#]],
    );
    let answers = Answers::new()
        .rename("users.mail=users.email")
        .unwrap()
        .drop("users.fax");
    made(
        &base,
        &wanted,
        &none,
        &answers,
        &expect![[r#"
        -- upgrade
        ALTER TABLE users RENAME COLUMN mail TO email;

        -- This loses the values of users.fax.
        ALTER TABLE users DROP COLUMN fax;

        -- downgrade
        ALTER TABLE users RENAME COLUMN email TO mail;

        -- users.fax comes back without its values.
        ALTER TABLE users ADD COLUMN fax TEXT;
    "#]],
    );
    let both = Answers::new().drop("users.mail").drop("users.fax");
    made(
        &base,
        &wanted,
        &none,
        &both,
        &expect![[r#"
        -- upgrade
        ALTER TABLE users ADD COLUMN email TEXT;

        -- This loses the values of users.mail.
        ALTER TABLE users DROP COLUMN mail;

        -- This loses the values of users.fax.
        ALTER TABLE users DROP COLUMN fax;

        -- downgrade
        -- users.mail comes back without its values.
        ALTER TABLE users ADD COLUMN mail TEXT;

        -- users.fax comes back without its values.
        ALTER TABLE users ADD COLUMN fax TEXT;

        -- This loses the values of users.email.
        ALTER TABLE users DROP COLUMN email;
    "#]],
    );
    // One of them is left.
    refused(
        &base,
        &wanted,
        &none,
        &Answers::new().drop("users.mail"),
        &expect![[r#"
            the column `fax` of table `users` is gone, and `email` is new: is it the same under a new name?
              yes, rename it:    --rename users.fax=email, or #[column(renamed_from = "fax")] on `users.email`
              no, drop it:       --drop users.fax (its values are lost)
              or, safer: rename only the field and keep the database's name: #[column(name = "fax")] (older clients go on working)"#]],
    );
}

#[test]
fn whole_tables_are_asked_about() {
    let base = postgres(&[("accounts", &["id"])]);
    let wanted = postgres(&[("users", &["id"]), ("orgs", &["id"])]);
    refused(
        &base,
        &wanted,
        &Hints::default(),
        &Answers::new(),
        &expect![[r#"
            the table `accounts` is gone, and `orgs`, `users` are new: is one of them the same under a new name?
              yes, rename it:    --rename accounts=orgs, or #[table(renamed_from = "accounts")] on `orgs`
              yes, rename it:    --rename accounts=users, or #[table(renamed_from = "accounts")] on `users`
              no, drop it:       --drop accounts (its rows are lost)
              or, safer: rename only the struct and keep the database's name: #[table(name = "accounts")] (older clients go on working)"#]],
    );
    let answers = Answers::new().rename("accounts=users").unwrap();
    made(
        &base,
        &wanted,
        &Hints::default(),
        &answers,
        &expect![[r#"
        -- upgrade
        ALTER TABLE accounts RENAME TO users;

        CREATE TABLE orgs (
            id TEXT
        );

        -- downgrade
        ALTER TABLE users RENAME TO accounts;

        -- This loses the rows of orgs.
        DROP TABLE orgs;
    "#]],
    );
}

#[test]
fn enums_and_their_values_are_asked_about() {
    let with = |name: &str, values: &[&str]| {
        let mut schema = postgres(&[]);
        schema.enums.insert(owned(name), Enum::new(name, values));
        schema
    };
    let (base, none, no) = (
        with("mood", &["sad", "ok"]),
        Hints::default(),
        Answers::new(),
    );
    refused(
        &base,
        &with("mood", &["blue", "ok"]),
        &none,
        &no,
        &expect![[r#"
            the value `sad` of enum `mood` is gone, and `blue` is new: is it the same under a new name?
              yes, rename it:    --rename mood.sad=blue, or #[db_enum(renamed_from = "sad")] on `mood.blue`
              no, drop it:       --drop mood.sad (rows that hold it have to change first)
              or, safer: rename only the variant and keep the database's name: #[db_enum(name = "sad")] (older clients go on working)"#]],
    );
    refused(
        &base,
        &with("feeling", &["sad", "ok"]),
        &none,
        &no,
        &expect![[r#"
            the enum `mood` is gone, and `feeling` is new: is it the same under a new name?
              yes, rename it:    --rename mood=feeling, or #[db_enum(renamed_from = "mood")] on `feeling`
              no, drop it:       --drop mood (rows that hold it have to change first)
              or, safer: rename only the Rust enum and keep the database's name: #[db_enum(name = "mood")] (older clients go on working)"#]],
    );
    let mut hints = Hints::default();
    hints
        .values
        .insert((owned("mood"), owned("blue")), owned("sad"));
    made(
        &base,
        &with("mood", &["blue", "ok"]),
        &hints,
        &no,
        &expect![[r#"
            -- upgrade
            ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';

            -- downgrade
            ALTER TYPE mood RENAME VALUE 'blue' TO 'sad';
        "#]],
    );
}

#[test]
fn what_only_goes_or_only_comes_is_no_question() {
    let one = postgres(&[("users", &["id", "mail"]), ("orgs", &["id"])]);
    let less = postgres(&[("users", &["id"])]);
    for (base, wanted) in [(&one, &less), (&less, &one)] {
        assert!(diff(base, wanted, &Hints::default(), &Answers::new()).is_ok());
    }
}

#[test]
fn a_hint_renames_and_then_the_rest_is_compared() {
    let base = postgres(&[("users", &["id", "mail"])]);
    let mut wanted = postgres(&[("people", &["id", "email"])]);
    wanted.tables.get_mut("people").unwrap().columns[1].default = Some(owned("'?'"));
    let mut hints = column_hint(("people", "email"), "mail");
    hints.tables.insert(owned("people"), owned("users"));
    made(
        &base,
        &wanted,
        &hints,
        &Answers::new(),
        &expect![[r#"
        -- upgrade
        ALTER TABLE users RENAME TO people;
        ALTER TABLE people RENAME COLUMN mail TO email;

        ALTER TABLE people ALTER COLUMN email SET DEFAULT '?';

        -- downgrade
        ALTER TABLE people RENAME TO users;
        ALTER TABLE users RENAME COLUMN email TO mail;

        ALTER TABLE users ALTER COLUMN mail DROP DEFAULT;
    "#]],
    );
}

#[test]
fn a_hint_that_has_done_its_work_is_named() {
    let schema = postgres(&[("people", &["id", "email"])]);
    let mut hints = column_hint(("people", "email"), "mail");
    hints.tables.insert(owned("people"), owned("users"));
    let pair = SchemaPair::new(schema.clone(), schema);
    let revision = work_out(&[pair], &hints, &Answers::new()).unwrap();
    assert!(revision.is_empty());
    assert_eq!(
        revision.spent,
        [
            "`renamed_from = \"mail\"` on the column `people.email` is spent: remove it",
            "`renamed_from = \"users\"` on the table `people` is spent: remove it",
        ]
    );
}

#[test]
fn a_hint_that_cannot_be_right_is_refused() {
    let base = postgres(&[("users", &["id", "mail"])]);
    let no = Answers::new();
    let typo = column_hint(("users", "email"), "mial");
    refused(
        &base,
        &postgres(&[("users", &["id", "mail", "email"])]),
        &typo,
        &no,
        &expect![[
            r#"`renamed_from = "mial"` on the column `users.email`: the migrations make no column of either name: did you mean `mail`?"#
        ]],
    );
    let still = column_hint(("users", "email"), "mail");
    refused(
        &base,
        &postgres(&[("users", &["id", "mail", "email"])]),
        &still,
        &no,
        &expect![[
            r#"`renamed_from = "mail"` on the column `users.email`, but the models still have `users.mail`: it can't be both. Rename it in one revision, and add the other in the next"#
        ]],
    );
    let mut twice = column_hint(("users", "email"), "mail");
    twice
        .columns
        .insert((owned("users"), owned("post")), owned("mail"));
    refused(
        &base,
        &postgres(&[("users", &["id", "email", "post"])]),
        &twice,
        &no,
        &expect![[
            r#"`renamed_from = "mail"` on the column `users.post`, but `users.email` claims the same"#
        ]],
    );
    let table = table_hint("people", "usres");
    refused(
        &base,
        &postgres(&[("people", &["id"])]),
        &table,
        &no,
        &expect![[r#"
            `renamed_from = "usres"` on the table `people`: the migrations make no table of either name: did you mean `users`?

            the table `users` is gone, and `people` is new: is it the same under a new name?
              yes, rename it:    --rename users=people, or #[table(renamed_from = "users")] on `people`
              no, drop it:       --drop users (its rows are lost)
              or, safer: rename only the struct and keep the database's name: #[table(name = "users")] (older clients go on working)"#]],
    );
}

#[test]
fn an_answer_that_cannot_be_right_is_refused() {
    let base = postgres(&[("users", &["id", "mail"])]);
    let wanted = postgres(&[("users", &["id", "email"])]);
    let hints = Hints::default();
    let rename = |answer: &str| Answers::new().rename(answer).unwrap();
    refused(
        &base,
        &wanted,
        &hints,
        &rename("users.mail=emial"),
        &expect![[r#"
            `--rename users.mail=emial`: the models have no column `users.emial`: did you mean `email`?

            the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
              yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
              no, drop it:       --drop users.mail (its values are lost)
              or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)"#]],
    );
    refused(
        &base,
        &wanted,
        &hints,
        &rename("users.mail=email").drop("users.mail"),
        &expect!["`--rename users.mail=email` and `--drop users.mail`: it can't be both"],
    );
    refused(
        &base,
        &wanted,
        &hints,
        &rename("users.mail=id"),
        &expect![[r#"
            `--rename users.mail=id`: the column `users.id` is there already

            the column `mail` of table `users` is gone, and `email` is new: is it the same under a new name?
              yes, rename it:    --rename users.mail=email, or #[column(renamed_from = "mail")] on `users.email`
              no, drop it:       --drop users.mail (its values are lost)
              or, safer: rename only the field and keep the database's name: #[column(name = "mail")] (older clients go on working)"#]],
    );
    let typo = rename("users.mail=email")
        .drop("usres.fax")
        .fill("users.x=1")
        .unwrap();
    refused(
        &base,
        &wanted,
        &hints,
        &typo,
        &expect![[r#"
            `--drop usres.fax`: the migrations make no `usres.fax`

            `--fill users.x=1`: the models have no column `users.x`: did you mean `users.id`?"#]],
    );
    let said = column_hint(("users", "email"), "mail");
    refused(
        &base,
        &wanted,
        &said,
        &Answers::new().drop("users.mail"),
        &expect![[
            r#"`--drop users.mail`, but `users.email` says `renamed_from = "mail"`: it can't be both"#
        ]],
    );
    assert_eq!(
        Answers::new().rename("mail").unwrap_err(),
        "`--rename mail` is not of the form `--rename users.mail=email`"
    );
    assert_eq!(
        rename("a=b").rename("a=c").unwrap_err(),
        "`--rename a` is given twice: as `b` and as `c`"
    );
}

#[test]
fn one_file_serves_two_databases() {
    let pairs = |base: &[(&str, &[&str])], wanted: &[(&str, &[&str])]| {
        let both = [Dialect::Sqlite, Dialect::Postgres];
        both.map(|dialect| (schema(dialect, base), schema(dialect, wanted)))
    };
    let text = |schemas: &[(Schema, Schema); 2]| {
        let pairs = schemas
            .each_ref()
            .map(|(from, to)| SchemaPair::new(from.clone(), to.clone()));
        let answers = Answers::new().rename("users.mail=email").unwrap();
        work_out(&pairs, &Hints::default(), &answers)
            .unwrap()
            .text(&HEADER)
            .unwrap()
    };
    let mut schemas = pairs(&[("users", &["mail"])], &[("users", &["email"])]);
    expect![[r#"
        -- change
        --
        -- revision: b1
        -- down_revision: a1
        -- created: 2026-11-20 10:02:11 UTC
        -- breaking: renames users.mail to email

        -- upgrade
        ALTER TABLE users RENAME COLUMN mail TO email;

        -- downgrade
        ALTER TABLE users RENAME COLUMN email TO mail;
    "#]]
    .assert_eq(&text(&schemas));
    schemas[0].1.tables.get_mut("users").unwrap().columns[0].nullable = false;
    schemas[0].1.tables.get_mut("users").unwrap().columns[0].default = Some(owned("''"));
    expect![[r#"
        -- change
        --
        -- revision: b1
        -- down_revision: a1
        -- created: 2026-11-20 10:02:11 UTC
        -- breaking: renames users.mail to email; users.email takes no NULL any more

        -- upgrade (sqlite, foreign keys off)
        -- With foreign keys off, references, views and triggers follow a new name only like this.
        PRAGMA legacy_alter_table = OFF;
        ALTER TABLE users RENAME COLUMN mail TO email;
        PRAGMA legacy_alter_table = ON;

        -- users is made anew, because SQLite can't change it in place: `email` changes.
        CREATE TABLE users_new (
            email TEXT NOT NULL DEFAULT ''
        );
        INSERT INTO users_new (rowid, email)
        SELECT rowid, COALESCE(email, '')
        FROM users;
        DROP TABLE users;
        ALTER TABLE users_new RENAME TO users;

        -- upgrade (postgres)
        ALTER TABLE users RENAME COLUMN mail TO email;

        -- downgrade (sqlite, foreign keys off)
        -- With foreign keys off, references, views and triggers follow a new name only like this.
        PRAGMA legacy_alter_table = OFF;
        ALTER TABLE users RENAME COLUMN email TO mail;
        PRAGMA legacy_alter_table = ON;

        -- users is made anew, because SQLite can't change it in place: `mail` changes.
        CREATE TABLE users_new (
            mail TEXT
        );
        INSERT INTO users_new (rowid, mail)
        SELECT rowid, mail
        FROM users;
        DROP TABLE users;
        ALTER TABLE users_new RENAME TO users;

        -- downgrade (postgres)
        ALTER TABLE users RENAME COLUMN email TO mail;
    "#]]
    .assert_eq(&text(&schemas));
}

#[test]
fn questions_of_two_databases_are_asked_once() {
    let make = |dialect| {
        (
            schema(dialect, &[("t", &["a"])]),
            schema(dialect, &[("t", &["b"])]),
        )
    };
    let (one, two) = (make(Dialect::Sqlite), make(Dialect::Postgres));
    let pairs = [&one, &two].map(|(from, to)| SchemaPair::new(from.clone(), to.clone()));
    let refusal = work_out(&pairs, &Hints::default(), &Answers::new()).unwrap_err();
    assert_eq!(refusal.questions.len(), 1);
}
