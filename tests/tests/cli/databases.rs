//! The database itself: waited for, made and dropped; and what a run may wait for and take.

use std::thread;
use std::time::{Duration, Instant};

use expect_test::expect;
use migrate_chain::Dialect;
use migrate_cli::Exit;
use migrate_tests::support::Postgres;

use crate::support::{Database, Engine, Project};

on_both![
    a_database_is_made_and_dropped,
    a_protected_one_is_never_dropped,
    each_step_may_commit_by_itself,
    a_breaking_plan_is_refused_on_request,
    environments_have_chains_of_their_own,
];

/// The URL of a database that is not there yet, beside one that is.
fn beside<D: Database>(database: &D) -> String {
    match D::DIALECT {
        Dialect::Postgres => format!("{}_made", database.url()),
        _ => format!("{}.made/app.db", database.url()),
    }
}

fn a_database_is_made_and_dropped<D: Database>() {
    let database = D::new();
    let url = beside(&database);
    let project = Project::linear().variable("DATABASE_URL", &url);
    let run = |line: &str| {
        let ran = project.run(line);
        assert_eq!(ran.exit, Exit::Done, "{line}\n{}{}", ran.out, ran.err);
        ran.out.replace(&url, "URL")
    };
    assert!(run("create").starts_with("Created "));
    assert!(run("create").contains("is there already"));
    run("upgrade");
    assert_eq!(run("current"), "27c6 (head)\n");
    let refused = project.run("drop");
    assert_eq!(refused.exit, Exit::Failed);
    assert!(refused.err.contains("give `--yes`"), "{}", refused.err);
    assert_eq!(run("current"), "27c6 (head)\n");
    assert!(run("drop --yes").starts_with("Dropped "));
    assert!(run("drop --yes").contains("is not there"));
    assert!(run("create").starts_with("Created "));
    assert_eq!(run("current"), "");
    run("drop --yes --json");
    // Named by a flag it is named in the refusal, too: there is no password to hide.
    run("create");
    let refused = project.run(&format!("drop --url {url}"));
    let first = refused.err.lines().next().unwrap_or_default();
    assert!(
        !first.contains("***") && first.contains("would be dropped"),
        "{first}"
    );
    run("drop --yes");
}

fn a_protected_one_is_never_dropped<D: Database>() {
    let database = D::new();
    let project = Project::linear()
        .file(
            "migrate.toml",
            "[env.prod]\nurl_env = \"PROD_URL\"\nprotected = true\n\n[env.local]\nurl_env = \"PROD_URL\"\n",
        )
        .variable("PROD_URL", &database.url());
    project.ok(&["upgrade --env prod --yes"]);
    for line in [
        "drop --yes --env prod",
        // The database says what it is, whatever it is called.
        "drop --yes --env local",
        "drop --yes --force --env local",
    ] {
        let ran = project.run(line);
        assert_eq!(ran.exit, Exit::Failed, "{line}\n{}{}", ran.out, ran.err);
    }
    project.ok(&["current --env prod --check-heads"]);
}

fn each_step_may_commit_by_itself<D: Database>() {
    let broken = "-- f\n-- revision: f1\n-- down_revision: 27c6\n\n-- upgrade\nINSERT INTO nowhere VALUES (1);\n\n-- downgrade: nothing\n";
    for (flag, file, wanted) in [
        ("", "", ""),
        (" --transactions per-step", "", "27c6\n"),
        ("", "transactions = \"per-step\"\n", "27c6\n"),
        (
            " --transactions single",
            "transactions = \"per-step\"\n",
            "",
        ),
        (
            " --env e",
            "[env.e]\ntransactions = \"per-step\"\n",
            "27c6\n",
        ),
    ] {
        let database = D::new();
        let file = format!("{file}\n").replace(
            "[env.e]\n",
            &format!("[env.e]\nurl = \"{}\"\n", database.url()),
        );
        let project = Project::linear()
            .file("versions/f1.sql", broken)
            .file("migrate.toml", &file)
            .on(&database);
        let ran = project.run(&format!("upgrade{flag}"));
        assert_eq!(ran.exit, Exit::Failed, "{}", ran.err);
        assert_eq!(project.run("current").out, wanted, "{flag} {file}");
    }
}

