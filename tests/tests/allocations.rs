//! An up-to-date start allocates the same for ten revisions as for ten thousand.
//!
//! A binary of its own: the allocator counts for the whole process.

// Helpers fail the way a test does: loudly, at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::System;

use migrate_runtime::{Dialect, Migrations, Options, Outcome, embed_migrations};
use migrate_tests::{Postgres, sqlite};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static EMBEDDED: Migrations = embed_migrations!("ui/pass-files/versions", dialects = [sqlite]);

/// A line of revisions that do nothing, read from files.
fn line(len: usize) -> Migrations {
    let dir = tempfile::tempdir().unwrap();
    // Ids of one length, so that the one that is recorded costs the same.
    for at in 1..=len {
        let down = match at {
            1 => "none".to_owned(),
            _ => format!("r{:05}", at - 1),
        };
        let text = format!(
            "-- nothing\n-- revision: r{at:05}\n-- down_revision: {down}\n\n-- upgrade: nothing\n-- downgrade: nothing\n"
        );
        std::fs::write(dir.path().join(format!("r{at:05}.sql")), text).unwrap();
    }
    let mut options = Options::new("versions");
    options.dialects = vec![Dialect::Sqlite, Dialect::Postgres];
    Migrations::load(dir.path(), &options).unwrap()
}

/// What a start allocates that finds nothing to do. Ten thousand rows of history would be slow to
/// write, and are never read: only the head is recorded.
fn cost<C: migrate_runtime::Connection>(
    migrations: &Migrations,
    dialect: Dialect,
    client: &mut C,
    execute: impl FnOnce(&mut C, &str),
) -> Stats {
    let chain = migrations.chain().unwrap();
    migrations.stamp(client, &[chain.get(0).id]).unwrap();
    let head = chain.get(chain.len() - 1);
    let fingerprint = head.fingerprint(dialect).unwrap();
    let sql = format!(
        "UPDATE migrate_revision SET revision = '{}', fingerprint = '{fingerprint}'",
        head.id
    );
    execute(client, &sql);
    let mut start = || {
        let region = Region::new(ALLOCATOR);
        let report = migrations.run(client).unwrap();
        let stats = region.change();
        assert_eq!(report.outcome, Outcome::UpToDate);
        stats
    };
    // The first fill caches of the driver's, and another thread may allocate at any time: the least
    // is what it takes.
    let key = |stats: &Stats| {
        (
            stats.allocations,
            stats.reallocations,
            stats.bytes_allocated,
        )
    };
    (0..20).map(|_| start()).min_by_key(key).unwrap()
}

#[test]
fn an_up_to_date_start_allocates_the_same_for_any_chain() {
    let (few, many) = (line(10), line(10_000));
    let (one, two, three) = (
        sqlite::Database::new(),
        sqlite::Database::new(),
        sqlite::Database::new(),
    );
    let on_sqlite = |migrations, database: &sqlite::Database| {
        cost(
            migrations,
            Dialect::Sqlite,
            &mut database.connect(),
            |client, sql| client.execute_batch(sql).unwrap(),
        )
    };
    let few_cost = on_sqlite(&few, &one);
    assert_eq!(few_cost, on_sqlite(&many, &two));
    // A handful, for the statement, its one row and the report.
    assert!(few_cost.allocations < 20, "{few_cost:?}");
    assert!(few_cost.bytes_allocated < 4000, "{few_cost:?}");

    // An embedded chain, too: its ids are shorter, so bytes may differ, but not how often.
    let embedded = on_sqlite(&EMBEDDED, &three);
    assert_eq!(embedded.allocations, few_cost.allocations);

    // On PostgreSQL nearly half of them are the driver's own.
    let on_postgres = |migrations| {
        let database = Postgres::shared().database();
        cost(
            migrations,
            Dialect::Postgres,
            &mut database.connect(),
            |client, sql| client.batch_execute(sql).unwrap(),
        )
    };
    let few_cost = on_postgres(&few);
    assert_eq!(few_cost.allocations, on_postgres(&many).allocations);
    assert!(few_cost.allocations < 40, "{few_cost:?}");
}
