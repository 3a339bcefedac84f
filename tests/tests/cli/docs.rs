//! `docs`, and `check` where its folder is.

use std::process::Command;

use migrate_cli::Exit;
use serde_json::Value;

use crate::support::Project;

const OUT: &str = "docs/migrations";

/// A table, and a revision that renames one of its columns and drops another.
fn project(dialects: &str) -> Project {
    Project::empty()
        .file("migrate.toml", &format!("dialects = [{dialects}]\n"))
        .file(
            "versions/ae10.sql",
            "-- users | and *notes*\n-- revision: ae10\n-- down_revision: none\n-- created: 2026-01-02 03:04:05 UTC\n\n-- upgrade\nCREATE TABLE users (id integer PRIMARY KEY, mail text, age integer);\nCREATE TABLE notes (user_id integer NOT NULL REFERENCES users (id), text text);\n\n-- downgrade\nDROP TABLE notes;\nDROP TABLE users;\n",
        )
        .file(
            "versions/1975.sql",
            "-- no age\n-- revision: 1975\n-- down_revision: ae10\n-- breaking: mail is email\n\n-- upgrade\nALTER TABLE users RENAME COLUMN mail TO email;\nALTER TABLE users DROP COLUMN age;\n\n-- irreversible: the ages are gone\n",
        )
        .file(
            "versions/27c6.sql",
            "-- rows\n-- revision: 27c6\n-- down_revision: 1975\n\n-- upgrade\nINSERT INTO users (id, email) VALUES (1, 'a');\n\n-- downgrade\nDELETE FROM users WHERE id = 1;\n",
        )
}

fn names(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.path(OUT)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = folder.map(name).collect();
    names.sort();
    names
}

#[test]
fn the_table_and_the_pictures_are_written() {
    for dialects in ["\"sqlite\"", "\"postgres\""] {
        let project = project(dialects);
        let ran = project.run("docs");
        assert_eq!(ran.exit, Exit::Done, "{}{}", ran.out, ran.err);
        assert_eq!(ran.out, format!("{OUT}: 3 revisions, 5 files changed\n"));
        // No picture of a revision that changes rows alone.
        let expected = [
            "1975.svg",
            "README.md",
            "ae10.svg",
            "schema.mmd",
            "schema.svg",
        ];
        assert_eq!(names(&project), expected, "{dialects}");
        let readme = project.read(&format!("{OUT}/README.md"));
        for cell in [
            "| 2026-01-02 | [`ae10`](../../versions/ae10.sql) |  | ",
            "| users \\| and \\*notes\\* | create table users<br>create table notes | no | yes |  | [picture](ae10.svg) |\n",
            "| rename column users.mail to email<br>drop column users.age | mail is email | no: the ages are gone | ",
            " | breaks/drop-column<br>breaks/rename-column<br>loses/drop-column | [picture](1975.svg) |\n",
            "| no change of the schema | no | yes | ",
        ] {
            assert!(readme.contains(cell), "{cell}\n{readme}");
        }
        // Newest first.
        assert!(
            readme.find("27c6.sql") < readme.find("1975.sql"),
            "{readme}"
        );
        let picture = project.read(&format!("{OUT}/1975.svg"));
        for part in [
            ">mail -&gt; email</text>",
            "text-decoration=\"line-through\">age</text>",
            "<path class=\"line\"",
            "prefers-color-scheme:dark",
            "<title>notes.user_id -&gt; users.id</title>",
        ] {
            assert!(picture.contains(part), "{part}\n{picture}");
        }
        let again = project.run("docs");
        assert_eq!(again.out, format!("{OUT}: 3 revisions, up to date\n"));
    }
}

#[test]
fn databases_share_a_picture_where_they_agree() {
    let project = project("\"sqlite\", \"postgres\"");
    project.ok(&["docs"]);
    // `integer` and `INTEGER` are two types.
    for name in ["ae10.sqlite.svg", "ae10.postgres.svg", "schema.sqlite.mmd"] {
        assert!(names(&project).iter().any(|known| known == name), "{name}");
    }
    let project = Project::empty()
        .file("migrate.toml", "dialects = [\"sqlite\", \"postgres\"]\n")
        .file(
            "versions/ae10.sql",
            "-- one\n-- revision: ae10\n-- down_revision: none\n\n-- upgrade (sqlite)\nCREATE TABLE a (b text);\n\n-- upgrade (postgres)\nCREATE TABLE a (b \"TEXT\");\n\n-- downgrade\nDROP TABLE a;\n",
        );
    project.write(
        "versions/ae10.sql",
        &project
            .read("versions/ae10.sql")
            .replace(
                "CREATE TABLE a (b \"TEXT\")",
                "CREATE DOMAIN \"TEXT\" AS text;\nCREATE TABLE a (b \"TEXT\")",
            )
            .replace(
                "DROP TABLE a;",
                "DROP TABLE a;\n\n-- downgrade (postgres)\nDROP TABLE a;\nDROP DOMAIN \"TEXT\";",
            ),
    );
    project.ok(&["docs"]);
    assert!(
        names(&project).contains(&"ae10.sqlite.svg".to_owned()),
        "{:?}",
        names(&project)
    );
}

