//! `lint` and `prove`, as a person and a program see them.

use migrate_cli::Exit;
use serde_json::{Value, json};

use crate::support::{Database, Project};

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
            ("breaks", "breaking-header", 1),
            ("breaks", "drop-column", 6),
            ("loses", "drop-column", 6),
            ("locks", "index-without-concurrently", 7),
            ("locks", "slow-after-lock", 7),
            ("may-fail", "unique-over-rows", 7),
        ])
    );
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let first = &document["findings"][1];
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

on_both![a_database_tells_which_tables_are_empty];

fn a_database_tells_which_tables_are_empty<D: Database>() {
    let database = D::new();
    let url = database.url();
    let is_postgres = url.starts_with("postgres");
    let project = project(if is_postgres { "postgres" } else { "sqlite" });
    let line = format!("lint 1975 --json --url {url}");
    project.ok(&[&format!("upgrade ae10 --url {url}")]);
    let groups = |text: &str| {
        findings(text)
            .into_iter()
            .map(|(group, ..)| group)
            .collect::<Vec<_>>()
    };
    let before = groups(&project.run(&line).out);
    assert_eq!(before, ["breaks", "breaks", "loses"]);
    database.run("INSERT INTO users VALUES (1, 'a', 2)");
    let locks: &[&str] = if is_postgres {
        &["locks", "locks"]
    } else {
        &[]
    };
    let expected = [&["breaks", "breaks", "loses"][..], locks, &["may-fail"]].concat();
    assert_eq!(groups(&project.run(&line).out), expected);
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
    // Nor is one whose downgrade alone is edited.
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/1975.sql",
        &text.replace("DROP INDEX users_mail;", "DROP INDEX IF EXISTS users_mail;"),
    );
    project.ok(&["lock"]);
    assert!(!project.read("versions/chain.lock").contains("proved"));
    assert!(project.run("prove").out.contains(": 2 revisions alone"));
    project.write("versions/1975.sql", &text);
    project.ok(&["prove"]);
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

