//! States that are not taken over, each with a text of its own.

use expect_test::{Expect, expect};
use migrate_runtime::{ErrorKind, Migrator, Startup};

use super::{ADOPT, STEPS, TABLE, imported, imported_with, numbers, old_tool, ours};
use crate::support::{Engine, Versions};

on_both!(
    a_step_half_done,
    a_key_that_nobody_knows,
    another_checksum,
    the_checksum_of_a_crlf_checkout_is_right,
    a_hole,
    a_hole_without_a_key,
    a_part_of_a_baseline,
    a_query_that_answers_otherwise,
    a_query_that_fails,
    a_table_that_takes_no_record,
);

/// Starts, and gets an error that leaves everything as it was, whoever asks.
fn refused<E: Engine>(database: &E, chain: Versions, kind: &str, keys: &[&str], expected: &Expect) {
    let chain = chain.load::<E>();
    let mut client = database.connect();
    let before = database.dump();
    let error = chain.run(&mut client).unwrap_err();
    expected.assert_eq(&format!("{error:#}\n"));
    let refusal = error.refusal().expect("a refusal");
    assert_eq!((refusal.kind.name(), refusal.from.as_str()), (kind, "mig"));
    assert_eq!(refusal.keys, keys);
    let is = |error: &migrate_runtime::Error| match kind {
        "half_done" => error.kind() == ErrorKind::Interrupted,
        _ => error.kind() == ErrorKind::Adoption,
    };
    let mut check = Migrator::new(&chain).startup(Startup::Check);
    let mut asks = Migrator::new(&chain).ask(|_| panic!("nothing is to be agreed to"));
    let others = [
        error,
        check.run(&mut client).unwrap_err(),
        asks.run(&mut client).unwrap_err(),
        chain.adopt(&mut client).unwrap_err(),
        chain.plan_adopt(&mut client).unwrap_err(),
        chain.upgrade(&mut client, "head").unwrap_err(),
        chain.downgrade(&mut client, "base").unwrap_err(),
    ];
    assert!(others.iter().all(is), "{others:?}");
    assert_eq!(database.dump(), before);
}

