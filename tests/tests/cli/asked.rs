//! `MIGRATE_ON_STARTUP=ask`: a start that asks the person at the terminal.

use std::process::Command;

use expect_test::expect;
use migrate_tests::{Shared as _, Terminal};

use crate::support::{Database, Project};

on_both![
    whoever_agrees_has_it_applied,
    whoever_declines_has_nothing_changed,
    nobody_is_waited_for_who_is_not_there,
];

/// An app of two revisions, of which the second breaks older releases.
fn project<D: Database>(database: &D) -> Project {
    let breaking = "-- breaking: drops users.name\n";
    Project::new()
        .revision("ae10", "none", "create users", "")
        .revision("1975", "ae10", "add email", breaking)
        .on(database)
}

fn start(project: &Project, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replica"));
    let versions = project.path("versions");
    command.args([
        "--versions",
        versions.to_str().unwrap(),
        "--database",
        url,
        "--startup",
        "ask",
    ]);
    command
}

fn whoever_agrees_has_it_applied<D: Database>() {
    let database = D::new();
    let project = project(&database);
    let mut command = start(&project, &database.url());
    let mut terminal = Terminal::start(&mut command);
    let asked = terminal.reads("[y/N] ");
    expect![[r#"
        ready
        The database is to be migrated, 2 steps:
          upgrade  -> ae10, create users
          upgrade ae10 -> 1975, add email
            BREAKS older releases: drops users.name
        Apply now? [y/N] "#]]
    .assert_shared(&asked);
    terminal.types("what?");
    let again = terminal.reads("[y/N] ");
    assert!(again.contains("Please answer `y` or `n`."), "{again}");
    terminal.types("y");
    let (last, status) = terminal.ends();
    assert!(status.success(), "{last}");
    assert!(last.contains("outcome: applied"), "{last}");
    // There is nothing left to ask.
    let (last, status) = Terminal::start(&mut command).ends();
    assert!(status.success() && !last.contains("Apply"), "{last}");
    assert!(last.contains("outcome: up to date"), "{last}");
}

fn whoever_declines_has_nothing_changed<D: Database>() {
    let database = D::new();
    let project = project(&database);
    let before = database.dump_without(&[]);
    let mut command = start(&project, &database.url());
    for answer in ["n", ""] {
        let mut terminal = Terminal::start(&mut command);
        terminal.reads("[y/N] ");
        terminal.types(answer);
        let (last, status) = terminal.ends();
        assert!(!status.success(), "{last}");
        let (_, error) = last.split_once("error: Pending\n").unwrap();
        expect![[r#"
            the migration was declined
              = note: nothing was changed
              = help: start again to be asked again, or go back to the release that fits the database
        "#]].assert_shared(error);
    }
    let mut terminal = Terminal::start(&mut command);
    terminal.reads("[y/N] ");
    terminal.hangs_up();
    assert!(!terminal.ends().1.success());
    assert_eq!(database.dump_without(&[]), before);
}

fn nobody_is_waited_for_who_is_not_there<D: Database>() {
    let database = D::new();
    let project = project(&database);
    let before = database.dump_without(&[]);
    let mut command = start(&project, &database.url());
    // An open pipe, in which no answer ever comes.
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    expect![[r#"
        2 revisions are pending
          = note: upgrade  -> ae10, create users
          = note: upgrade ae10 -> 1975, add email
          = note: nobody could be asked: standard input or standard error is no terminal
          = help: this start only checks: apply them with `upgrade`, of `cargo migrate` or of the commands that the app mounts, or start with MIGRATE_ON_STARTUP=apply where the app reads that
    "#]].assert_shared(&String::from_utf8(output.stderr).unwrap());
    assert_eq!(database.dump_without(&[]), before);
}
