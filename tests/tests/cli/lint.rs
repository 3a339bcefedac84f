//! `lint` and `prove`, as a person and a program see them.

use migrate_cli::Exit;
use migrate_tests::sqlite;
use serde_json::{Value, json};

use crate::support::{Database as _, Project};

/// A table with a column that the second revision drops, on one database.
fn project(dialect: &str) -> Project {
    Project::empty()
        .file("migrate.toml", &format!("dialects = [\"{dialect}\"]\n"))
        .file(
            "versions/ae10.sql",
            "-- users\n-- revision: ae10\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE users (id integer PRIMARY KEY, mail text, age integer);\n\n-- downgrade\nDROP TABLE users;\n",
        )
        .file(
            "versions/1975.sql",
            "-- no mail\n-- revision: 1975\n-- down_revision: ae10\n\n-- upgrade\nALTER TABLE users DROP COLUMN age;\nCREATE UNIQUE INDEX users_mail ON users (mail);\n\n-- downgrade\nDROP INDEX users_mail;\nALTER TABLE users ADD COLUMN age integer;\n",
        )
}

fn findings(text: &str) -> Vec<(String, String, u64)> {
    let document: Value = serde_json::from_str(text).unwrap();
    let all = document["findings"].as_array().unwrap().clone();
    let one = |finding: Value| {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        (word("group"), word("id"), finding["line"].as_u64().unwrap())
    };
    all.into_iter().map(one).collect()
}

fn expected(all: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    let owned =
        |(group, id, line): &(&str, &str, u64)| ((*group).to_owned(), (*id).to_owned(), *line);
    all.iter().map(owned).collect()
}

#[test]
fn findings_are_told_in_text_and_json() {
    let project = project("postgres");
    let ran = project.run("lint 1975 --json");
    assert_eq!(ran.exit, Exit::Pending, "{}{}", ran.out, ran.err);
    assert_eq!(
        findings(&ran.out),
        expected(&[
            ("breaks", "drop-column", 6),
            ("loses", "drop-column", 6),
            ("locks", "index-without-concurrently", 7),
            ("locks", "slow-after-lock", 7),
            ("may-fail", "unique-over-rows", 7),
        ])
    );
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let first = &document["findings"][0];
    assert_eq!(
        (
            &first["revision"],
            &first["direction"],
            &first["dialect"],
            &first["file"],
            &first["column"]
        ),
        (
            &json!("1975"),
            &json!("upgrade"),
            &json!("postgres"),
            &json!("versions/1975.sql"),
            &json!(19)
        )
    );
    let text = project.run("lint 1975");
    assert!(
        text.out
            .contains("[loses/drop-column] the values of users.age are gone for good"),
        "{}",
        text.out
    );
    assert!(
        text.out.contains(" --> versions/1975.sql:6:19\n"),
        "{}",
        text.out
    );
    // All of it in one run: nobody's rows are in a table that the run creates.
    assert_eq!(project.run("lint").exit, Exit::Done);
}

#[test]
fn sealed_revisions_are_left_out_and_allowed_findings_too() {
    let project = project("sqlite");
    project.ok(&["lock", "release v1"]);
    assert_eq!(
        project.run("lint --json").out.trim(),
        "{\n  \"findings\": []\n}"
    );
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/27c6.sql",
        &text
            .replace("1975", "27c6")
            .replace("ae10", "1975")
            .replace("age", "id2")
            .replace("users_mail ON users (mail)", "users_two ON users (mail)")
            .replace(
                "ALTER TABLE users DROP COLUMN id2;",
                "-- lint:allow delete-without-where: a table of drafts\nDELETE FROM users;",
            ),
    );
    let ran = project.run("lint --json");
    assert_eq!(
        findings(&ran.out),
        expected(&[("may-fail", "unique-over-rows", 9)]),
        "{}",
        ran.err
    );
}

#[test]
fn a_database_tells_which_tables_are_empty() {
    let database = sqlite::Database::new();
    let project = project("sqlite");
    let line = format!("lint 1975 --json --url {}", database.url());
    project.ok(&[&format!("upgrade ae10 --url {}", database.url())]);
    let groups = |text: &str| {
        findings(text)
            .into_iter()
            .map(|(group, ..)| group)
            .collect::<Vec<_>>()
    };
    assert_eq!(groups(&project.run(&line).out), ["breaks", "loses"]);
    database.execute("INSERT INTO users VALUES (1, 'a', 2)");
    assert_eq!(
        groups(&project.run(&line).out),
        ["breaks", "loses", "may-fail"]
    );
}

#[test]
fn what_was_proved_is_noted_in_the_lock_file() {
    let project = project("sqlite");
    let ran = project.run("prove");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(
        ran.out
            .contains("2 revisions alone, and the whole chain down and up"),
        "{}",
        ran.out
    );
    let lock = project.read("versions/chain.lock");
    assert!(
        lock.lines().last().unwrap().starts_with("proved sqlite 3."),
        "{lock}"
    );
    // Known by its fingerprint.
    assert!(project.run("prove").out.contains(": 0 revisions alone"));
    project.ok(&["lock"]);
    assert_eq!(project.read("versions/chain.lock"), lock);
    // What is edited is proved no longer.
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/1975.sql",
        &text
            .replace("DROP INDEX users_mail;", "")
            .replace("CREATE UNIQUE", "CREATE"),
    );
    project.ok(&["lock"]);
    assert!(!project.read("versions/chain.lock").contains("proved"));
    let ran = project.run("prove");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("versions/1975.sql:11:1") && ran.err.contains("index users_mail"),
        "{}",
        ran.err
    );
    assert!(!project.read("versions/chain.lock").contains("proved"));
}
