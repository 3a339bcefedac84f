//! `drop-default`: a required column loses its default.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-default",
    groups: &[Group::Breaks],
    dialects: POSTGRES,
    what: "A required column loses its default.",
    known_as: "online_migrations: changing the default of a column; squawk ban-drop-default",
    check,
    bad: &[(
        "CREATE TABLE users (id integer, mail text NOT NULL DEFAULT '');",
        "ALTER TABLE users ALTER COLUMN mail DROP DEFAULT;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer, mail text DEFAULT '');",
            "ALTER TABLE users ALTER COLUMN mail DROP DEFAULT;",
        ),
        (
            "CREATE TABLE users (id integer);",
            "ALTER TABLE users ADD COLUMN mail text NOT NULL DEFAULT ''; ALTER TABLE users ALTER COLUMN mail DROP DEFAULT;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropDefault { table, column } = seen.act
            && step.stands(table)
            && step
                .column_before(table, column)
                .is_some_and(|one| one.default.is_some())
            && step
                .column_after(table, column)
                .is_none_or(|one| !one.nullable && one.default.is_none())
        {
            found.add(Group::Breaks, seen, table, format!("{table}.{column} is required of every new row: programs that still run don't name it"), "release first the program that always writes it");
        }
    }
}
