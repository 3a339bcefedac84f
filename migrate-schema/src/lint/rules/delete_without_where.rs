//! `delete-without-where`: all rows of a table are deleted.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "delete-without-where",
    groups: &[Group::Loses],
    dialects: ALL,
    what: "All rows of a table are deleted.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "DELETE FROM users;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DELETE FROM users WHERE mail IS NULL;",
        ),
        ("", "CREATE TABLE a (id integer); DELETE FROM a;"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::Delete {
            table,
            has_where: false,
        } = seen.act
            && step.stands(table)
        {
            found.add(
                Group::Loses,
                seen,
                table,
                format!("every row of {table} is deleted: the statement has no WHERE"),
                "say which rows are meant; `WHERE true` if it is all of them",
            );
        }
    }
}
