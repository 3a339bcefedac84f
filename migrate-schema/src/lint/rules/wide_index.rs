//! `wide-index`: an index of more than three columns that is not unique.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "wide-index",
    groups: &[Group::Design],
    dialects: POSTGRES,
    what: "An index of more than three columns that is not unique.",
    known_as: "strong_migrations: keeping non-unique indexes to three columns or less",
    check,
    bad: &[(
        "CREATE TABLE w (a integer, b integer, c integer, d integer);",
        "CREATE INDEX i ON w (a, b, c, d);",
    )],
    good: &[(
        "CREATE TABLE w (a integer, b integer, c integer, d integer);",
        "CREATE INDEX i ON w (a, b, c);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::CreateIndex {
            table,
            columns,
            is_unique: false,
            ..
        } = seen.act
            && columns.len() > 3
        {
            found.add(
                Group::Design,
                seen,
                table,
                "an index of more than three columns seldom pays",
                "index first the columns that choose few rows",
            );
        }
    }
}
