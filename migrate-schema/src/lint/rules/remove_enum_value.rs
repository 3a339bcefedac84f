//! `remove-enum-value`: a value of an enum type goes.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "remove-enum-value",
    groups: &[Group::Breaks, Group::Loses],
    dialects: POSTGRES,
    what: "A value of an enum type goes.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE users (id integer, mood mood);",
        "CREATE TYPE m2 AS ENUM ('ok'); ALTER TABLE users ALTER COLUMN mood TYPE m2 USING mood::text::m2; DROP TYPE mood; ALTER TYPE m2 RENAME TO mood;",
    )],
    good: &[(
        "CREATE TYPE mood AS ENUM ('sad', 'ok');",
        "ALTER TYPE mood ADD VALUE 'glad';",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let (Some(before), Some(after)) = (step.before, step.after) else {
        return;
    };
    for (name, old) in &before.enums {
        let Some(new) = after.enums.get(name) else {
            continue;
        };
        let gone = |value: &&String| !new.values.contains(value);
        let renamed = step
            .acts()
            .filter(|seen| matches!(seen.act, Act::RenameValue { of, .. } if of == name));
        let missing: Vec<&str> = old.values.iter().filter(gone).map(String::as_str).collect();
        if missing.len() > renamed.count() {
            let values = missing.join(", ");
            found.add_of(
                Group::Breaks,
                name,
                format!("the type {name} no longer has {values}: programs that still run write it"),
                "release first the program that no longer writes it",
            );
            found.add_of(
                Group::Loses,
                name,
                format!(
                    "rows that hold {values} have to become something else, or the statement fails"
                ),
                "say with an UPDATE what such rows become",
            );
        }
    }
}
