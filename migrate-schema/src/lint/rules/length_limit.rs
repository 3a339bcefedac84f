//! `length-limit`: a text whose longest length is part of its type.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "length-limit",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A text whose longest length is part of its type.",
    known_as: "squawk prefer-text-field; pgfence 32",
    check,
    bad: &[
        ("", "CREATE TABLE a (name varchar(50));"),
        (
            "",
            "CREATE TABLE a (name pg_catalog.varchar(50), names varchar(50)[]);",
        ),
        (
            "CREATE TABLE a (name varchar(50));",
            "ALTER TABLE a ALTER name TYPE varchar(1000);",
        ),
    ],
    good: &[("", "CREATE TABLE a (name text);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let named = step.new_types().filter(|(_, _, _, kind)| {
        kind.starts_with("varchar(") || kind.starts_with("character varying(")
    });
    for (seen, table, column, _) in named {
        found.add(
            Group::Design,
            seen,
            table,
            format!(
                "the longest length of {table}.{column} is part of its type, and hard to change later"
            ),
            "text, with a CHECK of its length",
        );
    }
}
