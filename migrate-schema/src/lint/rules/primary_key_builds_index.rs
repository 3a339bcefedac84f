//! `primary-key-builds-index`: a primary key builds its index, or has to look for NULLs.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Seen, Step, is_named};

pub(super) const RULE: Rule = Rule {
    id: "primary-key-builds-index",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A primary key builds its index, or has to look for NULLs.",
    known_as: "Atlas PG104, PG304; eugene W14; squawk adding-serial-primary-key-field",
    check,
    bad: &[
        (
            "CREATE TABLE a (id integer);",
            "ALTER TABLE a ADD PRIMARY KEY (id);",
        ),
        (
            "CREATE TABLE a (id integer);",
            "ALTER TABLE a ADD COLUMN k integer DEFAULT 1 PRIMARY KEY;",
        ),
        (
            "CREATE TABLE a (id integer); CREATE UNIQUE INDEX k ON a (id);",
            "ALTER TABLE a ADD CONSTRAINT k PRIMARY KEY USING INDEX k;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE a (id integer NOT NULL); CREATE UNIQUE INDEX k ON a (id);",
            "ALTER TABLE a ADD CONSTRAINT k PRIMARY KEY USING INDEX k;",
        ),
        (
            "",
            "CREATE TABLE a (id integer); ALTER TABLE a ADD PRIMARY KEY (id);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::PrimaryKey =>
            {
                table
            }
            Act::AddColumn { table, column } if column.is_primary_key => table,
            _ => continue,
        };
        if step.stands(table) && !is_ready(step, seen, table) {
            found.add(Group::Locks, seen, table, format!("nobody can use {table} while its rows are read for the key"), "SET NOT NULL with a valid CHECK, CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT .. PRIMARY KEY USING INDEX");
        }
    }
}

/// Whether the index is there, and its columns take no NULL.
fn is_ready(step: &Step<'_>, seen: Seen<'_>, table: &str) -> bool {
    let Act::AddConstraint { constraint, .. } = seen.act else {
        return false;
    };
    let after = step
        .table_after(table)
        .and_then(|table| table.primary_key.as_ref());
    let is_set = |column: &str| {
        let mut above = step.acts().filter(|one| one.index < seen.index);
        above.any(|one| match one.act {
            Act::SetNotNull {
                table: of,
                column: own,
            } => is_named(of, table) && is_named(own, column),
            _ => false,
        })
    };
    let is_filled = |column: &String| {
        let before = step.column_before(table, column);
        before.is_some_and(|one| !one.nullable) || is_set(column)
    };
    constraint.using_index && after.is_some_and(|key| key.columns.iter().all(is_filled))
}
