//! `rename-enum-value`: a value of an enum type gets another name.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "rename-enum-value",
    groups: &[Group::Breaks],
    dialects: POSTGRES,
    what: "A value of an enum type gets another name.",
    known_as: "strong_migrations: renaming an enum value",
    check,
    bad: &[(
        "CREATE TYPE mood AS ENUM ('sad', 'ok');",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';",
    )],
    good: &[(
        "CREATE TYPE mood AS ENUM ('sad', 'ok');",
        "ALTER TYPE mood ADD VALUE 'glad';",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::RenameValue { of, from } = seen.act {
            found.add(
                Group::Breaks,
                seen,
                of,
                format!(
                    "renames {from} of the type {of}: programs that still run write and expect it"
                ),
                "add the new value, write both for a release, and update the rows later",
            );
        }
    }
}
