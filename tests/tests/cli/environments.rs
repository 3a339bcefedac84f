//! Which file and which database are meant, and which are trusted.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::Shared as _;

use crate::support::{Database, Project};

on_both![
    what_staging_has_is_taken,
    a_database_that_is_ahead_is_judged
];

/// A plan is taken as far as each of its revisions is applied in the other environment, unedited, and
/// only if that is another database.
fn what_staging_has_is_taken<D: Database>() {
    let (staging, prod, other) = (D::new(), D::new(), D::new());
    let file = "[env.staging]\nurl_env = \"STAGING_URL\"\n\n[env.prod]\nurl_env = \"PROD_URL\"\nrequires = \"staging\"\n";
    let project = Project::linear()
        .file("migrate.toml", file)
        .variable("STAGING_URL", &staging.url())
        .variable("PROD_URL", &prod.url());
    project.check(
        &[
            "upgrade --env prod",
            "upgrade --env staging",
            "upgrade 1975 --env prod",
            "upgrade +1 --env prod",
            "upgrade --env prod",
            "downgrade 1975 --env prod",
        ],
        &expect![[r#"
            $ upgrade --env prod
            ! error: `27c6` is not applied in `staging`, where it must be first
            !   = note: nothing was changed
            !   = help: `cargo migrate --env staging upgrade 27c6` applies it there
            [1]
            $ upgrade --env staging
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            ! Running upgrade 1975 -> 27c6, add phone
            $ upgrade 1975 --env prod
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            $ upgrade +1 --env prod
            ! Running upgrade 1975 -> 27c6, add phone
            $ upgrade --env prod
            ! nothing to do: the database is at 27c6
            $ downgrade 1975 --env prod
            ! Running downgrade 27c6 -> 1975, add phone
        "#]],
    );
    let text = project.read("versions/27c6.sql");
    project.write(
        "versions/27c6.sql",
        &text.replace("VALUES (1)", "VALUES (2)"),
    );
    let ran = project.run("upgrade --env prod");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("27c6"), "{}", ran.err);
    project.write("versions/27c6.sql", &text);
    // One variable for both, as some teams have it; through another spelling of it, too.
    let one = Project::linear()
        .file("migrate.toml", file)
        .variable("STAGING_URL", &prod.url())
        .variable("PROD_URL", &prod.url());
    let ran = one.run("upgrade --env prod");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err
            .contains("is the very database that is to be changed"),
        "{}",
        ran.err
    );
    // What a database has recorded wins over the name that a variable gives it.
    let swapped = Project::linear()
        .file("migrate.toml", file)
        .variable("STAGING_URL", &prod.url())
        .variable("PROD_URL", &other.url());
    let ran = swapped.run("upgrade --env prod");
    assert!(
        ran.err.contains("names a database that is `prod`"),
        "{}",
        ran.err
    );
    let ran = swapped.run("upgrade --env staging");
    assert!(ran.err.contains("this database is `prod`"), "{}", ran.err);
}

