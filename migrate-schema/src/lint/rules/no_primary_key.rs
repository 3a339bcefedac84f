//! `no-primary-key`: a table without a primary key.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "no-primary-key",
    groups: &[Group::Design],
    dialects: ALL,
    what: "A table without a primary key.",
    known_as: "none",
    check,
    bad: &[("", "CREATE TABLE a (n integer);")],
    good: &[
        ("", "CREATE TABLE a (id integer PRIMARY KEY);"),
        (
            "",
            "CREATE TABLE a (x integer, y integer, PRIMARY KEY (x, y));",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::CreateTable {
            table,
            is_temporary: false,
            ..
        } = seen.act
            && step
                .table_after(table)
                .is_some_and(|table| table.primary_key.is_none() && !table.columns.is_empty())
        {
            found.add(
                Group::Design,
                seen,
                table,
                format!("{table} has no primary key: its rows can't be told apart, nor replicated"),
                "give it one",
            );
        }
    }
}
