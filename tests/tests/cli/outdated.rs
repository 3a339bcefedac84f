//! An app that was built before its files were what they are now says so, whatever it is asked.

use expect_test::expect;
use migrate_cli::{App, Exit};
use migrate_runtime::{Migrations, Options};
use migrate_tests::sqlite;

use crate::support::{Project, Ran, run};

/// What the app was built with.
fn built(project: &Project) -> Migrations {
    let mut options = Options::new("versions");
    options.dialects = migrate_runtime::Dialect::ALL.to_vec();
    Migrations::load(project.path("versions"), &options).unwrap()
}

fn ask(migrations: &Migrations, project: &Project, url: &str, line: &str) -> Ran {
    let app = App::new(migrations)
        .program("shop migrate")
        .url(url)
        .current_dir(project.dir())
        .variables([("SOURCE_DATE_EPOCH", "1795168931")]);
    run(app, line)
}

#[test]
fn every_command_says_so() {
    let project = Project::linear();
    let migrations = built(&project);
    let database = sqlite::Database::new();
    let project = project.revision("d1", "27c6", "add city", "");
    let lines = [
        "history",
        "history -i",
        "heads",
        "branches",
        "show ae10",
        "upgrade",
        "current",
        "current -q",
        "current --json",
        "upgrade --dry-run",
        "upgrade --sql",
        "check",
        "check --json",
        "verify",
        "log",
        "downgrade -1",
        "stamp head",
        "repair",
        "redo",
        "lock",
        "release v1",
        "revision -m x --rev-id e1",
        "merge ae10 d1",
        "rebase d1",
        "squash ae10:1975 --rev-id s1",
    ];
    for line in lines {
        let ran = ask(&migrations, &project, &database.url(), line);
        let wanted =
            "warning: this program was built before versions/d1.sql was added: build it again\n";
        // Of two files that are new the one that comes first in the chain is named.
        assert!(ran.err.starts_with(wanted), "{line}: {}", ran.err);
        // What would be taken for an answer about the files is none.
        if line.starts_with("check") {
            assert_eq!(ran.exit, Exit::Failed, "{line}: {}", ran.out);
        }
    }
    let ran = ask(&migrations, &project, &database.url(), "check");
    expect![[r#"
        warning: this program was built before versions/s1.sql was added: build it again
        error: this program was built before versions/s1.sql was added
          = note: what it carries is not what the files say, so neither was checked
          = help: build it again; `cargo run` does
          = help: where nothing was built although files changed, build.rs lacks `println!("cargo::rerun-if-changed=..")`: `shop migrate init` says which line
    "#]].assert_eq(&ran.err);
    for line in ["man", "completions bash", "wait"] {
        let ran = ask(&migrations, &project, &database.url(), line);
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Done, ""), "{line}");
    }
}

#[test]
fn what_changed_is_named() {
    let database = sqlite::Database::new();
    let edited = |edit: &dyn Fn(&Project)| {
        let project = Project::linear();
        let migrations = built(&project);
        edit(&project);
        ask(&migrations, &project, &database.url(), "heads").err
    };
    let of =
        |what: &str| format!("warning: this program was built before {what}: build it again\n");
    let downgrade = edited(&|project| {
        let text = project.read("versions/27c6.sql");
        let (up, _) = text.split_once("-- downgrade").unwrap();
        project.write("versions/27c6.sql", &format!("{up}-- downgrade: nothing\n"));
    });
    assert_eq!(downgrade, of("versions/27c6.sql was edited"));
    let renamed = edited(&|project| {
        std::fs::rename(
            project.path("versions/27c6.sql"),
            project.path("versions/27c6-x.sql"),
        )
        .unwrap();
    });
    assert_eq!(renamed, of("versions/27c6.sql was renamed"));
    let removed =
        edited(&|project| std::fs::remove_file(project.path("versions/27c6.sql")).unwrap());
    assert_eq!(removed, of("versions/27c6.sql was removed"));
    let broken = edited(&|project| project.write("versions/27c6.sql", "SELECT 1;"));
    assert_eq!(
        broken,
        of("versions was edited, and can't be read any more")
    );
    // The folder of another app, in which this one happens to be started.
    let other = edited(&|project| {
        for id in ["ae10", "1975", "27c6"] {
            std::fs::remove_file(project.path(&format!("versions/{id}.sql"))).unwrap();
        }
        project.write("versions/x1.sql", "-- x\n-- revision: x1\n-- down_revision: none\n\n-- upgrade: nothing\n\n-- downgrade: nothing\n");
    });
    assert_eq!(other, "");
}

/// With the files at hand `check` of the app checks them as `cargo migrate check` does.
#[test]
fn a_stale_lock_is_found_by_the_app_too() {
    let project = Project::linear();
    assert_eq!(project.run("lock").exit, Exit::Done);
    let project = project.revision("d1", "27c6", "add city", "");
    let database = sqlite::Database::new();
    let ran = ask(&built(&project), &project, &database.url(), "check --files");
    assert_eq!(ran.exit, Exit::Failed, "{}", ran.out);
    assert!(ran.err.contains("`shop migrate lock`"), "{}", ran.err);
}
