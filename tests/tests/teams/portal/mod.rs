//! A students' portal on PostgreSQL. From an empty database, all migrations from start to finish give one that is ready
//! for production; from an older version, the latest ones keep the data. Generating a script needs nothing but the
//! checkout: no development environment, no forwarded port, no variable.

mod models;

use migrate_runtime::Dialect;
use migrate_tests::{Postgres, postgres};

use crate::support::{Checkout, Release, execute, value};
use models::{FIRST, SECOND, THIRD};

/// The tables that are ours, not the portal's.
const OURS: &[&str] = &[
    "migrate_revision",
    "migrate_log",
    "migrate_in_progress",
    "migrate_setting",
];

#[test]
fn a_checkout_is_all_it_takes() {
    let checkout = Checkout::empty(&[Dialect::Postgres]);
    // As the command writes it, with a URL where nobody needs to answer.
    checkout.ok("init --dialect postgres");
    let first = generated(&checkout, &FIRST, "5c0e71ab92f4", "students");
    let second = generated(&checkout, &SECOND, "91b7d3e8460a", "degrees and courses");
    let third = generated(&checkout, &THIRD, "e64f02c7d81b", "enrolments");

    // From an empty database to production.
    let fresh = Postgres::shared().database();
    third.start(&fresh.url()).ok("a start on nothing");

    // From the first version, whose rows stay, with a start of every release in between.
    let grown = Postgres::shared().database();
    first.start(&grown.url()).ok("the first release");
    execute(
        &grown,
        "INSERT INTO students (mail, name) VALUES ('ada@uni', 'Ada'), ('max@uni', 'Max')",
    );
    second.start(&grown.url()).ok("the second release");
    execute(&grown, "INSERT INTO courses (title) VALUES ('Analysis')");
    third.start(&grown.url()).ok("the third release");
    let students =
        "SELECT string_agg(id || email || name || degree, ' ' ORDER BY id) FROM students";
    assert_eq!(
        value(&grown, students),
        "1ada@uniAdabachelor 2max@uniMaxbachelor"
    );
    assert_eq!(value(&grown, "SELECT title FROM courses"), "Analysis");

    // And from the first one at once.
    let behind = Postgres::shared().database();
    first.start(&behind.url()).ok("the first release");
    execute(
        &behind,
        "INSERT INTO students (mail, name) VALUES ('eva@uni', 'Eva')",
    );
    third.start(&behind.url()).ok("two releases later");
    assert_eq!(value(&behind, "SELECT email FROM students"), "eva@uni");

    // Without their rows, the three are one.
    for database in [&grown, &behind] {
        execute(
            database,
            "TRUNCATE students, courses, enrolments RESTART IDENTITY",
        );
        assert_eq!(shape(database), shape(&fresh));
    }
    // The first release asks for a column that is gone.
    first.start(&fresh.url()).refused(1);
    second
        .start(&fresh.url())
        .ok("the second release, rolled back to");
}

/// Writes what the models ask for, without any environment, and builds a release of it.
fn generated(
    checkout: &Checkout,
    models: &migrate_runtime::Schema,
    id: &str,
    message: &str,
) -> Release {
    let alone = checkout.cloned();
    let line = format!("revision --autogenerate -m '{message}' --rev-id {id}");
    alone.app_ok(models, &line);
    let name = alone.revisions().pop().unwrap();
    // Pulled into the checkout.
    for path in [format!("versions/{name}"), "versions/chain.lock".to_owned()] {
        checkout.write(&path, &alone.read(&path));
    }
    checkout.app_ok(models, "check --files");
    checkout.release()
}

fn shape(database: &postgres::Database) -> String {
    postgres::dump_without(&mut database.connect(), OURS)
}
