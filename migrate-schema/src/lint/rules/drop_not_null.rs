//! `drop-not-null`: a column takes NULL from now on.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-not-null",
    groups: &[Group::Breaks],
    dialects: ALL,
    what: "A column takes NULL from now on.",
    known_as: "squawk ban-drop-not-null",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail text NOT NULL);",
        "CREATE TABLE n (id integer PRIMARY KEY, mail text); INSERT INTO n SELECT id, mail FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN x integer;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropNotNull { table, column } = seen.act
            && step.stands(table)
            && step
                .column_before(table, column)
                .is_none_or(|one| !one.nullable)
        {
            found.add(
                Group::Breaks,
                seen,
                table,
                format!("{table}.{column} takes NULL: programs that still run may not expect one"),
                "release first the program that reads NULL, and write none before",
            );
        }
    }
}
