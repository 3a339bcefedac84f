//! `check-without-not-valid`: a CHECK is held against all rows at once.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "check-without-not-valid",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "A CHECK is held against all rows at once.",
    known_as: "squawk constraint-missing-not-valid; Atlas PG305; eugene E1; strong_migrations, online_migrations: adding a check constraint; pgfence 10",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN x integer DEFAULT 1 CHECK (x > 0);",
        ),
    ],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;",
        ),
        ("", "CREATE TABLE a (n integer CHECK (n > 0));"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        let table = match seen.act {
            Act::AddConstraint { table, constraint }
                if constraint.kind == ConstraintKind::Check && !constraint.not_valid =>
            {
                table
            }
            Act::AddColumn { table, column } if column.has_check => table,
            _ => continue,
        };
        if step.stands(table) {
            found.add(
                Group::Locks,
                seen,
                table,
                format!("all rows of {table} are checked while nobody can use it"),
                "add it NOT VALID, and VALIDATE CONSTRAINT in the next revision",
            );
        }
    }
}
