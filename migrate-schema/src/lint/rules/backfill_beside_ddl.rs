//! `backfill-beside-ddl`: rows are written in the transaction that changes their table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "backfill-beside-ddl",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "Rows are written in the transaction that changes their table.",
    known_as: "strong_migrations, online_migrations: backfilling; eugene E4; pgfence",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN x integer; UPDATE users SET x = age WHERE x IS NULL;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "UPDATE users SET age = 1 WHERE age IS NULL;",
        ),
        (
            "",
            "CREATE TABLE a (id integer); ALTER TABLE a ADD COLUMN x integer; UPDATE a SET x = 1 WHERE x IS NULL;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let mut held: Option<(usize, &str)> = None;
    for seen in step.acts().filter(|_| step.is_transaction) {
        if let Act::Update { table, .. } | Act::Delete { table, .. } = seen.act
            && let Some((index, locked)) = held
            && index < seen.index
            && step.stands(table)
        {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("{locked} is kept from everybody by a statement above until all these rows are written"),
                "write rows in a revision of its own, in batches: `-- upgrade (postgres, no transaction)`",
            );
        }
        if let Some(table) = is_exclusive(seen.act).filter(|table| step.stands(table))
            && held.is_none()
        {
            held = Some((seen.index, table));
        }
    }
}

/// Whether an act keeps everybody from a table until the commit.
fn is_exclusive(act: &Act) -> Option<&str> {
    match act {
        Act::AddColumn { table, .. }
        | Act::DropColumn { table, .. }
        | Act::RenameColumn { table, .. }
        | Act::RenameTable { table, .. }
        | Act::AlterType { table, .. }
        | Act::SetNotNull { table, .. }
        | Act::DropNotNull { table, .. }
        | Act::DropConstraint { table, .. }
        | Act::Truncate { table, .. } => Some(table),
        Act::AddConstraint { table, constraint }
            if constraint.kind != ConstraintKind::ForeignKey =>
        {
            Some(table)
        }
        _ => None,
    }
}
