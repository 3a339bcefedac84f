//! `int-key`: a key of 32 bits or fewer.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "int-key",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A key of 32 bits or fewer.",
    known_as: "squawk prefer-bigint-over-int, prefer-bigint-over-smallint; online_migrations: using primary key with short integer type; pgfence 31",
    check,
    bad: &[
        ("", "CREATE TABLE a (id integer PRIMARY KEY);"),
        ("", "CREATE TABLE a (id serial PRIMARY KEY);"),
    ],
    good: &[("", "CREATE TABLE a (id bigint PRIMARY KEY, n integer);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let named = step.new_columns().filter(|(_, _, column)| {
        column.is_primary_key
            && [
                "integer",
                "int",
                "int4",
                "smallint",
                "int2",
                "serial",
                "smallserial",
            ]
            .contains(&column.kind.as_str())
    });
    for (seen, table, column) in named {
        found.add(
            Group::Design,
            seen,
            table,
            format!(
                "{table}.{} has no more keys after two billion rows, or fewer",
                column.name
            ),
            "bigint costs four bytes a row",
        );
    }
}
