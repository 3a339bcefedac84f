//! `drop-schema`: a schema or a database goes, and everything in it.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "drop-schema",
    groups: &[Group::Loses],
    dialects: POSTGRES,
    what: "A schema or a database goes, and everything in it.",
    known_as: "Atlas DS101; squawk ban-drop-database; pgfence 36",
    check,
    bad: &[
        (
            "CREATE SCHEMA old; CREATE TABLE old.t (id integer);",
            "DROP SCHEMA old CASCADE;",
        ),
        ("CREATE SCHEMA old;", "DROP SCHEMA old;"),
    ],
    good: &[("", "CREATE SCHEMA fresh;")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropObject {
            kind: kind @ ("schema" | "database" | "objects of"),
            name,
            ..
        } = seen.act
        {
            found.add(
                Group::Loses,
                seen,
                name,
                format!("everything in the {kind} {name} is gone for good"),
                "keep a copy",
            );
        }
    }
}