/// The command line refuses what a start of the program refuses.
fn a_database_that_is_ahead_is_judged<D: Database>() {
    let breaking = D::new();
    let project = Project::linear().on(&breaking);
    let newer = Project::linear()
        .revision(
            "d1",
            "27c6",
            "breaks",
            "-- breaking: clients below 2.0 fail\n",
        )
        .on(&breaking);
    newer.ok(&["upgrade"]);
    let lines = [
        "upgrade",
        "upgrade --dry-run",
        "check",
        "current --check-heads",
        "check --json -q",
    ];
    project.check(&lines, &expect![[r#"
        $ upgrade
        ! error: the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail
        !   = note: `d1`, breaks, applied at TIME, breaking: clients below 2.0 fail
        !   = help: start the release that brought it, or a later one; that release can also downgrade the database
        [1]
        $ upgrade --dry-run
        ! error: the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail
        !   = note: `d1`, breaks, applied at TIME, breaking: clients below 2.0 fail
        !   = help: start the release that brought it, or a later one; that release can also downgrade the database
        [1]
        $ check
        ! error: the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail
        !   = note: `d1`, breaks, applied at TIME, breaking: clients below 2.0 fail
        !   = help: start the release that brought it, or a later one; that release can also downgrade the database
        [1]
        $ current --check-heads
        ! error: the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail
        !   = note: `d1`, breaks, applied at TIME, breaking: clients below 2.0 fail
        !   = help: start the release that brought it, or a later one; that release can also downgrade the database
        [1]
        $ check --json -q
        {
          "ok": false,
          "problems": [
            {
              "message": "the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail",
              "path": null,
              "line": null,
              "column": null,
              "causes": [],
              "notes": [
                "`d1`, breaks, applied at TIME, breaking: clients below 2.0 fail"
              ],
              "help": [
                "start the release that brought it, or a later one; that release can also downgrade the database"
              ]
            }
          ],
          "pending": []
        }
        ! error: the database has `d1`, which breaks older releases such as this one: clients below 2.0 fail
        !   = note: `d1`, breaks, applied at TIME, breaking: clients below 2.0 fail
        !   = help: start the release that brought it, or a later one; that release can also downgrade the database
        [1]
    "#]]);
    let compatible = D::new();
    let project = Project::linear().on(&compatible);
    let newer = Project::linear()
        .revision("d1", "27c6", "more", "")
        .on(&compatible);
    newer.ok(&["upgrade"]);
    project.check(
        &lines,
        &expect![[r#"
            $ upgrade
            ! nothing to do: the database is ahead of this chain, at d1
            $ upgrade --dry-run
            ! nothing to do: the database is ahead of this chain, at d1
            $ check
            3 revisions: the files are right
            the database is ahead of this chain, at d1, and this chain can work with it
            $ current --check-heads
            d1, not in this chain
            $ check --json -q
            {
              "ok": true,
              "problems": [],
              "pending": [],
              "ahead": [
                "d1"
              ]
            }
        "#]],
    );
}

/// In a folder where anybody may write, a file of another user says nothing.
#[cfg(unix)]
#[test]
fn a_parent_folder_of_another_user_is_not_obeyed() {
    use std::os::unix::fs::chown;

    let Some((user, group)) = migrate_tests::unprivileged_user() else {
        return;
    };
    let project = Project::linear().file("migrate.toml", "url = \"sqlite:evil.db\"\n");
    let inside = project.path("mine/inner");
    std::fs::create_dir_all(&inside).unwrap();
    let run = |words: &[&str]| {
        let app = migrate_cli::App::from_disk()
            .current_dir(&inside)
            .program("migrate")
            .variables([("A", "b")]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = migrate_cli::Args::new(words);
        let exit = app.run(args, &mut out, &mut err);
        let text = String::from_utf8([out, err].concat()).unwrap();
        (exit, project.settled(&text))
    };
    let (exit, text) = run(&["current", "--versions", "../../versions"]);
    assert_eq!(exit, Exit::Done, "{text}");
    // The file alone, then its folder too: as in `/tmp`.
    chown(project.path("migrate.toml"), Some(user), Some(group)).unwrap();
    for _ in 0..2 {
        let (exit, text) = run(&["current", "--versions", "../../versions"]);
        assert_eq!(exit, Exit::Usage);
        expect![[r#"
            note: DIR/migrate.toml is another user's, and is not read; `--config` names it if it is meant
            error: no database is named
              = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
              = help: or set DATABASE_URL
              = help: or write a migrate.toml: `init` does
        "#]].assert_shared(&text);
        chown(project.dir(), Some(user), Some(group)).unwrap();
    }
    // Whoever names it means it.
    let (exit, text) = run(&["current", "--config", "../../migrate.toml"]);
    assert_eq!(exit, Exit::Done, "{text}");
}

/// What lies above the root of a repository is another project's.
#[test]
fn the_search_ends_with_the_repository() {
    let project = Project::linear().file("migrate.toml", "url = \"sqlite:outer.db\"\n");
    std::fs::create_dir_all(project.path("inner/.git")).unwrap();
    let app = migrate_cli::App::from_disk()
        .current_dir(project.path("inner"))
        .program("migrate")
        .variables([("A", "b")]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = app.run(
        migrate_cli::Args::new(["current", "--versions", "../versions"]),
        &mut out,
        &mut err,
    );
    assert_eq!(exit, Exit::Usage, "{}", String::from_utf8_lossy(&err));
}
