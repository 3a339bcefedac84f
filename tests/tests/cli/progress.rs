//! What a person at a terminal sees while steps run, and what a log gets.

use std::process::Command;

use migrate_tests::Terminal;

use crate::support::{Database, Project};

on_both![
    a_step_that_takes_its_time_is_seen_at_work,
    a_step_that_fails_stays_named
];

/// About a second and a half.
fn slow<D: Database>() -> &'static str {
    match D::DIALECT {
        migrate_chain::Dialect::Sqlite => {
            "CREATE TABLE n AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 4000000) SELECT count(*) AS n FROM c;"
        }
        _ => "CREATE TABLE n AS SELECT pg_sleep(1.5) IS NULL AS n;",
    }
}

fn project<D: Database>(database: &D, script: &str) -> Project {
    let text = format!(
        "-- take time\n-- revision: 1975\n-- down_revision: ae10\n\n-- upgrade\n{script}\n\n-- downgrade\nDROP TABLE n;\n"
    );
    Project::new()
        .revision("ae10", "none", "create users", "")
        .file("versions/1975.sql", &text)
        .on(database)
}

fn command(project: &Project, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command
        .current_dir(project.dir())
        .env_remove("NO_COLOR")
        .env_remove("GITHUB_ACTIONS")
        .env("TERM", "xterm")
        .envs(project.all_variables())
        .args(words);
    command
}

fn a_step_that_takes_its_time_is_seen_at_work<D: Database>() {
    let database = D::new();
    let project = project(&database, slow::<D>());
    let mut terminal = Terminal::start(&mut command(&project, &["upgrade"]));
    // While it runs: since when, and what.
    terminal.reads(" 1s Running upgrade ae10 -> 1975, take time");
    let (last, status) = terminal.ends();
    assert!(status.success(), "{last}");
    let mut lines = last.trim_end().lines().rev();
    let total = lines.next().unwrap();
    assert!(
        total.starts_with("2 steps in ") && total.ends_with(" s"),
        "{last}"
    );
    let step = lines.next().unwrap();
    let took = step
        .strip_prefix("Running upgrade ae10 -> 1975, take time (")
        .unwrap();
    let took: f64 = took.strip_suffix(" s)").unwrap().parse().unwrap();
    assert!(took > 0.5, "{last}");
    // A log gets a line a step, and nothing that moves.
    project.ok(&["downgrade base"]);
    let output = command(&project, &["upgrade"]).output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "Running upgrade  -> ae10, create users\nRunning upgrade ae10 -> 1975, take time\n"
    );
    // Whoever wants it quiet has it quiet.
    project.ok(&["downgrade base"]);
    let (all, status) = Terminal::start(&mut command(&project, &["upgrade", "-q"])).ends();
    assert!(status.success());
    assert_eq!(all, "");
}

fn a_step_that_fails_stays_named<D: Database>() {
    let database = D::new();
    let project = project(&database, "SELECT * FROM nowhere;");
    let (all, status) = Terminal::start(&mut command(&project, &["upgrade"])).ends();
    assert!(!status.success());
    let (before, error) = all.split_once("error: ").unwrap();
    assert!(
        before.contains("Running upgrade  -> ae10, create users ("),
        "{all}"
    );
    assert!(
        before.ends_with("Running upgrade ae10 -> 1975, take time\n"),
        "{all}"
    );
    assert!(error.contains("nowhere"), "{all}");
}

/// The variables of the shell that programs agree on; a flag goes before them.
#[test]
fn colours_are_as_the_shell_says() {
    let colours = |variables: &[(&str, &str)], line: &str| {
        let mut project = Project::linear().on_sqlite();
        for (name, value) in variables {
            project = project.variable(name, value);
        }
        let (history, refusal) = (project.run(line), project.run("upgrade nowhere"));
        (
            history.out.contains('\u{1b}'),
            refusal.err.contains('\u{1b}'),
        )
    };
    let force = ("CLICOLOR_FORCE", "1");
    assert_eq!(colours(&[], "history -i"), (false, false));
    assert_eq!(colours(&[force], "history -i"), (true, true));
    assert_eq!(
        colours(&[force, ("TERM", "dumb")], "history -i"),
        (true, true)
    );
    assert_eq!(
        colours(&[("CLICOLOR_FORCE", "0")], "history -i"),
        (false, false)
    );
    assert_eq!(
        colours(&[force, ("NO_COLOR", "1")], "history -i"),
        (false, false)
    );
    assert_eq!(colours(&[force], "history -i --color never"), (false, true));
    assert_eq!(
        colours(&[("NO_COLOR", "1")], "history -i --color always"),
        (true, false)
    );
    // On a terminal, too.
    for (name, value, are_there) in [
        ("CLICOLOR", "1", true),
        ("CLICOLOR", "0", false),
        ("TERM", "dumb", false),
        ("NO_COLOR", "1", false),
    ] {
        let project = Project::linear().on_sqlite();
        let mut command = command(&project, &["upgrade", "nowhere"]);
        let shown = Terminal::start(command.env(name, value)).ends_as_sent();
        assert!(shown.contains("nowhere"), "{shown}");
        assert_eq!(
            shown.contains('\u{1b}'),
            are_there,
            "{name}={value}: {shown}"
        );
    }
    let project = Project::linear().on_sqlite();
    let mut command = command(&project, &["upgrade"]);
    let shown = Terminal::start(command.env("TERM", "dumb")).ends_as_sent();
    assert!(!shown.contains('\u{1b}'), "{shown}");
    assert!(
        shown.contains("Running upgrade  -> ae10, create users"),
        "{shown}"
    );
}
