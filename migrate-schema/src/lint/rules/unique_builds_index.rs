//! `unique-builds-index`: a UNIQUE constraint builds its index while nobody can use the table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "unique-builds-index",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A UNIQUE constraint builds its index while nobody can use the table.",
    known_as: "squawk disallowed-unique-constraint; Atlas PG105; eugene E7; strong_migrations, online_migrations: adding a unique constraint; pgfence 11",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD CONSTRAINT u UNIQUE (mail);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer UNIQUE;",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE UNIQUE INDEX u ON users (mail);",
            "ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX u;",
        ),
        ("", "CREATE TABLE a (n integer UNIQUE);"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::Unique && !constraint.using_index =>
            {
                table
            }
            Act::AddColumn { table, column } if column.is_unique => table,
            _ => continue,
        };
        if step.stands(table) {
            found.add(Group::Locks, seen, table, format!("nobody can use {table} while the index of the constraint is built"), "CREATE UNIQUE INDEX CONCURRENTLY in a revision of its own, then ADD CONSTRAINT .. UNIQUE USING INDEX");
        }
    }
}
