//! `references-with-default`: a column is added that refers to another table and has a default.

use super::{Rule, SQLITE};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "references-with-default",
    groups: &[Group::MayFail],
    dialects: SQLITE,
    what: "A column is added that refers to another table and has a default.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN boss integer DEFAULT 1 REFERENCES users (id);",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN boss integer REFERENCES users (id);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN boss integer DEFAULT NULL REFERENCES users (id);",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AddColumn { table, column } = seen.act
            && step.stands(table)
            && column.references.is_some()
            && column.default.as_deref().is_some_and(|text| text != "null")
        {
            found.add(
                Group::MayFail,
                seen,
                table,
                format!("with foreign keys on, SQLite adds no column to {table} that refers to another table and has a default other than NULL"),
                "add it without a default, and fill it with an UPDATE",
            );
        }
    }
}
