//! Enum values that a script adds and uses: PostgreSQL refuses to before a commit.

use std::collections::BTreeSet;

use migrate_chain::Dialect;

use crate::operation::{Change, EnumOperation, Operation};
use crate::sql::holds;

/// The enum types that a value is added to which another operation writes as a constant:
/// PostgreSQL refuses to use it before a commit.
pub(super) fn used_early(operations: &[Change]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for change in operations {
        let Operation::Enum(EnumOperation::AddValue { of, value, .. }) = &change.operation else {
            continue;
        };
        let mut texts = operations.iter().flat_map(Change::constants);
        if texts.any(|text| holds(text, Dialect::Postgres, value)) {
            used.insert(of.clone());
        }
    }
    used
}