fn a_step_half_done<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    E::execute(
        &mut client,
        "INSERT INTO done (version, state) VALUES (2, 'failed')",
    );
    refused(
        &database,
        imported(),
        "half_done",
        &["2"],
        &expect![[r#"
            mig has left `2` half done
              = note: nothing was changed, here or there
              = note: how far it came, only a person can tell
              = help: look at the database, finish or undo that by hand, and have mig record it so; then start again
        "#]],
    );
    // Mended with the old tool's own means.
    E::execute(&mut client, "DELETE FROM done WHERE version = 2");
    imported().load::<E>().run(&mut client).unwrap();
    assert_eq!(numbers::<E>(&mut client), ["1", "2", "3", "4"]);
}

fn a_key_that_nobody_knows<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    E::execute(
        &mut client,
        "INSERT INTO done (version, state) VALUES (7, 'applied'), (8, 'applied'), (100, 'applied')",
    );
    refused(
        &database,
        imported(),
        "unknown",
        &["7", "8"],
        &expect![[r#"
            mig has applied `7`, `8`, which no revision of this program stands for
              = note: nothing was changed, here or there
              = help: is this the right database, and the newest release of this program?
              = help: files that mig got since are added by `cargo migrate import`; a key that no revision needs is named in versions/adopt.sql: `-- without: 7`
        "#]],
    );
    let without = ADOPT.replace("without: 100", "without: 100, 7, 8");
    let report = imported_with(&without)
        .load::<E>()
        .run(&mut client)
        .unwrap();
    assert_eq!(report.steps.len(), 4);
}

fn another_checksum<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    E::execute(
        &mut client,
        "UPDATE done SET sum = 'ffff' WHERE version = 2",
    );
    refused(
        &database,
        imported(),
        "edited",
        &["2"],
        &expect![[r#"
        mig has recorded another checksum of `2` than this program has
          = note: nothing was changed, here or there
          = note: `2` is versions/b1.sql; recorded is ffff
          = help: the file was edited after it ran: put it back, and import it again; or, once a person has seen that both mean the same, add the recorded checksum: `-- adopts: KEY SUM|SUM`
    "#]],
    );
}

fn the_checksum_of_a_crlf_checkout_is_right<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    E::execute(
        &mut client,
        "UPDATE done SET sum = 'BB12' WHERE version = 2; UPDATE done SET sum = NULL WHERE version = 1",
    );
    let report = imported().load::<E>().adopt(&mut client).unwrap();
    assert_eq!(report.to, ["b1"]);
}

fn a_hole<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 3);
    E::execute(&mut client, "DELETE FROM done WHERE version = 2");
    refused(
        &database,
        imported(),
        "missing_below",
        &["2"],
        &expect![[r#"
            mig has applied `3`, and `2` below it is missing
              = note: nothing was changed, here or there
              = note: `b1` (versions/b1.sql) comes before `c1`
              = help: it was added to the middle of the history after the database had passed that place: run it with mig, which may need to be allowed to, or by hand and record it there; then start again
        "#]],
    );
}

/// Nothing tells whether it was run.
fn a_hole_without_a_key<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    let chain = || {
        Versions::new()
            .file("adopt.sql", ADOPT)
            .with(
                "a1",
                "",
                "-- adopts: 1",
                "\n-- upgrade\nSELECT 1;\n-- downgrade: nothing",
            )
            .sql("x1", "a1", "SELECT 1;", "")
            .with(
                "b1",
                "x1",
                "-- adopts: 2",
                "\n-- upgrade\nSELECT 1;\n-- downgrade: nothing",
            )
    };
    refused(
        &database,
        chain(),
        "missing_below",
        &[],
        &expect![[r#"
        mig has applied `2`, and `x1`, which no key of mig's stands for, below it is missing
          = note: nothing was changed, here or there
          = note: `x1` (versions/x1.sql) comes before `b1`
          = help: it was added to the middle of the history after the database had passed that place: run it with mig, which may need to be allowed to, or by hand and record it there; then start again
    "#]],
    );
}

fn a_part_of_a_baseline<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 2);
    let base = format!(
        "\n-- upgrade\n{};\n\n-- downgrade: nothing",
        STEPS.join(";\n")
    );
    let chain =
        Versions::new()
            .file("adopt.sql", ADOPT)
            .with("c1", "", "-- adopts: 1, 2, 3", &base);
    refused(
        &database,
        ours(chain),
        "inside",
        &["3"],
        &expect![[r#"
        the database is in the middle of what `c1` stands for: mig has applied `1`, `2`, and not `3`
          = note: nothing was changed, here or there
          = help: bring it up to `3` with mig first, with the last release that still has it; then start this one
    "#]],
    );
}

fn fails<E: Engine>(adopt: &str, prepare: &str, expected: &Expect) {
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, &format!("{TABLE}; {prepare}"));
    let before = database.dump();
    let error = imported_with(adopt)
        .load::<E>()
        .run(&mut client)
        .unwrap_err();
    expected.assert_eq(&format!("{error:#}\n"));
    assert_eq!(database.dump(), before);
}

fn a_query_that_answers_otherwise<E: Engine>() {
    let row = "INSERT INTO done (version, state) VALUES (1, 'done')";
    fails::<E>(
        ADOPT,
        row,
        &expect![[r#"
        the query `-- applied` of adopt.sql for what mig has applied answers with `done` as the state of `1`
          = help: it yields a key, a state (`applied`, `upto`, `failed` or `undone`) and, where the tool has one, a checksum
    "#]],
    );
    let adopt = ADOPT.replace("SELECT version, state, sum", "SELECT version");
    fails::<E>(
        &adopt,
        row,
        &expect![[r#"
        the query `-- applied` of adopt.sql for what mig has applied answers with a row without a key or a state
          = help: it yields a key, a state (`applied`, `upto`, `failed` or `undone`) and, where the tool has one, a checksum
    "#]],
    );
}

fn a_query_that_fails<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    E::execute(&mut client, TABLE);
    let adopt = ADOPT.replace("SELECT version, state", "SELECT version, success");
    let error = imported_with(&adopt)
        .load::<E>()
        .run(&mut client)
        .unwrap_err();
    assert_eq!(error.place().unwrap().to_string(), "versions/adopt.sql:6:1");
    let text = format!("{error:#}");
    assert!(
        text.contains("what mig has applied can't be read"),
        "{text}"
    );
    assert!(text.contains("success"), "{text}");
}

/// What can't be recorded there is not run here either.
fn a_table_that_takes_no_record<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    old_tool::<E>(&mut client, 1);
    let before = database.dump();
    let adopt = ADOPT.replace(
        "version, name, state, sum) VALUES",
        "version, title, state, sum) VALUES",
    );
    let error = imported_with(&adopt)
        .load::<E>()
        .run(&mut client)
        .unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("versions/b1.sql: the upgrade of `b1` can't be recorded for mig"),
        "{text}"
    );
    assert!(text.contains("title"), "{text}");
    assert!(text.contains("`-- record`"), "{text}");
    assert_eq!(database.dump(), before);
}