#[test]
fn check_fails_while_they_are_stale() {
    let project = project("\"sqlite\"");
    // Nobody has asked for documentation.
    assert_eq!(project.run("check --files").exit, Exit::Done);
    project.ok(&["docs"]);
    let fresh = project.run("check --files");
    assert_eq!(fresh.exit, Exit::Done, "{}{}", fresh.out, fresh.err);
    assert!(
        fresh
            .out
            .contains("docs/migrations shows what the revisions do\n"),
        "{}",
        fresh.out
    );
    let text = project.read("versions/27c6.sql");
    let text = text.replace("INSERT", "CREATE TABLE more (id integer);\nINSERT");
    project.write("versions/27c6.sql", &text);
    let stale = project.run("check --files");
    assert_eq!(stale.exit, Exit::Pending, "{}", stale.err);
    for name in ["27c6.svg", "README.md", "schema.mmd", "schema.svg"] {
        assert!(
            stale
                .out
                .contains(&format!("stale: docs/migrations/{name}\n")),
            "{}",
            stale.out
        );
    }
    assert!(
        stale
            .err
            .contains("help: `cargo migrate docs` writes docs/migrations again"),
        "{}",
        stale.err
    );
    let document: Value = serde_json::from_str(&project.run("check --files --json").out).unwrap();
    assert_eq!(document["ok"], false);
    assert_eq!(document["stale_docs"][0], "27c6.svg");
    project.ok(&["docs", "check --files"]);
    // What no revision shows any more goes; what a person put there stays.
    project.write(&format!("{OUT}/mine.svg"), "<svg/>");
    std::fs::remove_file(project.path("versions/27c6.sql")).unwrap();
    assert_eq!(project.run("check --files").exit, Exit::Pending);
    let ran = project.run("docs --json");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["removed"], serde_json::json!(["27c6.svg"]));
    assert_eq!(document["revisions"][1]["breaking"], "mail is email");
    assert_eq!(
        names(&project),
        [
            "1975.svg",
            "README.md",
            "ae10.svg",
            "mine.svg",
            "schema.mmd",
            "schema.svg"
        ]
    );
    project.ok(&["check --files"]);
}

#[test]
fn migrate_toml_names_the_folder() {
    let project = project("\"sqlite\"");
    project.write(
        "migrate.toml",
        "dialects = [\"sqlite\"]\ndocs = \"book/schema\"\n",
    );
    assert_eq!(project.run("check --files").exit, Exit::Pending);
    project.ok(&["docs", "check --files"]);
    assert!(project.path("book/schema/ae10.svg").is_file());
    // A README.md of a person's is none of ours.
    project.write("migrate.toml", "dialects = [\"sqlite\"]\n");
    project.write("docs/migrations/README.md", "# Ours\n");
    project.ok(&["check --files"]);
}

#[test]
fn git_names_the_developer_once() {
    let project = project("\"sqlite\"");
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words).current_dir(project.dir());
        assert!(git.output().unwrap().status.success(), "{words:?}");
    };
    git(&["init", "-q"]);
    git(&["config", "user.email", "a@example.org"]);
    git(&["config", "user.name", "Ada | L"]);
    git(&["add", "versions/ae10.sql"]);
    git(&["commit", "-q", "-m", "one"]);
    git(&["mv", "versions/ae10.sql", "versions/v1-ae10.sql"]);
    git(&["config", "user.name", "Grace"]);
    git(&["add", "versions/v1-ae10.sql", "versions/1975.sql"]);
    git(&["commit", "-q", "-m", "two"]);
    git(&["config", "user.name", "Edsger"]);
    project.ok(&["docs"]);
    let readme = project.read(&format!("{OUT}/README.md"));
    for (id, name) in [
        ("v1-ae10", "Ada \\| L"),
        ("1975", "Grace"),
        ("27c6", "Edsger"),
    ] {
        let row = readme
            .lines()
            .find(|line| line.contains(&format!("versions/{id}.sql")))
            .unwrap();
        assert!(row.contains(&format!(" | {name} | ")), "{row}");
    }
    // Another person, or a clone without history, changes nothing.
    git(&["config", "user.name", "Barbara"]);
    std::fs::remove_dir_all(project.path(".git")).unwrap();
    assert_eq!(
        project.run("docs").out,
        format!("{OUT}: 3 revisions, up to date\n")
    );
    project.ok(&["check --files"]);
}
