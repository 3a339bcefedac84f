//! The commands that write revision files.

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::{Project, run};

#[test]
fn a_project_begins() {
    let project = Project::empty().file("Cargo.toml", "[package]\nname = \"app\"\n");
    project.check(
        &["init", "init"],
        &expect![[r#"
            $ init
            Created versions/
            Created migrate.toml
            Created versions/chain.lock
            Created build.rs
            ! next: Cargo.toml names no driver yet: add the app's, and migrate-runtime with the feature of its name, `rusqlite`, `sqlx-sqlite` or `diesel-sqlite` for SQLite
            ! next: in src/main.rs, to embed the chain
            !     static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!();
            ! next: where the app opens its database
            !     MIGRATIONS.run(&mut connection)?;
            ! next: `cargo migrate revision -m "create users"` writes the first revision
            $ init
            ! next: Cargo.toml names no driver yet: add the app's, and migrate-runtime with the feature of its name, `rusqlite`, `sqlx-sqlite` or `diesel-sqlite` for SQLite
            ! next: in src/main.rs, to embed the chain
            !     static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!();
            ! next: where the app opens its database
            !     MIGRATIONS.run(&mut connection)?;
            ! next: `cargo migrate revision -m "create users"` writes the first revision
        "#]],
    );
    expect![[r##"
        # What every revision must serve is said in chain.lock.
        versions = "versions"

        # The environment where neither --env nor MIGRATE_ENV names one; DATABASE_URL goes before its URL.
        default_env = "local"

        [env.local]
        url = "sqlite:app.db"

        # [env.staging]
        # url_env = "STAGING_URL"      # the variable that holds the URL
        #
        # [env.prod]
        # url_env = "PROD_URL"
        # protected = true             # ask before a downgrade or a breaking plan
        # requires = "staging"         # take only what is applied there

        fn main() {
            println!("cargo::rerun-if-changed=versions");
        }

        # Written by `cargo migrate lock`; commit it. Two branches that both add a revision conflict here:
        # keep both lines, then `cargo migrate merge` or `cargo migrate rebase`.
        dialects sqlite
    "##]].assert_eq(&format!(
        "{}\n{}\n{}",
        project.read("migrate.toml"),
        project.read("build.rs"),
        project.read("versions/chain.lock")
    ));
    project.check(
        &[
            "history",
            "revision -m 'create users' --rev-id a1",
            "check --files",
        ],
        &expect![[r#"
            $ history
            ! note: there is no revision yet; `cargo migrate revision -m "create users"` writes the first
            $ revision -m 'create users' --rev-id a1
            Generated versions/2026-11-20-a1-create-users.sql
            $ check --files
            ! error: 2 problems in the versions directory
            !
            ! the upgrade section is blank
            !   --> versions/2026-11-20-a1-create-users.sql:7:1
            !    |
            !  7 | -- upgrade
            !    | ^^^^^^^^^^
            !   = help: write the script, or `-- upgrade: nothing` if it does nothing on purpose
            !
            ! the downgrade section is blank
            !   --> versions/2026-11-20-a1-create-users.sql:10:1
            !     |
            !  10 | -- downgrade
            !     | ^^^^^^^^^^^^
            !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
            [1]
        "#]],
    );
    expect![[r#"
        -- create users
        --
        -- revision: a1
        -- down_revision: none
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade


        -- downgrade

    "#]]
    .assert_eq(&project.read("versions/2026-11-20-a1-create-users.sql"));

    // What is there stays.
    let project = Project::empty()
        .file("Cargo.toml", "")
        .file("build.rs", "fn main() { println!(\"mine\"); }\n")
        .file(
            "migrate.toml",
            "dialects = [\"postgres\"]\nversions = \"db/versions\"\n",
        );
    project.check(
        &["init"],
        &expect![[r#"
            $ init
            Created db/versions/
            Created db/versions/chain.lock
            ! next: build.rs is yours: add this line to its `main`, so that new revisions are noticed
            !     println!("cargo::rerun-if-changed=db/versions");
            ! next: Cargo.toml names no driver yet: add the app's, and migrate-runtime with the feature of its name, `postgres`, `tokio-postgres`, `sqlx-postgres` or `diesel-postgres` for PostgreSQL
            ! next: in src/main.rs, to embed the chain
            !     static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!("db/versions");
            ! next: where the app opens its database
            !     MIGRATIONS.run(&mut connection)?;
            ! next: `cargo migrate revision -m "create users"` writes the first revision
        "#]],
    );
    assert_eq!(
        project.read("build.rs"),
        "fn main() { println!(\"mine\"); }\n"
    );
    assert!(project.path("db/versions/chain.lock").exists());
    project.check(
        &["init --dialect nonsense"],
        &expect![[r#"
            $ init --dialect nonsense
            ! error: `nonsense` is no dialect: a dialect is `sqlite` or `postgres`
            [2]
        "#]],
    );
}

#[test]
fn a_revision_goes_on_the_head() {
    let project = Project::linear();
    project.check(
        &[
            "revision -m 'add a city' --rev-id d1",
            "revision -m 'off 1975' --rev-id e1 --head 1975",
            "revision -m 'off 1975' --rev-id e1 --head 1975 --splice --branch-label fix",
            "revision -m 'no head' --rev-id f1",
            "revision -m 'named head' --rev-id f1 --head fix@head --depends-on d1,ae",
            "revision -m 'a base' --rev-id b1 --head base",
            "revision -m taken --rev-id d1 --head d1",
            "revision -m illegal --rev-id head --head d1",
            "revision -m 'label twice' --rev-id g1 --head d1 --branch-label fix",
            "revision -m '' --head d1",
            "revision -m 'version: 2' --head d1",
            "revision -m x --head current",
            "revision -m x --head nobody",
            "revision",
            "history",
        ],
        &expect![[r#"
            $ revision -m 'add a city' --rev-id d1
            Generated versions/d1.sql
            $ revision -m 'off 1975' --rev-id e1 --head 1975
            ! error: `1975` is no head
            !   = help: give `--splice` to let the chain branch there
            [1]
            $ revision -m 'off 1975' --rev-id e1 --head 1975 --splice --branch-label fix
            Generated versions/e1.sql
            $ revision -m 'no head' --rev-id f1
            ! error: there are several heads: `d1`, `e1`
            !   = help: name the one it follows with `--head`, or join them first: `merge` or `rebase`
            [1]
            $ revision -m 'named head' --rev-id f1 --head fix@head --depends-on d1,ae
            Generated versions/f1.sql
            $ revision -m 'a base' --rev-id b1 --head base
            ! error: the chain has a base already
            !   = help: several are meant? Say `multiple_bases = true` in migrate.toml, and in the macro
            [1]
            $ revision -m taken --rev-id d1 --head d1
            ! error: `d1` is taken: versions/d1.sql
            [1]
            $ revision -m illegal --rev-id head --head d1
            ! error: `head` is a reserved word
            [2]
            $ revision -m 'label twice' --rev-id g1 --head d1 --branch-label fix
            ! error: 1 problem in the versions directory
            !
            ! branch label `fix` is also given by versions/e1.sql
            !   --> versions/g1.sql:5:19
            !    |
            !  5 | -- branch_labels: fix
            !    |                   ^^^
            !   = note: nothing was written
            [1]
            $ revision -m '' --head d1
            ! error: the message is empty: say in a few words what the revision does
            [2]
            $ revision -m 'version: 2' --head d1
            ! error: `version: 2` can't be the first line of a header
            !   = note: nothing was written
            !   = help: it looks like one of the header's keys: begin with another word, or check the template
            [1]
            $ revision -m x --head current
            ! error: `current` depends on a database; `--head` names a revision
            [2]
            $ revision -m x --head nobody
            ! error: there is no revision or branch label `nobody`
            !   = help: `history` lists the revisions
            [1]
            $ revision
            ! error: the following required arguments were not provided:
            !   --message <TEXT>
            !
            ! Usage: cargo migrate revision --message <TEXT>
            !
            ! For more information, try '--help'.
            [2]
            $ history
            e1 (d1, ae10) -> f1 (fix) (head), named head
            1975 -> e1 (fix), off 1975
            27c6 -> d1 (effective head), add a city
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            <base> -> ae10, create users
        "#]],
    );
    let f1 = project
        .versions()
        .into_iter()
        .find(|name| name.contains("f1"))
        .unwrap();
    expect![[r#"
        -- named head
        --
        -- revision: f1
        -- down_revision: e1
        -- depends_on: d1, ae10
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade


        -- downgrade

    "#]]
    .assert_eq(&project.read(&format!("versions/{f1}")));
}

#[test]
fn other_languages_and_dialects() {
    let project = Project::linear();
    let ran = project.run("revision -m 'fill units' --rev-id d1 --rust --json");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    expect![[r#"
        {
          "revision": "d1",
          "down_revision": [
            "27c6"
          ],
          "path": "versions/d1.rs"
        }
    "#]]
    .assert_eq(&ran.out);
    expect![[r#"
        //! fill units
        //!
        //! revision: d1
        //! down_revision: 27c6
        //! created: 2026-11-20 10:02:11 UTC

        use migrate_runtime::{Context, Result};

        pub fn upgrade(_db: &mut Context<'_>) -> Result<()> {
            Err("this upgrade is still to be written".into())
        }

        pub fn downgrade(_db: &mut Context<'_>) -> Result<()> {
            Err("this downgrade is still to be written".into())
        }
    "#]]
    .assert_eq(&project.read("versions/d1.rs"));
    project.ok(&["check --files"]);
    project.ok(&["revision -m 'both' --rev-id e1 --dialect sqlite,postgres"]);
    expect![[r#"
        -- both
        --
        -- revision: e1
        -- down_revision: d1
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade (sqlite)


        -- upgrade (postgres)


        -- downgrade (sqlite)


        -- downgrade (postgres)

    "#]]
    .assert_eq(&project.read("versions/e1.sql"));
}

#[test]
fn names_follow_a_template() {
    let config =
        |template: &str| format!("dialects = [\"sqlite\"]\nfile_template = \"{template}\"\n");
    let project = Project::empty().file("migrate.toml", &config("{revision}_{slug}"));
    std::fs::create_dir(project.path("versions")).unwrap();
    project.check(
        &["revision -m 'Größe: добавить город' --rev-id a1"],
        &expect![[r#"
            $ revision -m 'Größe: добавить город' --rev-id a1
            Generated versions/a1_grosse_добавить_город.sql
        "#]],
    );
    project.write("migrate.toml", "dialects = [\"sqlite\"]\n");
    // The project's way is kept without being told.
    project.check(
        &["revision -m 'and so on' --rev-id b1"],
        &expect![[r#"
        $ revision -m 'and so on' --rev-id b1
        Generated versions/b1_and_so_on.sql
    "#]],
    );
    project.write("migrate.toml", &config("{date}-{revision}-vX_X_X"));
    project.check(
        &["revision -m 'for vX.X.X: more' --rev-id c1"],
        &expect![[r#"
            $ revision -m 'for vX.X.X: more' --rev-id c1
            Generated versions/2026-11-20-c1-vX_X_X.sql
        "#]],
    );
    project.write("migrate.toml", &config("{nonsense}"));
    project.check(&["revision -m x"], &expect![[r#"
        $ revision -m x
        ! error: file_template = "{nonsense}": {nonsense} means nothing
        !   = help: it is made of {date}, {year}, {month}, {day}, {hour}, {minute}, {second}, {revision}, {slug}, {chain} and text, such as {date}-{revision}-{slug}
        [1]
    "#]]);
    project.write(
        "migrate.toml",
        "dialects = [\"sqlite\"]\ntemplate = \"new.sql\"\n",
    );
    project.check(
        &["revision -m x"],
        &expect![[r#"
        $ revision -m x
        ! error: can't read the template DIR/new.sql: No such file or directory (os error 2)
        [1]
    "#]],
    );
    project.write(
        "new.sql",
        "{header}\n\n-- upgrade\n-- reviewed by:\n\n-- downgrade\n",
    );
    project.check(
        &["revision -m 'from a template' --rev-id d1"],
        &expect![[r#"
            $ revision -m 'from a template' --rev-id d1
            Generated versions/2026-11-20-d1-vX_X_X.sql
        "#]],
    );
    let d1 = project
        .versions()
        .into_iter()
        .find(|name| name.contains("d1"))
        .unwrap();
    expect![[r#"
        -- from a template
        --
        -- revision: d1
        -- down_revision: c1
        -- created: 2026-11-20 10:02:11 UTC

        -- upgrade
        -- reviewed by:

        -- downgrade
    "#]]
    .assert_eq(&project.read(&format!("versions/{d1}")));
    project.write("new.sql", "no header");
    project.check(
        &["revision -m x"],
        &expect![[r#"
        $ revision -m x
        ! error: the template DIR/new.sql lacks {header}
        !   = help: that is where the message, the revision and its parents go
        [1]
    "#]],
    );

    for name in project.versions() {
        let path = format!("versions/{name}");
        let text = project
            .read(&path)
            .replace("-- upgrade\n", "-- upgrade\nSELECT 1;\n")
            .replace("-- downgrade\n", "-- downgrade\nSELECT 1;\n");
        project.write(&path, &text);
    }
    project.write("migrate.toml", "dialects = [\"sqlite\"]\n");
    project.check(
        &["release v1.2.0", "history -v -r c1:c1"],
        &expect![[r#"
        $ release v1.2.0
        v1.2.0: sealed a1, b1, c1, d1
        $ history -v -r c1:c1
        Rev: c1
        Parent: b1
        Path: versions/2026-11-20-c1-v1_2_0.sql

            for v1.2.0: more

            created: 2026-11-20 10:02:11 UTC
            version: v1.2.0

    "#]],
    );
}

#[test]
fn ids_are_new() {
    let project = Project::linear();
    let mut before = "27c6".to_owned();
    for _ in 0..20 {
        let ran = project.run("revision -m again --json");
        let written: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let id = written["revision"].as_str().unwrap().to_owned();
        assert_eq!(written["down_revision"][0], before.as_str());
        assert!(
            id.len() == 12
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
            "{id}"
        );
        before = id;
    }
    assert_eq!(project.versions().len(), 23);
}

#[test]
fn heads_are_merged() {
    let project = Project::branched();
    project.check(
        &[
            "merge 27c6",
            "merge 27c6 1975",
            "merge 27c6 ae10",
            "merge heads -m 'both of them' --rev-id d1",
            "merge heads",
            "history -r 1975:",
            "check --files",
            "merge base head",
        ],
        &expect![[r#"
            $ merge 27c6
            ! error: a merge joins several revisions, and this names `27c6` alone
            !   = help: `heads` lists what there is to join
            [1]
            $ merge 27c6 1975
            ! error: `1975` is no head
            !   = help: give `--splice` to join it nevertheless
            [1]
            $ merge 27c6 ae10
            ! error: `ae10` is no head
            !   = help: give `--splice` to join it nevertheless
            [1]
            $ merge heads -m 'both of them' --rev-id d1
            Generated versions/d1.sql
            $ merge heads
            ! error: a merge joins several revisions, and this names `d1` alone
            !   = help: `heads` lists what there is to join
            [1]
            $ history -r 1975:
            27c6, b111 -> d1 (feat) (head) (mergepoint), both of them
            1975 -> b111 (feat), feature
            1975 -> 27c6, add phone
            ae10 -> 1975 (branchpoint), add email
            $ check --files
            5 revisions: the files are right
            $ merge base head
            ! error: a merge joins several revisions, and this names `d1` alone
            !   = help: `heads` lists what there is to join
            [1]
        "#]],
    );
    expect![[r#"
        -- both of them
        --
        -- revision: d1
        -- down_revision: 27c6, b111
        -- created: 2026-11-20 10:02:11 UTC
    "#]]
    .assert_eq(&project.read("versions/d1.sql"));
}

#[test]
fn a_branch_is_put_on_top() {
    let project = Project::branched()
        .revision("b112", "b111", "more", "")
        .on_sqlite();
    let before = project.read("versions/b111.sql");
    project.check(
        &[
            "rebase 1975",
            "rebase nobody",
            "rebase b112 --onto b111",
            "rebase b112",
            "history",
            "rebase b112",
            "check --files",
        ],
        &expect![[r#"
            $ rebase 1975
            ! error: there is no other head to go on top of
            !   = help: `heads` lists what there is
            [1]
            $ rebase nobody
            ! error: there is no revision or branch label `nobody`
            !   = help: `history` lists the revisions
            [1]
            $ rebase b112 --onto b111
            ! error: `b112` follows `b111` already
            [1]
            $ rebase b112
            Rebased versions/b111.sql: down_revision is `27c6` now
            $ history
            b111 -> b112 (feat) (head), more
            27c6 -> b111 (feat), feature
            1975 -> 27c6 (feat), add phone
            ae10 -> 1975 (feat), add email
            <base> -> ae10 (feat), create users
            $ rebase b112
            ! error: there is no other head to go on top of
            !   = help: `heads` lists what there is
            [1]
            $ check --files
            5 revisions: the files are right
        "#]],
    );
    assert_eq!(
        project.read("versions/b111.sql"),
        before.replace("down_revision: 1975", "down_revision: 27c6")
    );

    let project = Project::branched().on_sqlite();
    project.ok(&["upgrade feat@head"]);
    project.check(
        &["rebase b111", "rebase 27c6 --onto b111", "history", "check"],
        &expect![[r#"
            $ rebase b111
            ! error: `b111` is applied in sqlite:DIR/app.db
            !   = help: take it back there first (`downgrade`), or join the heads with `merge`
            [1]
            $ rebase 27c6 --onto b111
            Rebased versions/27c6.sql: down_revision is `b111` now
            $ history
            b111 -> 27c6 (feat) (head), add phone
            1975 -> b111 (feat), feature
            ae10 -> 1975 (feat), add email
            <base> -> ae10 (feat), create users
            $ check
            pending: 27c6, add phone
            ! help: `cargo migrate upgrade` applies what is pending
            [3]
        "#]],
    );

    let project = Project::branched();
    project.write(
        "migrate.toml",
        "dialects = [\"sqlite\"]\nmultiple_heads = true\n",
    );
    project.ok(&["release v1"]);
    project.check(
        &["rebase b111"],
        &expect![[r#"
        $ rebase b111
        ! error: `b111` was released as v1: databases have it where it is
        !   = help: `merge` joins the heads and moves nothing
        [1]
    "#]],
    );
}

#[test]
fn many_become_one() {
    let project = Project::linear()
        .on_sqlite()
        .revision("d1", "27c6", "after", "");
    project.ok(&["lock", "upgrade", "release v1"]);
    let before = project.run("log --json").out;
    project.check(
        &[
            "squash ae10:27c6 -m 'before 2.0' --rev-id s1",
            "history",
            "check",
            "verify",
        ],
        &expect![[r#"
            $ squash ae10:27c6 -m 'before 2.0' --rev-id s1
            Squashed 3 revisions into versions/s1.sql
            $ history
            s1 -> d1 (head), after
            <base> -> s1, before 2.0
            $ check
            2 revisions: the files are right, and all is applied
            $ verify
            ! every applied revision is as it was
        "#]],
    );
    assert_eq!(project.run("log --json").out, before);
    assert_eq!(project.versions().len(), 3);
    assert!(
        project
            .read("versions/chain.lock")
            .lines()
            .any(|line| line.starts_with("s1 ") && line.starts_with("s1 v1 "))
    );
    // From nothing it makes the same.
    project.ok(&[
        "upgrade --url sqlite:other.db",
        "downgrade base --url sqlite:other.db",
        "downgrade base",
        "upgrade",
    ]);
}

#[test]
fn what_cannot_be_squashed_says_why() {
    let project = Project::merged().file(
        "versions/d1.sql",
        "-- alone\n-- revision: d1\n-- down_revision: cccc\n\n-- upgrade (own transaction)\nSELECT 1;\n-- downgrade: nothing\n",
    );
    project.check(
        &[
            "squash ae10:head",
            "squash ae10:ae10",
            "squash cccc:d1",
            "squash zz:",
            "squash ae10",
            "squash 1975:27c6",
        ],
        &expect![[r#"
            $ squash ae10:head
            ! error: `1975` is followed by others too
            !   = note: only a straight line of SQL revisions can be squashed; nothing was written
            [1]
            $ squash ae10:ae10
            ! error: `ae10` is one revision already
            !   = note: only a straight line of SQL revisions can be squashed; nothing was written
            [1]
            $ squash cccc:d1
            ! error: the upgrade of `d1` has a transaction of its own, or none: squash up to it and from it on
            !   = note: nothing was written
            [1]
            $ squash zz:
            ! error: there is no revision or branch label `zz`
            !   = help: `history` lists the revisions
            [1]
            $ squash ae10
            ! error: `ae10` is no range
            !   = help: a range is A:B, A: or :B, such as ae10:head, -2:current or :1975
            [2]
            $ squash 1975:27c6
            ! error: `1975` is followed by others too
            !   = note: only a straight line of SQL revisions can be squashed; nothing was written
            [1]
        "#]],
    );
    assert_eq!(project.versions().len(), 6);
}

#[test]
fn a_database_inside_what_was_squashed_is_told_so() {
    let project = Project::linear().on_sqlite();
    project.ok(&["upgrade 1975", "squash :head"]);
    let ran = project.run("upgrade");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("in the middle of what"), "{}", ran.err);
}

#[test]
fn nothing_of_a_persons_is_overwritten() {
    let project = Project::linear().file("versions/d1.sql.orig", "mine");
    let before = project.versions();
    // The name is taken by a folder.
    std::fs::create_dir(project.path("versions/d1.sql")).unwrap();
    let ran = project.run("revision -m more --rev-id d1");
    assert_eq!(ran.exit, Exit::Failed);
    assert!(
        ran.err.contains("is there already, and stays as it is"),
        "{}",
        ran.err
    );
    std::fs::remove_dir(project.path("versions/d1.sql")).unwrap();
    assert_eq!(project.versions(), before, "no temporary file stays");
}

#[test]
fn a_shell_completes() {
    let project = Project::linear();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = project.run(&format!("completions {shell}"));
        assert!(
            ran.out.contains("downgrade") && ran.out.contains("cargo-migrate"),
            "{shell}"
        );
    }
    assert_eq!(project.run("completions cmd").exit, Exit::Usage);
    let app = migrate_cli::App::from_disk()
        .program("shop migrate")
        .current_dir(project.dir());
    assert!(
        run(app, "completions fish")
            .out
            .contains("complete -c shop")
    );
}

#[test]
fn a_word_of_alembic_says_what_takes_its_place() {
    Project::linear().check(
        &[
            "ensure_version",
            "edit ae10",
            "list_templates",
            "upgrade head -x a=b",
        ],
        &expect![[r#"
            $ ensure_version
            ! error: `ensure_version` is Alembic's
            !   = help: our tables are made by the first `upgrade`; `create` makes the database
            [2]
            $ edit ae10
            ! error: `edit` is Alembic's
            !   = help: `show REV` names the file to open
            [2]
            $ list_templates
            ! error: `list_templates` is Alembic's
            !   = help: `template` in migrate.toml names the text of new files, `file_template` their names
            [2]
            $ upgrade head -x a=b
            ! error: `-x` is Alembic's
            !   = help: what a revision needs from outside is an environment variable, read by Rust code
            [2]
        "#]],
    );
}

#[test]
fn manual_pages_are_written() {
    let project = Project::linear();
    let page = project.run("man");
    assert!(page.out.starts_with(".ie"), "{}", page.out);
    project.ok(&["man --dir man"]);
    let upgrade = project.read("man/cargo-migrate-upgrade.1");
    assert!(upgrade.contains("breaking"), "{upgrade}");
    assert!(project.path("man/cargo-migrate.1").is_file());
}

#[test]
fn what_a_folder_holds_is_locked_from_the_start() {
    let project = Project::empty()
        .revision("ae10", "none", "create users", "")
        .revision("1975", "ae10", "add email", "");
    project.ok(&["init --dialect sqlite"]);
    let lock = project.read("versions/chain.lock");
    assert!(lock.contains("ae10") && lock.contains("1975"), "{lock}");
    project.ok(&["check --files"]);
    let unknown = Project::empty().revision("ae10", "none", "create users", "");
    unknown.check(
        &["lock"],
        &expect![[r#"
            $ lock
            ! error: which database the revisions are for isn't known: no file, flag or URL names one
            !   = note: nothing was written
            !   = help: say it with `--dialect sqlite`, `--dialect postgres` or both, and chain.lock keeps it
            [1]
        "#]],
    );
    assert!(!unknown.path("versions/chain.lock").exists());
}

#[test]
fn a_release_fills_each_spelling_of_its_place() {
    let project = Project::empty().file("migrate.toml", "dialects = [\"sqlite\"]\n");
    for (id, down, name) in [
        ("a1", "none", "a1-vX_X_X"),
        ("b1", "a1", "b1-vx_x_x"),
        ("c1", "b1", "c1-vx-x-x"),
        ("d1", "c1", "d1_vX.X.X"),
    ] {
        let text = format!(
            "-- {name}\n-- revision: {id}\n-- down_revision: {down}\n\n-- upgrade: nothing\n-- downgrade: nothing\n"
        );
        project.write(&format!("versions/{name}.sql"), &text);
    }
    project.ok(&["release v1.2.0"]);
    assert_eq!(
        project.versions(),
        [
            "a1-v1_2_0.sql",
            "b1-v1_2_0.sql",
            "c1-v1-2-0.sql",
            "chain.lock",
            "d1_v1.2.0.sql"
        ]
    );
    assert!(
        project
            .read("versions/c1-v1-2-0.sql")
            .starts_with("-- c1-v1-2-0\n")
    );
}

/// A revision that is still to be written is in the way of nothing but itself.
#[test]
fn a_blank_head_hides_nothing() {
    let project = Project::linear().on_sqlite();
    project.ok(&["upgrade", "revision -m 'vx_x_x' --rev-id d1"]);
    project.check(
        &[
            "current",
            "history",
            "verify",
            "upgrade",
            "upgrade 27c6",
            "upgrade --sql",
            "stamp d1",
            "downgrade -1",
            "upgrade 27c6",
            "check",
        ],
        &expect![[r#"
            $ current
            27c6
            $ history
            27c6 -> d1 (head), vx_x_x
            1975 -> 27c6, add phone
            ae10 -> 1975, add email
            <base> -> ae10, create users
            $ verify
            ! every applied revision is as it was
            $ upgrade
            ! error: `d1` (versions/d1.sql) is still to be written
            !   = note: nothing was changed
            !   = help: write its script, or let `revision --autogenerate` do it, and build again; a release build takes no blank revision
            [1]
            $ upgrade 27c6
            ! nothing to do: the database is at 27c6
            $ upgrade --sql
            ! error: `d1` (versions/d1.sql) is still to be written
            !   = note: nothing was changed
            !   = help: write its script, or let `revision --autogenerate` do it, and build again; a release build takes no blank revision
            [1]
            $ stamp d1
            ! error: `d1` (versions/d1.sql) is still to be written
            !   = note: nothing was changed
            !   = help: write its script, or let `revision --autogenerate` do it, and build again; a release build takes no blank revision
            [1]
            $ downgrade -1
            ! Running downgrade 27c6 -> 1975, add phone
            $ upgrade 27c6
            ! Running upgrade 1975 -> 27c6, add phone
            $ check
            ! error: 2 problems in the versions directory
            !
            ! the upgrade section is blank
            !   --> versions/d1.sql:7:1
            !    |
            !  7 | -- upgrade
            !    | ^^^^^^^^^^
            !   = help: write the script, or `-- upgrade: nothing` if it does nothing on purpose
            !
            ! the downgrade section is blank
            !   --> versions/d1.sql:10:1
            !     |
            !  10 | -- downgrade
            !     | ^^^^^^^^^^^^
            !   = help: write the script, or `-- downgrade: nothing` if it does nothing on purpose
            [1]
        "#]],
    );
}
