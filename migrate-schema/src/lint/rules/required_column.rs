//! `required-column`: a column is added that every row needs, without a default.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "required-column",
    groups: &[Group::Breaks, Group::MayFail],
    dialects: ALL,
    what: "A column is added that every row needs, without a default.",
    known_as: "squawk adding-required-field, adding-not-nullable-field; Atlas MF103; pgfence 1",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN name text NOT NULL;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN name text;",
        ),
        ("", "CREATE TABLE a (id integer NOT NULL);"),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::AddColumn { table, column } = seen.act
            && step.stands(table)
            && (column.not_null || column.is_primary_key)
            && !column.fills_itself()
        {
            let name = &column.name;
            found.add(
                Group::Breaks,
                seen,
                table,
                format!("{table}.{name} is required of every new row: programs that still run don't name it"),
                "give it a DEFAULT, or let it be NULL for a release",
            );
            // What copies the rows, or drops them, gives each its values.
            if !step.drops(table) {
                found.add(
                    Group::MayFail,
                    seen,
                    table,
                    format!("fails if {table} holds rows: nothing gives them a {name}"),
                    "add it with a DEFAULT, or without NOT NULL, fill it, and then set NOT NULL",
                );
            }
        }
    }
}
