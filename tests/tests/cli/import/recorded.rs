//! The histories that the real tools have run, against the databases that they have left.

use migrate_cli::Exit;

use super::{fixture, imported, real};
use crate::support::{Database, Project};

/// The tool, where its steps lie, and what the names alone don't tell.
const TOOLS: [(&str, &str); 9] = [
    ("sqlx", "--tool sqlx"),
    ("diesel", ""),
    ("refinery", "--tool refinery"),
    ("goose", ""),
    ("golang-migrate", ""),
    ("dbmate", ""),
    ("flyway", "--tool flyway"),
    ("atlas", ""),
    ("prisma", ""),
];

/// A project that has the tool's real history in `old`.
fn project(tool: &str) -> Project {
    let project = Project::empty();
    let from = real(&format!("histories/{tool}"));
    copy(&from, &project.path("old"));
    project
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            // The fourth step takes a while, which nothing here needs.
            let text = std::fs::read_to_string(entry.path()).unwrap();
            std::fs::write(to, text).unwrap();
        }
    }
}

fn every_tool_has_made_what_the_chain_makes<D: Database>() {
    let mut tools = TOOLS.to_vec();
    if D::DIALECT.name() == "sqlite" {
        tools.push(("rusqlite_migration", ""));
    }
    for (tool, flags) in tools {
        let database = D::new();
        fixture(&database, tool, "app");
        fixture(&database, tool, "applied");
        let (url, kind) = (database.url(), D::DIALECT.name());
        let project = project(tool).on(&database);
        let (ran, document) = imported(
            &project,
            &format!("--dialect {kind} --against {url} {flags}"),
        );
        assert_eq!(ran.exit, Exit::Done, "{tool}: {}", ran.err);
        assert_eq!(document["tool"], tool);
        assert_eq!(document["proved"]["steps"], 4, "{tool}");
        assert_eq!(document["proved"]["equal"], true, "{tool}");
        assert!(document["proved"]["against"].is_string(), "{tool}");
        project.ok(&["check --files", "history"]);
        // What was imported is there: nothing is new.
        let (ran, document) = imported(&project, &format!("--dialect {kind} {flags}"));
        assert_eq!(ran.exit, Exit::Done, "{tool}: {}", ran.err);
        assert_eq!(document["revisions"].as_array().unwrap().len(), 0, "{tool}");
    }
}

fn a_checksum_of_each_form_is_right_and_another_is_not<D: Database>() {
    for tool in ["sqlx", "refinery"] {
        for (name, exit) in [("crlf", Exit::Done), ("edited", Exit::Failed)] {
            let database = D::new();
            fixture(&database, tool, "app");
            fixture(&database, tool, name);
            let project = project(tool).on(&database);
            let kind = D::DIALECT.name();
            let url = database.url();
            let ran = project.run(&format!(
                "import old --tool {tool} --dialect {kind} --against {url}"
            ));
            assert_eq!(ran.exit, exit, "{tool} {name}: {}", ran.err);
            if exit == Exit::Failed {
                assert!(
                    ran.err.contains("it was edited since it ran"),
                    "{}",
                    ran.err
                );
                assert!(!project.path("versions").exists());
            }
        }
    }
}

on_both!(
    every_tool_has_made_what_the_chain_makes,
    a_checksum_of_each_form_is_right_and_another_is_not,
);
