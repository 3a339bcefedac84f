//! What a program leaves out of the engine because its chain needs none of it, and what it does when a database does.

use migrate_runtime::{ErrorKind, Migrations, Migrator, OnAhead, Outcome, embed_migrations};

use crate::support::Engine;

static OLDER: Migrations = embed_migrations!(
    "tests/resilience/releases/older",
    dialects = [sqlite, postgres]
);
static NEWER: Migrations = embed_migrations!(
    "tests/resilience/releases/newer",
    dialects = [sqlite, postgres]
);

on_both!(
    an_embedded_step_outside_a_transaction_runs,
    an_interrupted_step_is_left_to_the_release_that_has_it,
    what_is_ahead_is_undone_by_a_program_that_asks_for_it,
);

fn an_embedded_step_outside_a_transaction_runs<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    let report = NEWER.run(&mut client).unwrap();
    assert_eq!(report.to, ["b1"]);
    assert_eq!(
        OLDER.run(&mut client).unwrap().outcome,
        Outcome::Ahead,
        "nothing of it is breaking"
    );
}

fn an_interrupted_step_is_left_to_the_release_that_has_it<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    OLDER.run(&mut client).unwrap();
    E::execute(&mut client, "INSERT INTO kept VALUES (1), (1)");
    assert_eq!(
        NEWER.run(&mut client).unwrap_err().kind(),
        ErrorKind::Script
    );
    let before = database.dump();

    let error = OLDER.run(&mut client).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
    assert_eq!(
        error.to_string(),
        "the upgrade of `b1` was interrupted, and this program doesn't have that step"
    );
    let story = format!("{error:#}");
    assert!(
        story.contains("start the release that brought it"),
        "{story}"
    );
    assert_eq!(database.dump(), before);

    E::execute(&mut client, "DELETE FROM kept");
    assert_eq!(NEWER.run(&mut client).unwrap().to, ["b1"]);
}

fn what_is_ahead_is_undone_by_a_program_that_asks_for_it<E: Engine>() {
    let database = E::new();
    let mut client = database.connect();
    NEWER.run(&mut client).unwrap();
    let report = Migrator::new(&OLDER)
        .on_ahead(OnAhead::Downgrade)
        .run(&mut client)
        .unwrap();
    assert_eq!(report.to, ["a1"]);
    E::execute(&mut client, "INSERT INTO kept VALUES (1), (1)");
}