fn a_breaking_plan_is_refused_on_request<D: Database>() {
    let database = D::new();
    let project = Project::linear()
        .revision(
            "d1",
            "27c6",
            "breaks",
            "-- breaking: clients below 2.0 fail\n",
        )
        .on(&database);
    project.check(
        &[
            "upgrade --breaking=no",
            "upgrade --breaking=no --dry-run",
            "current",
            "upgrade 27c6 --breaking=no -q",
            "upgrade --breaking=yes",
        ],
        &expect![[r#"
            $ upgrade --breaking=no
            ! error: `d1` breaks older releases (clients below 2.0 fail), and `--breaking=no` was given
            !   = note: nothing was changed
            !   = help: `cargo migrate upgrade 27c6` applies what stands before it
            [1]
            $ upgrade --breaking=no --dry-run
            upgrade  -> ae10, create users
            upgrade ae10 -> 1975, add email
            upgrade 1975 -> 27c6, add phone
            upgrade 27c6 -> d1, breaks (breaking: clients below 2.0 fail)
            $ current
            $ upgrade 27c6 --breaking=no -q
            $ upgrade --breaking=yes
            ! Running upgrade 27c6 -> d1, breaks
        "#]],
    );
}

/// One configuration, several databases, each with its chain, as `--name` says it in Alembic.
fn environments_have_chains_of_their_own<D: Database>() {
    let (one, other) = (D::new(), D::new());
    let revision = |id: &str| {
        format!(
            "-- m\n-- revision: {id}\n-- down_revision: none\n\n-- upgrade\nCREATE TABLE t_{id} (x integer);\n\n-- downgrade\nDROP TABLE t_{id};\n"
        )
    };
    let project = Project::empty()
        .file("one/a1.sql", &revision("a1"))
        .file("other/b1.sql", &revision("b1"))
        .file(
            "migrate.toml",
            "[env.one]\nurl_env = \"ONE\"\nversions = \"one\"\nchain = \"first\"\n\n\
             [env.other]\nurl_env = \"OTHER\"\nversions = \"other\"\nchain = \"second\"\nlock_timeout = 2\nlock_wait = 0.5\n",
        )
        .variable("ONE", &one.url())
        .variable("OTHER", &other.url());
    project.ok(&["upgrade --name one", "upgrade --env other"]);
    assert_eq!(project.run("current --name one").out, "a1 (head)\n");
    assert_eq!(project.run("current --name other").out, "b1 (head)\n");
    assert!(one.dump_without(&[]).contains("first"));
    assert!(other.dump_without(&[]).contains("second"));
}

#[test]
fn a_server_that_starts_is_waited_for() {
    let folder = Project::linear();
    let url = format!("sqlite:{}/late/app.db", folder.dir().display());
    let late = folder.path("late");
    let maker = thread::spawn(move || {
        thread::sleep(Duration::from_millis(600));
        std::fs::create_dir(late).unwrap();
    });
    let project = Project::linear().variable("DATABASE_URL", &url);
    let ran = project.run("upgrade --wait 30");
    maker.join().unwrap();
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    let since = Instant::now();
    let ran = project.run("wait --timeout 1 --url postgres://u@127.0.0.1:1/d");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("waited 1.0 s for it"), "{}", ran.err);
    assert!(since.elapsed() < Duration::from_secs(10));
    assert_eq!(project.run("wait").exit, Exit::Done);
}

/// Waiting doesn't help against a wrong password, nor a URL that is none.
#[test]
fn what_will_not_come_is_not_waited_for() {
    let database = <Postgres as Engine>::new();
    let url = database.url();
    let nobody = url.replacen("://postgres@", "://nobody_at_all@", 1);
    let project = Project::linear();
    let since = Instant::now();
    for url in [nobody.as_str(), "nonsense"] {
        let ran = project.run(&format!("wait --timeout 60 --url {url}"));
        assert_ne!(ran.exit, Exit::Done);
    }
    assert!(since.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_lock_timeout_ends_a_wait_for_a_table() {
    let database = <Postgres as Engine>::new();
    let project = Project::linear()
        .file(
            "versions/z1.sql",
            "-- z\n-- revision: z1\n-- down_revision: 27c6\n\n-- upgrade\nALTER TABLE t_ae10 ADD y integer;\n\n-- downgrade\nALTER TABLE t_ae10 DROP y;\n",
        )
        .on(&database);
    project.ok(&["upgrade 27c6"]);
    let mut reader = database.connect();
    reader.batch_execute("BEGIN; SELECT * FROM t_ae10").unwrap();
    let since = Instant::now();
    let ran = project.run("upgrade --lock-timeout 0.2 --lock-wait 1");
    assert_eq!(ran.exit, Exit::Locked, "{}", ran.err);
    assert!(since.elapsed() < Duration::from_secs(5), "{}", ran.err);
    let line = "try 1 failed, trying again: versions/z1.sql:6:1: the upgrade of `z1` failed: \
                canceling statement due to lock timeout, held by process ";
    assert!(ran.err.contains(line), "{}", ran.err);
    assert!(
        ran.err.contains("which has a lock on `t_ae10`"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("`BEGIN; SELECT * FROM t_ae10`"),
        "{}",
        ran.err
    );
    // Without being asked, each try is of two seconds.
    let ran = project.run("upgrade --lock-wait 3");
    assert_eq!(ran.exit, Exit::Locked, "{}", ran.err);
    assert!(ran.err.contains("in 2 tries, for 3."), "{}", ran.err);
    // Taken off, by flag and by file, it waits until the reader is done.
    let file = project.file("migrate.toml", "lock_timeout = \"none\"\n");
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(3));
            reader.batch_execute("ROLLBACK").unwrap();
        });
        let ran = file.run("upgrade");
        assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
        assert!(!ran.err.contains("try 1 failed"), "{}", ran.err);
    });
    file.ok(&["downgrade -1 --lock-timeout none"]);
    let wrong = file.run("upgrade --lock-timeout soon");
    assert!(wrong.err.contains("or `none`"), "{}", wrong.err);
    let project = file;
    drop(reader);
    project.ok(&["upgrade --lock-timeout 5 --statement-timeout 10"]);
    // A statement that takes for ever.
    let text = "-- wait\n-- revision: z2\n-- down_revision: z1\n\n-- upgrade\nSELECT pg_sleep(3600);\n\n-- downgrade: nothing\n";
    let project = project.file("versions/z2.sql", text);
    let ran = project.run("upgrade --statement-timeout 0.1");
    expect![[r#"
        Running upgrade z1 -> z2, wait
        error: versions/z2.sql:6:1: the upgrade of `z2` failed
        canceling statement due to statement timeout
          --> versions/z2.sql:6:1
           |
         6 | SELECT pg_sleep(3600);
           | ^^^^^^^^^^^^^^^^^^^^^^
          = note: its transaction was rolled back: the database is as it was before it
          = help: allow more time with `statement_timeout`, which the migrator, a flag, migrate.toml or the server's settings give
    "#]].assert_eq(&ran.err);
}

#[test]
fn a_file_that_another_has_for_itself_is_awaited_as_long_as_was_said() {
    let project = Project::linear().file("migrate.toml", "url = \"sqlite:app.db\"\n");
    project.ok(&["upgrade 1975"]);
    let holder = rusqlite::Connection::open(project.path("app.db")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for command in [
        "upgrade",
        "current",
        "check",
        "log",
        "history -i",
        "upgrade --dry-run",
    ] {
        let since = Instant::now();
        let ran = project.run(&format!("{command} --lock-wait 1"));
        let took = since.elapsed();
        assert_eq!(ran.exit, Exit::Locked, "{command}: {}", ran.err);
        assert!(took >= Duration::from_secs(1), "{command}: {took:?}");
        assert!(took < Duration::from_secs(4), "{command}: {took:?}");
        assert!(
            ran.err
                .contains("database is locked, and was waited for for 1.0 s"),
            "{}",
            ran.err
        );
        assert!(
            ran.err.contains("waiting for the migration lock"),
            "{}",
            ran.err
        );
    }
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(700));
            holder.execute_batch("ROLLBACK").unwrap();
        });
        project.ok(&["upgrade"]);
    });
}

