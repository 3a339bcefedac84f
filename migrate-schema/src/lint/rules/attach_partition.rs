//! `attach-partition`: a table becomes a partition: its rows are checked.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "attach-partition",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A table becomes a partition: its rows are checked.",
    known_as: "pgfence 21",
    check,
    bad: &[(
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id); CREATE TABLE p1 (id integer);",
        "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (9);",
    )],
    good: &[(
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id);",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AttachPartition { table, .. } = seen.act
            && step.stands(table)
        {
            found.add(Group::Locks, seen, table, format!("all rows of the new partition of {table} are read while nobody can use it, and those of its DEFAULT partition"), "add a CHECK with the bounds to it first, NOT VALID and then validated: the rows are not read then");
        }
    }
}
