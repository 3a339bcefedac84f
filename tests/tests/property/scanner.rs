//! Where a statement ends, says the scanner, is where it ends for the databases.

use std::ops::Range;
use std::sync::Mutex;

use migrate_chain::Dialect;
use migrate_chain::sql::{Section, inspect, statements};
use migrate_tests::{Postgres, postgres, sqlite};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rusqlite::fallible_iterator::FallibleIterator as _;

use super::executed::config;
use super::fragments::{TABLE, script};

/// The scanner finds the statements that the script was made of, and nothing to say of them.
fn split(script: &str, expected: &[String], dialect: Dialect) {
    let inspection = inspect(script, &Section::new(dialect));
    assert_eq!(inspection.findings, [], "{dialect}: {script:?}");
    let ranges: Vec<_> = statements(script, dialect)
        .map(|statement| statement.range)
        .collect();
    let texts: Vec<&str> = ranges.iter().map(|range| &script[range.clone()]).collect();
    assert_eq!(texts, expected, "{dialect}: {script:?}");
    cover(script, &ranges, dialect);
}

/// Ranges are in order and apart, and between them is nothing that would run.
pub(crate) fn cover(script: &str, ranges: &[Range<usize>], dialect: Dialect) {
    let mut end = 0;
    let rest = script.len()..script.len();
    for range in ranges.iter().chain([&rest]) {
        assert!(end <= range.start, "{ranges:?} of {script:?}");
        let between = &script[end..range.start];
        assert_eq!(
            statements(between, dialect).next(),
            None,
            "{between:?} of {script:?}"
        );
        end = range.end;
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn sqlite_splits_a_script_there(seed in any::<u64>(), len in 1usize..8) {
        let (script, expected) = script(seed, len, Dialect::Sqlite);
        split(&script, &expected, Dialect::Sqlite);
        let connect = || {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            connection.execute_batch(TABLE).unwrap();
            connection
        };
        let whole = connect();
        whole.execute_batch(&script).unwrap_or_else(|error| panic!("{error}: {script}"));

        // SQLite's own splitting finds as many: none of ours is two.
        let own = connect();
        let mut batch = rusqlite::Batch::new(&own, script.trim_start_matches('\u{feff}'));
        let mut count = 0;
        while let Some(mut statement) = batch.next().unwrap() {
            statement.raw_query().next().unwrap();
            count += 1;
        }
        prop_assert_eq!(count, expected.len(), "{}", &script);

        let each = connect();
        for statement in statements(&script, Dialect::Sqlite) {
            let text = &script[statement.range];
            each.execute_batch(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
        prop_assert_eq!(sqlite::dump(&whole), sqlite::dump(&each), "{}", &script);
    }
}

#[test]
fn postgres_splits_a_script_there() {
    let database = Postgres::shared().database();
    let mut client = database.connect();
    let fresh = format!(
        "DROP SCHEMA IF EXISTS scratch CASCADE; CREATE SCHEMA scratch; SET search_path = scratch; {TABLE}"
    );
    let client = Mutex::new(&mut client);
    let strategy = (any::<u64>(), 1usize..8);
    let tested = TestRunner::new(config(60)).run(&strategy, |(seed, len)| {
        let (script, expected) = script(seed, len, Dialect::Postgres);
        split(&script, &expected, Dialect::Postgres);
        let mut client = client
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let sent = script.trim_start_matches('\u{feff}');
        client.batch_execute(&fresh).unwrap();
        client
            .batch_execute(sent)
            .unwrap_or_else(|error| panic!("{error:?}: {script}"));
        let whole = postgres::dump(&mut client);

        client.batch_execute(&fresh).unwrap();
        for statement in statements(&script, Dialect::Postgres) {
            // The extended protocol takes one statement at a time.
            let text = &script[statement.range];
            client
                .execute(text, &[])
                .unwrap_or_else(|error| panic!("{error:?}: {text}"));
        }
        prop_assert_eq!(whole, postgres::dump(&mut client), "{}", &script);
        Ok(())
    });
    tested.unwrap_or_else(|error| panic!("{error}"));
}
