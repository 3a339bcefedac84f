//! `check-over-rows`: a CHECK is added to a table that may hold rows.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::{Act, ConstraintKind};
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "check-over-rows",
    groups: &[Group::MayFail],
    dialects: POSTGRES,
    what: "A CHECK is added to a table that may hold rows.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0);",
    )],
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
            _ => continue,
        };
        if step.stands(table) {
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("fails if a row of {table} doesn't fit the CHECK"),
                "look for such rows first, or add it NOT VALID",
            );
        }
    }
}
