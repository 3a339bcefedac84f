//! `models --url`: structs of a database that is there, and the first revision of its chain.

use std::fs;

use migrate_cli::Exit;
use serde_json::Value;

use crate::support::{Database, Project};

const DDL: &str = "CREATE TABLE orgs (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE users (id integer PRIMARY KEY, mail text NOT NULL UNIQUE, org integer REFERENCES orgs (id) ON DELETE CASCADE);
    CREATE VIEW mails AS SELECT mail FROM users;
    INSERT INTO orgs VALUES (1, 'one'); INSERT INTO users VALUES (1, 'a@b', 1);";

fn project<D: Database>(database: &D) -> Project {
    let project = Project::empty()
        .file(
            "migrate.toml",
            &format!("dialects = [\"{}\"]\n", D::DIALECT.name()),
        )
        .on(database);
    fs::create_dir(project.path("versions")).unwrap();
    project
}

fn a_database_becomes_structs_and_a_baseline<D: Database>() {
    let database = D::new();
    database.run(DDL);
    let project = project(&database);
    let ran = project.run("models --out models.rs --baseline --rev-id b45e");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.starts_with("Wrote models.rs\nWrote versions/"),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("  view mails\n"), "{}", ran.err);
    assert!(ran.err.contains("stamp head` records it"), "{}", ran.err);
    let text = fs::read_to_string(project.path("models.rs")).unwrap();
    assert!(text.contains("pub struct Users {"), "{text}");
    assert!(text.contains("\n// - view mails\n"), "{text}");

    // The chain is where the database is: nothing runs twice.
    assert_eq!(project.run("stamp head").exit, Exit::Done);
    let ran = project.run("check");
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    assert!(database.dump_without(crate::support::OURS).contains("a@b"));
    let again = D::new();
    let url = again.url();
    let ran = project.run(&format!("upgrade --url {url}"));
    assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
    again.run("INSERT INTO orgs VALUES (1, 'one'); INSERT INTO users VALUES (1, 'a@b', 1);");
    let dump = |database: &D| database.dump_without(crate::support::OURS);
    assert_eq!(dump(&again), dump(&database));

    // Neither is written over, and there is one baseline.
    let ran = project.run("models --out models.rs");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err
            .contains("models.rs is there already, and stays as it is"),
        "{}",
        ran.err
    );
    let ran = project.run("models --baseline");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("the chain begins with `b45e` already"),
        "{}",
        ran.err
    );
}

fn programs_read_the_report<D: Database>() {
    let database = D::new();
    database.run(DDL);
    let project = project(&database);
    let plain = project.run("models");
    assert_eq!((plain.exit, plain.err.as_str()), (Exit::Done, ""));
    let ran = project.run("models --json");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["source"], plain.out);
    let unsaid = report["unsaid"].as_array().unwrap();
    assert_eq!(unsaid.len(), 1, "{unsaid:?}");
    assert_eq!(
        (&unsaid[0]["kind"], &unsaid[0]["name"]),
        (&"view".into(), &"mails".into())
    );
    let ran = project.run("models --json --out m.rs");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&report["path"], report.get("source")),
        (&"m.rs".into(), None)
    );
}

on_both!(
    a_database_becomes_structs_and_a_baseline,
    programs_read_the_report,
);
