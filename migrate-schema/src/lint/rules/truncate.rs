//! `truncate`: all rows of a table go.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "truncate",
    groups: &[Group::Loses],
    dialects: POSTGRES,
    what: "All rows of a table go.",
    known_as: "squawk ban-truncate-cascade; pgfence 15",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "TRUNCATE users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE TABLE orders (id integer PRIMARY KEY, user_id integer);",
            "TRUNCATE TABLE users, orders CASCADE;",
        ),
    ],
    good: &[("", "CREATE TABLE a (id integer); TRUNCATE a;")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Truncate { table, .. } = seen.act
            && step.stands(table)
        {
            found.add(
                Group::Loses,
                seen,
                table,
                format!(
                    "the rows of {table} are gone for good, and nobody reads the table meanwhile"
                ),
                "delete what is meant with a WHERE",
            );
        }
    }
}
