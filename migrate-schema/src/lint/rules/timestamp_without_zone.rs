//! `timestamp-without-zone`: a point in time without a time zone.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "timestamp-without-zone",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A point in time without a time zone.",
    known_as: "squawk prefer-timestamptz; pgfence 33",
    check,
    bad: &[
        ("", "CREATE TABLE a (at timestamp);"),
        ("", "CREATE TABLE a (at timestamp(3) without time zone);"),
        ("", "CREATE TABLE a (at timestamp[]);"),
        (
            "CREATE TABLE a (at timestamptz);",
            "ALTER TABLE a ALTER at TYPE timestamp;",
        ),
    ],
    good: &[(
        "",
        "CREATE TABLE a (at timestamptz, b timestamp with time zone);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let named = step.new_types().filter(|(_, _, _, kind)| {
        kind.starts_with("timestamp")
            && !kind.starts_with("timestamptz")
            && !kind.ends_with("with time zone")
    });
    for (seen, table, column, _) in named {
        found.add(
            Group::Design,
            seen,
            table,
            format!("{table}.{column} doesn't say in which time zone it is"),
            "timestamptz",
        );
    }
}