/// With `proof = true` the proof is kept like chain.lock itself.
#[test]
fn a_proof_that_is_asked_for_is_kept() {
    let project = project("sqlite");
    project.ok(&["lock"]);
    project.write("migrate.toml", "proof = true\ndialects = [\"sqlite\"]\n");
    let lock = || project.read("versions/chain.lock");
    let check = project.run("check --files");
    assert_eq!(check.exit, Exit::Pending);
    assert!(
        check.out.contains("unproved: the chain runs on sqlite"),
        "{}",
        check.out
    );
    let check = project.run("--json check --files");
    assert!(check.out.contains(r#""unproved": ["#), "{}", check.out);
    assert!(!lock().contains("proved"));
    project.ok(&["lock"]);
    assert!(lock().contains("proved sqlite"), "{}", lock());
    let check = project.run("check --files");
    assert_eq!(check.exit, Exit::Done, "{}", check.err);
    assert!(
        check
            .out
            .contains("chain.lock says that the head is proved"),
        "{}",
        check.out
    );
    // What a command writes is proved at once, and by what it is then.
    project.ok(&["revision -m more --rev-id c0"]);
    assert_eq!(project.run("check --files").exit, Exit::Failed);
    let name = project
        .versions()
        .into_iter()
        .find(|name| name.contains("c0"))
        .unwrap();
    let blank = project.read(&format!("versions/{name}"));
    let write = |upgrade: &str, downgrade: &str| {
        let header = blank.split("-- upgrade").next().unwrap();
        let text = format!("{header}-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n");
        project.write(&format!("versions/{name}"), &text);
    };
    write(
        "ALTER TABLE usres ADD COLUMN c text;",
        "ALTER TABLE users DROP COLUMN c;",
    );
    let ran = project.run("lock");
    assert_eq!(ran.exit, Exit::Done);
    assert!(
        ran.err
            .contains("note: nothing proves the head: versions/c0.sql:"),
        "{}",
        ran.err
    );
    let at = format!("versions/{name}:");
    for line in ["check --files", "release v2"] {
        let ran = project.run(line);
        assert_eq!(ran.exit, Exit::Failed, "{line}");
        assert!(
            ran.err.contains(&at) && ran.err.contains("usres"),
            "{line}: {}",
            ran.err
        );
    }
    assert!(project.run("release v2").err.contains("nothing was sealed"));
    assert!(!lock().contains("v2"), "{}", lock());
    write(
        "ALTER TABLE users ADD COLUMN c text;",
        "ALTER TABLE users DROP COLUMN c;",
    );
    project.ok(&["release v2"]);
    assert_eq!(lock().matches("proved sqlite").count(), 1, "{}", lock());
    assert_eq!(project.run("check --files").exit, Exit::Done);
    assert!(project.run("prove").out.contains(": 0 revisions alone"));
}

/// Each form of the document, of one finding and its neighbours.
#[test]
fn each_format_is_what_its_reader_expects() {
    let project = project("sqlite");
    let out = |line: &str| {
        let ran = project.run(line);
        assert_eq!(ran.exit, Exit::Pending, "{line}: {}{}", ran.out, ran.err);
        ran.out
    };
    assert_eq!(out("lint 1975 --format json"), out("lint 1975 --json"));
    let github = out("lint 1975 --format github");
    assert!(
        github
            .lines()
            .all(|line| line.starts_with("::error file=versions/1975.sql,line=")),
        "{github}"
    );
    assert_eq!(github.lines().count(), 4, "{github}");

    let gitlab: Value = serde_json::from_str(&out("lint 1975 --format gitlab")).unwrap();
    let entries = gitlab.as_array().unwrap();
    let mut fingerprints: Vec<&str> = Vec::new();
    for entry in entries {
        assert!(
            entry["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert!(
            entry["location"]["lines"]["begin"]
                .as_u64()
                .is_some_and(|line| line > 0)
        );
        assert_eq!(entry["location"]["path"], "versions/1975.sql");
        let severity = entry["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        fingerprints.push(entry["fingerprint"].as_str().unwrap());
    }
    let known = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!((known, fingerprints.len()), (4, 4));
    // A fingerprint stays where lines move.
    let text = project.read("versions/1975.sql");
    project.write(
        "versions/1975.sql",
        &text.replace("-- upgrade\n", "-- upgrade\n-- a remark\n"),
    );
    let moved: Value = serde_json::from_str(&out("lint 1975 --format gitlab")).unwrap();
    for (entry, moved) in entries.iter().zip(moved.as_array().unwrap()) {
        assert_eq!(entry["fingerprint"], moved["fingerprint"]);
    }
    project.write("versions/1975.sql", &text);

    for line in out("lint 1975 --format rustc").lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        assert_eq!(one["$message_type"], "diagnostic");
        assert_eq!(one["level"], "warning");
        let span = &one["spans"][0];
        assert_eq!(span["file_name"], "versions/1975.sql");
        assert_eq!(span["is_primary"], true);
        let number = |key: &str| usize::try_from(span[key].as_u64().unwrap()).unwrap();
        assert!(number("column_start") < number("column_end"));
        // Both ways to say where lead to the same text.
        let bytes = &text[number("byte_start")..number("byte_end")];
        let shown = text.lines().nth(number("line_start") - 1).unwrap();
        assert!(
            bytes.starts_with(&shown[number("column_start") - 1..number("column_end") - 1]),
            "{bytes}"
        );
    }
}

/// What the schema of SARIF 2.1.0 asks for, as far as this document goes.
#[test]
fn sarif_is_as_its_schema_says() {
    let project = project("sqlite");
    let out = project.run("lint 1975 --format sarif").out;
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["version"], "2.1.0");
    assert_eq!(
        document["$schema"],
        "https://json.schemastore.org/sarif-2.1.0.json"
    );
    only(&document, &["$schema", "version", "runs"]);
    let run = &document["runs"][0];
    only(run, &["tool", "columnKind", "results"]);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    only(driver, &["name", "version", "rules"]);
    let rules = driver["rules"].as_array().unwrap();
    let mut ids: Vec<&str> = Vec::new();
    for rule in rules {
        only(rule, &["id", "shortDescription", "properties"]);
        assert!(rule["shortDescription"]["text"].is_string());
        ids.push(rule["id"].as_str().unwrap());
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        only(
            result,
            &[
                "ruleId",
                "level",
                "message",
                "locations",
                "partialFingerprints",
                "properties",
            ],
        );
        assert!(
            ids.contains(&result["ruleId"].as_str().unwrap()),
            "{result}"
        );
        let level = result["level"].as_str().unwrap();
        assert!(["none", "note", "warning", "error"].contains(&level));
        assert!(result["message"]["text"].is_string());
        let mut fingerprints = result["partialFingerprints"].as_object().unwrap().values();
        assert!(fingerprints.all(Value::is_string));
        let place = &result["locations"][0]["physicalLocation"];
        only(place, &["artifactLocation", "region"]);
        assert_eq!(place["artifactLocation"]["uri"], "versions/1975.sql");
        let region = &place["region"];
        only(region, &["startLine", "startColumn", "endColumn"]);
        let mut numbers = region.as_object().unwrap().values();
        assert!(numbers.all(|number| number.as_u64().is_some_and(|number| number >= 1)));
    }
}

/// No key that a schema with `additionalProperties: false` refuses.
fn only(of: &Value, keys: &[&str]) {
    for key in of.as_object().unwrap().keys() {
        assert!(keys.contains(&key.as_str()), "{key}");
    }
}

#[test]
fn check_prints_the_whole_document() {
    let project = project("postgres");
    project.ok(&["lock"]);
    let first = project.read("versions/1975.sql");
    project.write("versions/1975.sql", "-- later\n-- revision: 1975\n-- down_revision: ae10\n\n-- upgrade\nSELECT 1;\n\n-- downgrade: nothing\n");
    project.ok(&["lock", "release v1"]);
    let next = first
        .replace("revision: 1975", "revision: 27c6")
        .replace("revision: ae10", "revision: 1975");
    project.write("versions/27c6.sql", &next);
    project.ok(&["lock"]);
    let ran = project.run("check --files --format markdown");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    expect_test::expect_file!["markdown.md"].assert_eq(&ran.out);
    let document: Value =
        serde_json::from_str(&project.run("check --files --format json").out).unwrap();
    assert_eq!(document["ok"], true);
    assert_eq!(document["findings"].as_array().unwrap().len(), 6);
    let revision = &document["revisions"][0];
    assert_eq!(revision["revision"], "27c6");
    assert_eq!(revision["older_programs"]["go_on"], false);
    let section = &revision["sections"][0];
    assert_eq!(
        section["locks"],
        json!([
            {"table": "users", "mode": "ACCESS EXCLUSIVE", "keeps_from": "reads and writes", "rewrites": false}
        ])
    );
    assert_eq!(
        section["operations"],
        json!([
            "create unique index users_mail on users",
            "drop column users.age"
        ])
    );
    // A chain that is broken is in the document, too.
    project.write(
        "versions/27c6.sql",
        &next.replace("revision: 1975", "revision: 1976"),
    );
    for format in ["markdown", "sarif", "gitlab", "github", "rustc", "json"] {
        for command in ["check --files", "lint"] {
            let ran = project.run(&format!("{command} --format {format}"));
            assert_eq!(ran.exit, Exit::Failed, "{format}");
            assert!(ran.out.contains("1976"), "{command} {format}: {}", ran.out);
        }
    }
}
