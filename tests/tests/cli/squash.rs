//! `squash --as-is`: the schema in place of the scripts that made it.

use std::fs;

use migrate_cli::Exit;
use migrate_tests::{Postgres, postgres::Database as OnPostgres, sqlite::Database as OnSqlite};

use crate::support::{Database, Engine, OURS, Project};

/// A chain that makes something and takes half of it back, with rows on the way.
trait Chain: Database {
    /// Upgrade and downgrade of three revisions.
    const SCRIPTS: [(&'static str, &'static str); 3];
}

impl Chain for OnSqlite {
    const SCRIPTS: [(&'static str, &'static str); 3] = [
        (
            "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL, gone TEXT);\nCREATE TABLE temporary (a);",
            "DROP TABLE temporary;\nDROP TABLE users;",
        ),
        (
            "CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT);\nINSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'it''s France');\nDROP TABLE temporary;",
            "CREATE TABLE temporary (a);\nDROP TABLE countries;",
        ),
        (
            "ALTER TABLE users DROP COLUMN gone;\nCREATE INDEX by_mail ON users (mail);\nCREATE VIEW mails AS SELECT mail FROM users;\nCREATE TRIGGER checked INSERT ON users BEGIN SELECT raise(ABORT, 'no') WHERE new.mail = ''; END;",
            "DROP TRIGGER checked;\nDROP VIEW mails;\nDROP INDEX by_mail;\nALTER TABLE users ADD COLUMN gone TEXT;",
        ),
    ];
}

impl Chain for OnPostgres {
    const SCRIPTS: [(&'static str, &'static str); 3] = [
        (
            "CREATE TYPE mood AS ENUM ('good', 'bad');\nCREATE TABLE users (id serial PRIMARY KEY, mail text NOT NULL, gone text, mood mood DEFAULT 'good');\nCREATE TABLE temporary (a int);",
            "DROP TABLE temporary;\nDROP TABLE users;\nDROP TYPE mood;",
        ),
        (
            "CREATE TABLE countries (code text PRIMARY KEY, name text);\nINSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'it''s France');\nDROP TABLE temporary;",
            "CREATE TABLE temporary (a int);\nDROP TABLE countries;",
        ),
        (
            "ALTER TABLE users DROP COLUMN gone;\nCREATE INDEX by_mail ON users (mail);\nCREATE VIEW mails AS SELECT mail FROM users;\nGRANT SELECT ON mails TO PUBLIC;\n\
             CREATE FUNCTION many() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM users';\n\
             CREATE FUNCTION checked() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.mail = '' THEN RAISE 'no'; END IF; RETURN new; END $$;\n\
             REVOKE ALL ON FUNCTION checked() FROM PUBLIC;\n\
             CREATE TRIGGER checked BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION checked();",
            "DROP TRIGGER checked ON users;\nDROP FUNCTION checked();\nDROP FUNCTION many();\nDROP VIEW mails;\nDROP INDEX by_mail;\nALTER TABLE users ADD COLUMN gone text;",
        ),
    ];
}

fn project<D: Chain>() -> Project {
    let mut project = Project::empty().file(
        "migrate.toml",
        &format!("dialects = [\"{}\"]\n", D::DIALECT.name()),
    );
    let ids = ["none", "ae10", "1975", "27c6"];
    for (at, (up, down)) in D::SCRIPTS.iter().enumerate() {
        let (id, parent) = (ids[at + 1], ids[at]);
        let text = format!(
            "-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n\n-- upgrade\n{up}\n\n-- downgrade\n{down}\n"
        );
        project = project.file(&format!("versions/{id}.sql"), &text);
    }
    project
}

fn it_is_the_schema_that_they_make<D: Chain>() {
    let project = project::<D>();
    let old = D::new();
    let run = |words: &str, database: &D| {
        let ran = project.run(&format!("{words} --url {}", database.url()));
        assert_eq!(ran.exit, Exit::Done, "{words}: {}{}", ran.out, ran.err);
        ran.out
    };
    run("upgrade", &old);
    let ran = project.run("squash :27c6 --as-is --data countries --rev-id s1");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let files = fs::read_dir(project.path("versions")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let name = names.into_iter().find(|name| name.contains("s1")).unwrap();
    let text = fs::read_to_string(project.path(&format!("versions/{name}"))).unwrap();
    assert!(
        !text.contains("temporary") && !text.contains("gone"),
        "{text}"
    );
    assert!(text.contains("it''s France"), "{text}");
    assert!(
        text.contains("-- irreversible: it is where the chain begins"),
        "{text}"
    );
    // Old databases go on, and new ones are what they are.
    run("check", &old);
    let new = D::new();
    run("upgrade", &new);
    assert_eq!(new.dump_without(OURS), old.dump_without(OURS));
    assert_eq!(
        run("check --drift", &new).lines().next(),
        run("check --drift", &old).lines().next()
    );
}

on_both!(it_is_the_schema_that_they_make);

/// A squash may run in any schema, as the scripts could.
#[test]
fn it_names_no_schema() {
    let project = project::<OnPostgres>();
    assert_eq!(
        project.run("squash :27c6 --as-is --rev-id s1").exit,
        Exit::Done
    );
    let database = Postgres::shared().database();
    database.run("CREATE SCHEMA app");
    let url = format!("{}?options=-csearch_path%3Dapp", database.url());
    let ran = project.run(&format!("upgrade --url {url}"));
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    let count = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ";
    let in_schema = |name: &str| -> i64 {
        let query = format!("{count}'{name}'");
        database.connect().query_one(&query, &[]).unwrap().get(0)
    };
    assert_eq!(in_schema("public"), 0);
    assert!(in_schema("app") > 5);
}

/// What is made in the middle of the chain is no schema.
#[test]
fn what_is_left_out_is_named() {
    let project = project::<OnSqlite>();
    let ran = project.run("squash 1975:27c6 --as-is");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err
            .contains("`1975` stands on `ae10`, which is left out"),
        "{}",
        ran.err
    );
    let ran = project.run("squash :27c6 --data countries");
    assert_eq!(ran.exit, Exit::Usage, "{}", ran.err);
}
