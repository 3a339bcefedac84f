//! `char`: a column that is padded with spaces.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "char",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "A column that is padded with spaces.",
    known_as: "squawk ban-char-field; pgfence 34",
    check,
    bad: &[
        ("", "CREATE TABLE a (code char(3));"),
        ("", "CREATE TABLE a (code character(3));"),
        ("", "CREATE TABLE a (codes char[]);"),
        (
            "CREATE TABLE a (code text);",
            "ALTER TABLE a ALTER code TYPE nchar(3);",
        ),
    ],
    good: &[("", "CREATE TABLE a (code varchar(3), b text);")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let named = step.new_types().filter(|(_, _, _, kind)| {
        let (name, rest) = kind.split_once('(').unwrap_or((kind, ""));
        matches!(name, "char" | "character" | "bpchar" | "nchar") && !rest.contains("varying")
    });
    for (seen, table, column, _) in named {
        found.add(
            Group::Design,
            seen,
            table,
            format!("{table}.{column} is padded with spaces"),
            "text, with a CHECK of its length if that matters",
        );
    }
}
