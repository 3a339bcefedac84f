//! `drop-column`: a column goes, and its values with it.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-column",
    groups: &[Group::Breaks, Group::Loses],
    dialects: ALL,
    what: "A column goes, and its values with it.",
    known_as: "squawk ban-drop-column; Atlas DS103; strong_migrations, online_migrations: removing a column; pgfence 14",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users DROP COLUMN age;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE TABLE users_new (id integer PRIMARY KEY, mail varchar(50)); INSERT INTO users_new SELECT id, mail FROM users; DROP TABLE users; ALTER TABLE users_new RENAME TO users;",
        ),
    ],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "ALTER TABLE users ADD COLUMN b integer; ALTER TABLE users DROP COLUMN b;",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropColumn { table, column, .. } = seen.act
            && step.stands(table)
            && step.column_stands(table, column)
        {
            found.add(
                Group::Breaks,
                seen,
                table,
                format!("drops {table}.{column}: programs that still run ask for it"),
                "drop it in a release after the last one that reads or writes it",
            );
            found.add(
                Group::Loses,
                seen,
                table,
                format!("the values of {table}.{column} are gone for good"),
                "copy them first, if anybody may want them back",
            );
        }
    }
}