#[test]
fn what_keeps_others_out_for_long_is_said_by_check_and_by_a_dry_run() {
    let database = <Postgres as Engine>::new();
    let project = Project::linear()
        .file(
            "versions/y1.sql",
            "-- y\n-- revision: y1\n-- down_revision: 27c6\n\n-- upgrade\nALTER TABLE t_ae10 ADD y integer;\n\n-- downgrade: nothing\n",
        )
        .file(
            "versions/z1.sql",
            "-- z\n-- revision: z1\n-- down_revision: y1\n\n-- upgrade\nCREATE INDEX ON t_ae10 (y);\n\n-- downgrade: nothing\n",
        )
        .on(&database);
    project.ok(&["upgrade 27c6"]);
    let note = "note: `y1` locks `t_ae10` for everybody until its transaction commits, and `z1`";
    for command in ["check", "upgrade --dry-run"] {
        let ran = project.run(command);
        assert!(ran.err.contains(note), "{command}: {}", ran.err);
        let ran = project.run(&format!("{command} --transactions per-step"));
        assert!(!ran.err.contains("note: `y1`"), "{command}: {}", ran.err);
    }
    assert!(project.run("upgrade").err.contains(note));
}

#[test]
fn a_file_of_variables_is_read_after_the_environment() {
    let project = Project::linear().file(
        ".env",
        "# local\nexport DATABASE_URL=\"sqlite:from-file.db\"\n",
    );
    project.check(
        &["current -v"],
        &expect![[r#"
        $ current -v
        Current revision(s) for sqlite:DIR/from-file.db:
        ! note: there is no file DIR/from-file.db yet, so nothing is applied
    "#]],
    );
    let set = Project::linear()
        .file(".env", "DATABASE_URL=sqlite:from-file.db\n")
        .variable("DATABASE_URL", "sqlite:set.db");
    assert!(set.run("current -v").out.contains("set.db"));
    let broken = Project::linear().file(".env", "DATABASE_URL=sqlite:x.db\nKx7qTopW Zw9vSecR\n");
    let ran = broken.run("current");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(!ran.err.contains("Kx7qTopW"), "{}", ran.err);
    let place = ".env:2: a line that is not understood\n";
    assert!(ran.err.contains(place), "{}", ran.err);
}

/// Whoever can't connect is told what to do about it.
#[test]
fn a_server_that_is_not_there_and_a_database_that_is_not() {
    let server = migrate_tests::Postgres::shared().database();
    let url = server.url();
    let (before, _) = url.rsplit_once('/').unwrap();
    let project = Project::linear();
    let ran = project.run(&format!("current --url {before}/no_such_database"));
    assert!(
        ran.err.ends_with("database \"no_such_database\" does not exist\n  = help: `cargo migrate create` makes the database\n"),
        "{}",
        ran.err
    );
    // Nobody listens on the port that asks for any.
    let ran = project.run("current --url postgres://127.0.0.1:1/app");
    assert!(
        ran.err.ends_with("  = help: is that the server, and is it up? `cargo migrate wait` waits for one that is starting\n  = help: another is named by `--url`, by DATABASE_URL, or in migrate.toml\n"),
        "{}",
        ran.err
    );
}
