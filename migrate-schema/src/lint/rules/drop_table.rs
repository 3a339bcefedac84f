//! `drop-table`: a table goes, and its rows with it.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-table",
    groups: &[Group::Breaks, Group::Loses],
    dialects: ALL,
    what: "A table goes, and its rows with it.",
    known_as: "squawk ban-drop-table; Atlas DS102; strong_migrations, online_migrations: creating a table with the force option; pgfence 13",
    check,
    bad: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DROP TABLE users;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY);",
        ),
    ],
    good: &[
        ("", "CREATE TABLE a (id integer); DROP TABLE a;"),
        ("", "DROP TABLE IF EXISTS users;"),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "CREATE TABLE users_new (id integer PRIMARY KEY, mail varchar(50), age integer); INSERT INTO users_new SELECT id, mail, age FROM users; DROP TABLE users; ALTER TABLE users_new RENAME TO users;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropTable {
            table,
            is_rebuilt: false,
            ..
        } = seen.act
            && step.stands(table)
            && !step.is_spared(seen, table)
        {
            // One that is made again is only empty.
            if step.table_after(table).is_none() {
                found.add(
                    Group::Breaks,
                    seen,
                    table,
                    format!("drops {table}: programs that still run ask for it"),
                    "drop it in a release after the last one that uses it",
                );
            }
            found.add(
                Group::Loses,
                seen,
                table,
                format!("the rows of {table} are gone for good"),
                "keep a copy, or rename the table and drop it when nobody has missed it",
            );
        }
    }
}
