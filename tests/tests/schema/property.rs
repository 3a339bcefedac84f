//! Random schemas, one made of the other with rows in its tables, and back.

mod around;
mod spec;

use migrate_schema::diff::diff;
use migrate_schema::hints::Hints;
use migrate_tests::dag::Draw;

use crate::change::{Change, Read, schema_of};
use crate::support::{Postgres, Sqlite};
use spec::Spec;

/// So many times as many as usual, for a machine that has nothing else to do.
fn times() -> u64 {
    let times = std::env::var("MIGRATE_TEST_TIMES");
    times.map_or(1, |times| times.parse().unwrap())
}

#[test]
fn sqlite() {
    (0..100 * times()).for_each(pair::<Sqlite>);
}

#[test]
fn postgres() {
    (0..40 * times()).for_each(pair::<Postgres>);
}

/// Makes one random schema of another, and back.
fn pair<E: Read>(seed: u64) {
    let mut draw = Draw::new(seed);
    let one = Spec::random::<E>(&mut draw);
    let mut other = if draw.percent(70) {
        one.mutated::<E>(&mut draw)
    } else {
        Spec::random::<E>(&mut draw)
    };
    other.reconcile(&one, &mut draw);
    let (before, rows) = (one.ddl::<E>() + &one.verbatim::<E>(&other), one.rows());
    let mut after = other.ddl::<E>();
    let mut answers = one.answers::<E>(&other);
    let (base, wanted) = (schema_of::<E>(&before), schema_of::<E>(&after));
    let changes = diff(&base, &wanted, &Hints::default(), &answers);
    if changes.is_ok_and(|changes| changes.is_empty()) {
        other.tables[0].columns[0].default = Some("77");
        after = other.ddl::<E>();
        answers = one.answers::<E>(&other);
    }
    eprintln!("seed {seed}\n{before}\n{rows}\n{after}");
    Change {
        answers,
        ..Change::new(&before, &rows, &after)
    }
    .carry_out::<E>();
}
