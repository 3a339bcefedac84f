//! Snapshots that both databases share.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use expect_test::Expect;

/// What `UPDATE_EXPECT` has rewritten in this process: the snapshot, and the text it got.
static REWRITTEN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// A snapshot in a test that runs once per database.
pub trait Shared {
    /// Asserts as [`Expect::assert_eq`] does, which rewrites a snapshot each time it differs, and so garbles one
    /// that two tests of a process share: here the first rewrites it, and the second must agree.
    fn assert_shared(&self, actual: &str);
}

impl Shared for Expect {
    fn assert_shared(&self, actual: &str) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let place = format!("{self:?}");
            let mut rewritten = REWRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(first) = rewritten.get(&place) {
                assert_eq!(first, actual, "another text than on the other database");
                return;
            }
            rewritten.insert(place, actual.to_owned());
        }
        self.assert_eq(actual);
    }
}
