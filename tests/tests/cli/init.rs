//! `init` in an app: what it reads in Cargo.toml, and the lines that it says are left.

use expect_test::expect;
use migrate_cli::Exit;

use crate::support::{Project, run};

/// What `init` says in an app of these dependencies.
fn says(dependencies: &str) -> String {
    let manifest = format!("[package]\nname = \"app\"\nversion = \"0.1.0\"\n\n{dependencies}");
    let project = Project::empty().file("Cargo.toml", &manifest);
    let ran = project.run("init");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    // Who does as it says is told nothing twice, and the chain is for the driver's database.
    let lock = project.read("versions/chain.lock");
    let line = lock
        .lines()
        .find(|line| line.starts_with("dialects"))
        .unwrap();
    format!("{line}\n{}", ran.err)
}

#[test]
fn each_driver_is_recognised() {
    let blocking = says("[dependencies]\nrusqlite = \"0.40\"\n");
    expect![[r#"
        dialects sqlite
        next: in Cargo.toml, for rusqlite, which the app has
            migrate-runtime = { version = "0.1", features = ["rusqlite"] }
        next: in src/main.rs, to embed the chain
            static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!();
        next: where the app opens its database
            MIGRATIONS.run(&mut connection)?;
        next: `cargo migrate revision -m "create users"` writes the first revision
    "#]]
    .assert_eq(&blocking);
    let renamed = says(
        "[dependencies]\ndb = { package = \"tokio-postgres\", version = \"0.7\" }\nmigrate = { package = \"migrate-runtime\", version = \"0.1\", features = [\"chrono\"] }\n",
    );
    expect![[r#"
        dialects postgres
        next: in Cargo.toml, for tokio-postgres, which the app has
            migrate = { package = "migrate-runtime", version = "0.1", features = ["chrono", "tokio-postgres"] }
        next: in src/main.rs, to embed the chain
            static MIGRATIONS: migrate::Migrations = migrate::embed_migrations!();
        next: where the app opens its database
            MIGRATIONS.run_async(&mut client).await?;
        next: `cargo migrate revision -m "create users"` writes the first revision
    "#]]
    .assert_eq(&renamed);
    let sqlx =
        says("[dependencies.sqlx]\nversion = \"0.9\"\nfeatures = [\"sqlite\", \"postgres\"]\n");
    expect![[r#"
        dialects sqlite postgres
        next: in Cargo.toml, for sqlx, which the app has
            migrate-runtime = { version = "0.1", features = ["sqlx-postgres", "sqlx-sqlite"] }
        next: in src/main.rs, to embed the chain
            static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!();
        next: where the app opens its database
            MIGRATIONS.run_async(&mut *pool.acquire().await?).await?;
        next: `cargo migrate revision -m "create users"` writes the first revision
    "#]]
    .assert_eq(&sqlx);
    let line = |said: &str| {
        said.lines()
            .find(|line| line.contains("features"))
            .unwrap_or("")
            .trim()
            .to_owned()
    };
    let old = says("[dependencies]\nsqlx = { version = \"0.8.3\", features = [\"postgres\"] }\n");
    assert_eq!(
        line(&old),
        r#"migrate-runtime = { version = "0.1", features = ["sqlx-0_8-postgres"] }"#
    );
    let diesel = says(
        "[target.'cfg(unix)'.dependencies]\ndiesel = { version = \"2.2\", features = [\"sqlite\"] }\n",
    );
    assert_eq!(
        line(&diesel),
        r#"migrate-runtime = { version = "0.1", features = ["diesel-sqlite"] }"#
    );
    let pool = says("[dependencies]\npostgres = \"0.19\"\nr2d2_postgres = \"0.18\"\n");
    assert_eq!(
        line(&pool),
        r#"migrate-runtime = { version = "0.1", features = ["postgres"] }"#
    );
    assert!(pool.contains("MIGRATIONS.run(&mut client)?;"), "{pool}");
    for (version, feature) in [("1.1", "sqlx-0_8-postgres"), ("2", "sqlx-postgres")] {
        let sea = says(&format!(
            "[dependencies]\nsea-orm = {{ version = {version:?}, features = [\"sqlx-postgres\"] }}\n"
        ));
        assert!(line(&sea).contains(&format!("[{feature:?}]")), "{sea}");
        assert!(
            sea.contains("database.get_postgres_connection_pool()"),
            "{sea}"
        );
    }
    let none = says("[dependencies]\nserde = \"1\"\n[dev-dependencies]\nrusqlite = \"0.40\"\n");
    assert!(none.contains("names no driver yet"), "{none}");
}

#[test]
fn what_a_workspace_says_counts() {
    let project = Project::empty()
        .file(
            "Cargo.toml",
            "[workspace]\nmembers = [\"app\"]\n\n[workspace.dependencies]\nsqlx = { version = \"0.9\", features = [\"postgres\"] }\nmigrate-runtime = \"0.1\"\n",
        )
        .file("app/Cargo.toml", "[package]\nname = \"app\"\n\n[dependencies]\nsqlx = { workspace = true }\nmigrate-runtime.workspace = true\n")
        .file("app/src/lib.rs", "");
    let ran = run(project.app().current_dir(project.path("app")), "init");
    assert_eq!(ran.exit, Exit::Done, "{}", ran.err);
    expect![[r#"
        next: in Cargo.toml, for sqlx, which the app has
            migrate-runtime = { workspace = true, features = ["sqlx-postgres"] }
        next: in src/lib.rs, to embed the chain
            static MIGRATIONS: migrate_runtime::Migrations = migrate_runtime::embed_migrations!();
        next: where the app opens its database
            MIGRATIONS.run_async(&mut *pool.acquire().await?).await?;
        next: `cargo migrate revision -m "create users"` writes the first revision
    "#]]
    .assert_eq(&ran.err);
    // The workspace itself is no app.
    let ran = project.run("init");
    expect![[r#"
        next: the crate that embeds the chain needs a build.rs, so that new revisions are noticed
            fn main() { println!("cargo::rerun-if-changed=PATH/TO/versions"); }
        next: `cargo migrate revision -m "create users"` writes the first revision
    "#]]
    .assert_eq(&ran.err);
    assert!(!project.path("build.rs").exists());
}

/// An app that has all of it is told nothing, and its revisions are locked.
#[test]
fn what_is_there_is_not_asked_for() {
    let project = Project::empty()
        .file("Cargo.toml", "[package]\nname = \"app\"\n\n[dependencies]\nrusqlite = \"0.40\"\nmigrate-runtime = { version = \"0.1\", features = [\"rusqlite\"] }\n")
        .file("src/db/mod.rs", "static M: Migrations = embed_migrations!();")
        .revision("ae10", "none", "create users", "")
        .revision("1975", "ae10", "add email", "");
    project.check(
        &["init", "init", "check --files"],
        &expect![[r#"
            $ init
            Created migrate.toml
            Created versions/chain.lock
            Created build.rs
            $ init
            ! nothing to do: all that `init` makes is there
            $ check --files
            2 revisions: the files are right
        "#]],
    );
}

/// chain.lock stays as it is, and what a person asks for beside it is said.
#[test]
fn another_dialect_is_said_in_the_lock() {
    let project = Project::empty()
        .revision("ae10", "none", "create users", "")
        .file("versions/chain.lock", "dialects sqlite\nae10 open\n");
    project.check(
        &[
            "init --dialect sqlite,postgres",
            "upgrade --url postgres://localhost:1/app --sql",
            "lock --dialect sqlite,postgres",
            "init --dialect sqlite,postgres",
        ],
        &expect![[r#"
            $ init --dialect sqlite,postgres
            Created migrate.toml
            ! next: `cargo migrate lock --dialect sqlite,postgres` makes versions/chain.lock say it, which names sqlite
            $ upgrade --url postgres://localhost:1/app --sql
            ! error: the chain `main` has no scripts for postgres
            !   = help: `cargo migrate lock --dialect postgres` lets it serve this one, `--dialect sqlite,postgres` both: chain.lock says so, and the next build reads it
            [1]
            $ lock --dialect sqlite,postgres
            Wrote versions/chain.lock
            $ init --dialect sqlite,postgres
            ! nothing to do: all that `init` makes is there
        "#]],
    );
    assert!(
        project
            .read("versions/chain.lock")
            .contains("dialects sqlite postgres\n")
    );
}

/// Each feature that is named is one of migrate-runtime.
#[test]
fn the_features_exist() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrate-runtime/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    for dependency in [
        "rusqlite = \"0.40\"",
        "postgres = \"0.19\"",
        "tokio-postgres = \"0.7\"",
        "sqlx = { version = \"0.9\", features = [\"sqlite\", \"postgres\"] }",
        "sqlx = { version = \"0.8\", features = [\"postgres\"] }",
        "diesel = { version = \"2.3\", features = [\"sqlite\", \"postgres\"] }",
        "sea-orm = { version = \"1.1\", features = [\"sqlx-sqlite\", \"sqlx-postgres\"] }",
        "sea-orm = { version = \"2\", features = [\"sqlx-postgres\"] }",
        "tokio-rusqlite = \"0.7\"",
    ] {
        let said = says(&format!("[dependencies]\n{dependency}\n"));
        let line = said
            .lines()
            .find(|line| line.contains("features = ["))
            .unwrap();
        let (_, list) = line.split_once("features = [").unwrap();
        assert!(list.contains('"'), "{dependency}: {line}");
        for feature in list.split('"').skip(1).step_by(2) {
            assert!(manifest.contains(&format!("\n{feature} = [")), "{feature}");
        }
    }
}
