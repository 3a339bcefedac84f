//! `rename-object`: a schema, a type or a function gets another name or place.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "rename-object",
    groups: &[Group::Breaks],
    dialects: POSTGRES,
    what: "A schema, a type or a function gets another name or place.",
    known_as: "strong_migrations: renaming a schema",
    check,
    bad: &[
        ("CREATE SCHEMA old;", "ALTER SCHEMA old RENAME TO fresh;"),
        (
            "CREATE TYPE mood AS ENUM ('sad');",
            "ALTER TYPE mood RENAME TO feeling;",
        ),
    ],
    good: &[("CREATE SCHEMA old;", "CREATE SCHEMA fresh;")],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::RenameObject { kind, name, to } = seen.act
            // Another type takes the place of the one that gets out of its way.
            && !(step.after).is_some_and(|schema| schema.enums.contains_key(name))
        {
            found.add(
                Group::Breaks,
                seen,
                name,
                format!(
                    "renames the {kind} {name} to {to}: programs that still run ask for {name}"
                ),
                "make the new one beside it, and drop the old one in a later release",
            );
        }
    }
}
