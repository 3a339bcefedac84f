//! `json`: a json column.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "json",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A json column.",
    known_as: "eugene E3; strong_migrations, online_migrations: adding a json column; pgfence 29",
    check,
    bad: &[
        ("", "CREATE TABLE a (data json);"),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
            "ALTER TABLE users ADD COLUMN data json;",
        ),
        (
            "CREATE TABLE a (data jsonb);",
            "ALTER TABLE a ALTER data TYPE json;",
        ),
    ],
    good: &[("", "CREATE TABLE a (data jsonb);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let named = step.new_types().filter(|(_, _, _, kind)| *kind == "json");
    for (seen, table, column, _) in named {
        found.add(
            Group::Design,
            seen,
            table,
            format!("{table}.{column} has no equality: SELECT DISTINCT over it fails"),
            "jsonb",
        );
    }
}
