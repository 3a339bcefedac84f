//! Alembic's own words: `tests/alembic/record.py` recorded what it prints; ours must be the same where CLI.md promises
//! the same form.

use std::collections::BTreeSet;

use migrate_cli::Exit;
use migrate_tests::support::Sqlite;
use serde_json::Value;

use crate::support::{Engine, Project};

const RECORDED: &str = include_str!("../../alembic/recorded.json");

/// Where CLI.md settles otherwise: `-N:B` counts from B, as `-2:current` reads; Alembic counts from the heads.
const OURS_ALONE: &[&str] = &["history -r-1:27c6", "history -r-1:current"];

#[test]
fn what_is_printed_is_what_alembic_prints() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let mut compared = 0;
    for graph in list(&recorded["graphs"]) {
        let project = project(&graph);
        for session in list(&graph["sessions"]) {
            let database = <Sqlite as Engine>::new();
            let project = project.copy().on(&database);
            for command in list(&session) {
                compared += 1;
                compare(&project, &graph["name"], &command);
            }
        }
    }
    assert!(compared > 150, "{compared}");
}

fn compare(project: &Project, graph: &Value, command: &Value) {
    let line = strings(&command["args"]).join(" ");
    // Alembic moves the record back without a word; ours wants to be told.
    let ran = match line.strip_prefix("stamp ") {
        Some(rest) => project.run(&format!("stamp --force {rest}")),
        None => project.run(&line),
    };
    if OURS_ALONE.contains(&line.as_str()) {
        assert_eq!(ran.exit, Exit::Done);
        return;
    }
    let context = format!(
        "{graph} {line}\nours:\n{}{}theirs: {command:#}",
        ran.out, ran.err
    );
    assert_eq!(
        u64::from(ran.exit.code()),
        command["exit"].as_u64().unwrap(),
        "{context}"
    );
    let ours: Vec<String> = ran.out.lines().map(str::to_owned).collect();
    let theirs = strings(&command["out"]);
    let running: Vec<String> = ran
        .err
        .lines()
        .filter(|line| line.starts_with("Running"))
        .map(str::to_owned)
        .collect();
    let their_running = strings(&command["running"]);
    if graph == "linear" {
        assert_eq!(promised(&ours), promised(&theirs), "{context}");
        assert_eq!(running, their_running, "{context}");
    } else {
        // Ties are broken otherwise there: the same lines, in an order of our own.
        assert_eq!(
            sorted(promised(&ours)),
            sorted(promised(&theirs)),
            "{context}"
        );
        assert_eq!(stamped(&running), stamped(&their_running), "{context}");
    }
}

/// The lines whose form is promised, their lists sorted where Alembic's order is that of a set.
fn promised(lines: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    for line in lines {
        let line = match line.split_once(": ") {
            Some((key @ ("Branches into" | "Branch names"), list)) => {
                format!("{key}: {}", sorted_list(list))
            }
            // A file of the same name, in another language.
            Some(("Path", path)) => {
                let name = path.rsplit('/').next().unwrap();
                format!("Path: {}", name.split(['.', '_']).next().unwrap())
            }
            _ => labels_sorted(line),
        };
        if !line.trim().is_empty() {
            kept.push(line);
        }
    }
    kept
}

/// `(invoices, billing)` is a set there.
fn labels_sorted(line: &str) -> String {
    match (line.find('('), line.find(')')) {
        (Some(from), Some(to)) if from < to => {
            format!(
                "{}({}{}",
                &line[..from],
                sorted_list(&line[from + 1..to]),
                &line[to..]
            )
        }
        _ => line.to_owned(),
    }
}

fn sorted_list(list: &str) -> String {
    let items: BTreeSet<&str> = list.split(", ").collect();
    items.into_iter().collect::<Vec<_>>().join(", ")
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// A set of what was run: the parents of a merge come in the order of the file in both.
fn stamped(lines: &[String]) -> BTreeSet<String> {
    lines.iter().cloned().collect()
}

/// The graph as a project of ours.
fn project(graph: &Value) -> Project {
    let mut project = Project::new();
    for revision in list(&graph["revisions"]) {
        let text = |key: &str| revision[key].as_str().unwrap().to_owned();
        let joined = |key: &str| strings(&revision[key]).join(", ");
        let down = match joined("down") {
            down if down.is_empty() => "none".to_owned(),
            down => down,
        };
        let mut header = String::new();
        for (key, ours) in [("labels", "branch_labels"), ("depends", "depends_on")] {
            if !joined(key).is_empty() {
                header.push_str(&format!("-- {ours}: {}\n", joined(key)));
            }
        }
        project = project.revision(&text("id"), &down, &text("message"), &header);
    }
    project
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap().clone()
}

fn strings(value: &Value) -> Vec<String> {
    list(value)
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}
