//! Where a command finds its database, and what stands between it and one that matters.

use expect_test::expect;
use migrate_cli::Exit;
use migrate_tests::Postgres as Server;
use migrate_tests::support::{Postgres, Sqlite};

use crate::support::{Engine, Project};

const CONFIG: &str = "\
dialects = [\"sqlite\"]
default_env = \"local\"
table_prefix = \"app\"

[env.local]
url = \"sqlite:local.db\"

[env.staging]
url_env = \"STAGING_URL\"

[env.prod]
url = \"sqlite:prod.db\"
protected = true
requires = \"staging\"
";

fn configured() -> Project {
    Project::linear().file("migrate.toml", CONFIG)
}

#[test]
fn the_database_is_named_by_flag_then_variable_then_file() {
    let project = configured();
    project.check(
        &[
            "current -v",
            "current -v --url sqlite:flag.db",
            "current -v --env prod",
            "current -v --env staging",
            "current -v --env stagin",
            "current --url app.db",
            "current --url mysql://u:secret@h/d",
        ],
        &expect![[r#"
            $ current -v
            Current revision(s) for sqlite:DIR/local.db:
            ! note: there is no file DIR/local.db yet, so nothing is applied
            $ current -v --url sqlite:flag.db
            Current revision(s) for sqlite:DIR/flag.db:
            ! note: there is no file DIR/flag.db yet, so nothing is applied
            $ current -v --env prod
            Current revision(s) for sqlite:DIR/prod.db:
            ! note: there is no file DIR/prod.db yet, so nothing is applied
            $ current -v --env staging
            ! error: environment `staging` takes its URL from the variable STAGING_URL, which is not set
            !   = help: set it, or write `STAGING_URL=...` into a file `.env`, which only the command line reads
            [2]
            $ current -v --env stagin
            ! error: migrate.toml has no environment `stagin`
            !   = help: did you mean `staging`?
            [2]
            $ current --url app.db
            ! error: the database is named by what is no URL
            !   = note: it is what `--url` says
            !   = help: a URL is sqlite:app.db, sqlite:/path/app.db, sqlite::memory: or postgres://user@host/database
            [2]
            $ current --url mysql://u:secret@h/d
            ! error: `mysql:` is no database that this program knows
            !   = note: it is what `--url` says
            !   = help: a URL is sqlite:app.db, sqlite:/path/app.db, sqlite::memory: or postgres://user@host/database
            [2]
        "#]],
    );
    let project = project.variable("MIGRATE_ENV", "prod");
    project.check(
        &["current -v", "current -v --env local"],
        &expect![[r#"
        $ current -v
        Current revision(s) for sqlite:DIR/prod.db:
        ! note: there is no file DIR/prod.db yet, so nothing is applied
        $ current -v --env local
        Current revision(s) for sqlite:DIR/local.db:
        ! note: there is no file DIR/local.db yet, so nothing is applied
    "#]],
    );
    let project = project.variable("DATABASE_URL", "sqlite:variable.db");
    project.check(
        &[
            "current -v",
            "current -v --env local",
            "current -v --url sqlite:flag.db",
        ],
        &expect![[r#"
            $ current -v
            Current revision(s) for sqlite:DIR/variable.db:
            ! note: there is no file DIR/variable.db yet, so nothing is applied
            $ current -v --env local
            Current revision(s) for sqlite:DIR/local.db:
            ! note: there is no file DIR/local.db yet, so nothing is applied
            $ current -v --url sqlite:flag.db
            Current revision(s) for sqlite:DIR/flag.db:
            ! note: there is no file DIR/flag.db yet, so nothing is applied
        "#]],
    );
    let project = Project::linear().variable("DATABASE_URL", "mysql://u:secret@h/d");
    project.check(&["heads", "current"], &expect![[r#"
        $ heads
        27c6 (head)
        $ current
        ! error: `mysql:` is no database that this program knows
        !   = note: it is what the variable DATABASE_URL says
        !   = help: a URL is sqlite:app.db, sqlite:/path/app.db, sqlite::memory: or postgres://user@host/database
        [2]
    "#]]);
    Project::linear().check(
        &["current"],
        &expect![[r#"
            $ current
            ! error: no database is named
            !   = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
            !   = help: or set DATABASE_URL
            !   = help: or put a `url` into migrate.toml
            [2]
        "#]],
    );
}

#[test]
fn a_sub_folder_is_part_of_the_project() {
    let project = configured();
    std::fs::create_dir(project.path("src")).unwrap();
    let app = || {
        migrate_cli::App::from_disk()
            .current_dir(project.path("src"))
            .variables([("X", "")])
    };
    let ran = crate::support::run(app(), "upgrade");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    assert!(project.path("local.db").exists());
    let ran = crate::support::run(app(), "show head");
    assert!(ran.out.contains("Path: versions/27c6.sql"), "{}", ran.out);
    let ran = crate::support::run(app(), "current --config ../nowhere.toml");
    assert!(ran.err.contains("can't read"), "{}", ran.err);
}

#[test]
fn a_mistake_in_the_file_is_shown() {
    let mut told = String::new();
    let project = Project::linear().file(
        "migrate.toml",
        "dialects = [\"sqlite\"]\nverisons = \"v\"\n",
    );
    project.check(
        &["history"],
        &expect![[r#"
        $ history
        ! error: DIR/migrate.toml:2: there is no key `verisons`
        !   = help: did you mean `versions`?
        [1]
    "#]],
    );
    for line in [
        "[env.local]\nprotecte = true",
        "zzzzzzzz = 1",
        "lock_timeout = \"fast\"",
        "lock_wait = \"5\"",
        "sqlite = \"new\"",
    ] {
        project.write("migrate.toml", line);
        let ran = project.run("history");
        assert_eq!(ran.exit, Exit::Failed);
        told += &ran.err.replace(project.dir().to_str().unwrap(), "DIR");
    }
    expect![[r#"
        error: DIR/migrate.toml:2: there is no key `protecte`
          = help: did you mean `protected`?
        error: DIR/migrate.toml:1: there is no key `zzzzzzzz`
          = help: the keys are versions, docs, chain, dialects, head, multiple_heads, multiple_bases, beside, url, url_env, schema, table_prefix, file_template, template, template_rust, snapshot, snapshot_data, proof, lock_wait, lock_timeout, statement_timeout, transactions, sqlite, postgres, default_env, env
        error: DIR/migrate.toml:1: expected a number of seconds, or the word `none` in quotes
        error: DIR/migrate.toml:1: invalid type: string, expected a number
        error: DIR/migrate.toml:1: `new` is no version, such as 3.40 or 14
    "#]].assert_eq(&told);
    project.write("migrate.toml", "dialects = [\"mysql\"]\n");
    project.check(
        &["history"],
        &expect![[r#"
        $ history
        ! error: `mysql` is no dialect: a dialect is `sqlite` or `postgres`
        [2]
    "#]],
    );
    project.write("migrate.toml", "url = \"sqlite:a.db\"\nurl_env = \"A\"\n");
    project.check(
        &["current"],
        &expect![[r#"
        $ current
        ! error: migrate.toml gives both `url` and `url_env`
        !   = help: keep one of the two
        [1]
    "#]],
    );
}

#[test]
fn a_protected_environment_asks() {
    let project = configured().variable("STAGING_URL", "sqlite:staging.db");
    let project = project.revision(
        "d1",
        "27c6",
        "breaks",
        "-- breaking: clients below 2.0 fail\n",
    );
    project.check(
        &[
            "upgrade 1975 --env prod",
            "upgrade 1975 --env staging",
            "upgrade 1975 --env prod",
            "upgrade --env staging",
            "upgrade --env prod",
            "upgrade --env prod --yes",
            "downgrade -1 --env prod",
            "downgrade -1 --env prod --yes",
            "downgrade -1 --env prod --dry-run",
            "upgrade --env prod --url sqlite:staging.db",
            "downgrade -1 --url sqlite:prod.db --env local",
            "downgrade -1 --url sqlite:prod.db",
        ],
        &expect![[r#"
            $ upgrade 1975 --env prod
            ! error: `1975` is not applied in `staging`, where it must be first
            !   = note: nothing was changed
            !   = help: `cargo migrate --env staging upgrade 1975` applies it there
            [1]
            $ upgrade 1975 --env staging
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            $ upgrade 1975 --env prod
            ! Running upgrade  -> ae10, create users
            ! Running upgrade ae10 -> 1975, add email
            $ upgrade --env staging
            ! Running upgrade 1975 -> 27c6, add phone
            ! Running upgrade 27c6 -> d1, breaks
            $ upgrade --env prod
            ! error: `prod` is protected, and `d1` breaks older releases (clients below 2.0 fail)
            !   = note: nothing was changed
            !   = help: look at it with `--dry-run`, then give `--yes`
            [1]
            $ upgrade --env prod --yes
            ! Running upgrade 1975 -> 27c6, add phone
            ! Running upgrade 27c6 -> d1, breaks
            $ downgrade -1 --env prod
            ! error: `prod` is protected, and this goes down
            !   = note: nothing was changed
            !   = help: look at it with `--dry-run`, then give `--yes`
            [1]
            $ downgrade -1 --env prod --yes
            ! Running downgrade d1 -> 27c6, breaks
            $ downgrade -1 --env prod --dry-run
            downgrade 27c6 -> 1975, add phone
            $ upgrade --env prod --url sqlite:staging.db
            ! error: this database is `staging`, and `prod` was asked for
            !   = note: nothing was changed
            !   = help: is the URL right? To work on it, give `--env staging`
            !   = help: if it is to be `prod` from now on: `cargo migrate repair --environment --env prod`
            [1]
            $ downgrade -1 --url sqlite:prod.db --env local
            ! error: this database is `prod`, and `local` was asked for
            !   = note: nothing was changed
            !   = help: is the URL right? To work on it, give `--env prod`
            !   = help: if it is to be `local` from now on: `cargo migrate repair --environment --env local`
            [1]
            $ downgrade -1 --url sqlite:prod.db
            ! error: `prod` is protected, and this goes down
            !   = note: nothing was changed
            !   = help: look at it with `--dry-run`, then give `--yes`
            [1]
        "#]],
    );
    // The database itself says that it is the one that is protected.
    project.write(
        "migrate.toml",
        &CONFIG.replace("default_env = \"local\"\n", ""),
    );
    project.check(
        &[
            "downgrade -1 --url sqlite:prod.db",
            "current --url sqlite:prod.db -v",
            "repair --environment",
            "repair --environment --env local --url sqlite:prod.db",
            "downgrade -1 --url sqlite:prod.db -q",
        ],
        &expect![[r#"
            $ downgrade -1 --url sqlite:prod.db
            ! error: `prod` is protected, and this goes down
            !   = note: nothing was changed
            !   = help: look at it with `--dry-run`, then give `--yes`
            [1]
            $ current --url sqlite:prod.db -v
            Current revision(s) for sqlite:DIR/prod.db:
            Environment: prod
            Rev: 27c6 (current)
            Parent: 1975
            Path: versions/27c6.sql

                add phone

            $ repair --environment
            ! error: no database is named
            !   = help: give `--url sqlite:app.db`, or `--url postgres://user@host/database`
            !   = help: or set DATABASE_URL
            !   = help: or choose an environment of migrate.toml with `--env`, or once for all with `default_env`: local, prod, staging
            [2]
            $ repair --environment --env local --url sqlite:prod.db
            this database is `local`
            $ downgrade -1 --url sqlite:prod.db -q
        "#]],
    );
}

#[test]
fn a_password_is_never_printed() {
    let server = Server::shared().database();
    let url = server.url();
    let (scheme, rest) = url.split_once("://").unwrap();
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    let with_password = format!("{scheme}://postgres:hunter2@{host}");
    let project = Project::linear();
    for line in [
        format!("current -v --url {with_password}"),
        format!("upgrade --url {with_password}-missing"),
        format!("upgrade --url {scheme}://u:hunter2@127.0.0.1:1/d"),
        format!("upgrade --url {with_password}?sslmode=hunter"),
        format!("upgrade --url {with_password}?nonsense=1"),
        format!("check --json --url {with_password}-missing"),
        "current --url mysql://u:hunter2@h/d".to_owned(),
        "current --url hunter2@h".to_owned(),
        "current --url sqlite://u:hunter2@h/d".to_owned(),
    ] {
        let ran = project.run(&line);
        assert!(
            !ran.out.contains("hunter2") && !ran.err.contains("hunter2"),
            "{line}\n{}{}",
            ran.out,
            ran.err
        );
        assert!(!ran.out.is_empty() || !ran.err.is_empty(), "{line}");
    }
}

#[test]
fn another_schema_and_prefix() {
    let database = <Postgres as Engine>::new();
    database.run("CREATE SCHEMA book");
    let project = Project::linear().on(&database).file("migrate.toml", "dialects = [\"sqlite\", \"postgres\"]\nschema = \"book\"\ntable_prefix = \"moves\"\nchain = \"ledger\"\n");
    project.ok(&["upgrade", "check"]);
    let dump = database.dump_without(&[]);
    assert!(
        dump.contains("moves_revision") && dump.contains("book") && dump.contains("ledger"),
        "{dump}"
    );
    assert!(!dump.contains("migrate_revision"));
}

#[test]
fn a_lock_that_is_held_is_waited_for_and_told() {
    let database = <Sqlite as Engine>::new();
    let project = Project::linear().on(&database);
    let connection = database.connect();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ran = project.run("upgrade --lock-wait 0.2");
    assert_eq!(ran.exit, Exit::Locked, "{}", ran.err);
    connection.execute_batch("ROLLBACK").unwrap();
    project.ok(&["upgrade --lock-wait 0.2"]);
    assert_eq!(project.run("upgrade --lock-wait soon").exit, Exit::Usage);
}
