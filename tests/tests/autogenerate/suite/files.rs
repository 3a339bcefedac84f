//! Heads, models, and files.

use expect_test::expect;
use migrate_runtime::{Dialect, Migrations, Options};
use migrate_schema::testing::Suite;

use super::MIGRATIONS;
use super::support::{NONE, Written};
use crate::releases::{FIRST, SECOND};

#[test]
fn models_that_ask_for_more_are_told() {
    let suite = Suite::new(&MIGRATIONS, &FIRST, env!("CARGO_MANIFEST_DIR"));
    let told = format!("{:?}", suite.models_match().unwrap_err());
    assert!(told.contains("models and chain differ"), "{told}");
    assert!(told.contains("--rename users.email=mail"), "{told}");
    // An index that only the chain has.
    let chain = Written::new(&[Dialect::Sqlite])
        .revision("a1", "CREATE TABLE t (a int)")
        .migrations();
    let suite = Suite::new(&chain, &NONE, "");
    expect![[r#"
        the models ask for what the chain doesn't make:
          sqlite: drop table t
          = help: `revision --autogenerate -m ..` writes it, and `check` prints it"#]]
    .assert_eq(&format!("{:?}", suite.models_match().unwrap_err()));
}

#[test]
fn several_heads_are_told() {
    let chain = Written::new(&[Dialect::Sqlite])
        .revision("a1", "SELECT 1")
        .revision("b1", "SELECT 1");
    let text = chain.read("versions/b1.sql").replace("b1", "b2");
    chain.write("versions/b2.sql", &text);
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite];
    options.multiple_heads = true;
    let migrations = Migrations::load(chain.path().join("versions"), &options).unwrap();
    let told = Suite::new(&migrations, &NONE, "").single_head();
    expect![[r#"
        several heads: b1, b2
          = help: join them: `merge` or `rebase`"#]]
    .assert_eq(&format!("{:?}", told.unwrap_err()));
}

#[test]
fn files_that_the_program_was_not_built_from_are_told() {
    let chain = Written::new(&[Dialect::Sqlite]).revision("a1", "SELECT 1");
    let migrations = chain.migrations();
    let chain = chain.revision("b1", "SELECT 1");
    let dir = chain.path().to_str().unwrap();
    let told = Suite::new(&migrations, &SECOND, dir).embedded_matches_disk();
    expect![[r#"
        the program was built from a1, and the files say a1, b1
          = help: build.rs has to say `cargo::rerun-if-changed=` of the versions directory"#]]
    .assert_eq(&format!("{:?}", told.unwrap_err()));
    let told = Suite::new(&migrations, &SECOND, "no-such-folder").embedded_matches_disk();
    expect![[r#"
        the versions directory is not right
        there is no such directory
          --> versions
          = help: `cargo migrate init` makes one; the path is relative to the crate's Cargo.toml
          = help: in a published crate, `package.include` must list it"#]]
    .assert_eq(&format!("{:?}", told.unwrap_err()));
}
