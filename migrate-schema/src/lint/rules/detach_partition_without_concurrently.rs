//! `detach-partition-without-concurrently`: a partition is detached while nobody can use the table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "detach-partition-without-concurrently",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A partition is detached while nobody can use the table.",
    known_as: "squawk require-concurrent-partition-detach; pgfence 22",
    check,
    bad: &[(
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);",
        "ALTER TABLE p DETACH PARTITION p1;",
    )],
    good: &[(
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);",
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DetachPartition {
            table,
            is_concurrent: false,
            ..
        } = seen.act
            && step.stands(table)
        {
            found.add(Group::Locks, seen, table, format!("nobody can use {table} until the step commits"), "DETACH PARTITION .. CONCURRENTLY, in a revision of its own with `-- upgrade (postgres, no transaction)`");
        }
    }
}
