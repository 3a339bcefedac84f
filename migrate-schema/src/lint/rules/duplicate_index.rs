//! `duplicate-index`: an index of the columns that another one has.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "duplicate-index",
    groups: &[Group::Design],
    dialects: ALL,
    what: "An index of the columns that another one has.",
    known_as: "none",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX one ON users (mail);",
        "CREATE INDEX two ON users (mail);",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX one ON users (mail);",
        "CREATE INDEX two ON users (age);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let Some(after) = step.after else { return };
    for (name, table) in &after.tables {
        let old = step.before.and_then(|before| before.tables.get(name));
        for index in table.indexes.values() {
            let was_there = old.is_some_and(|old| old.indexes.contains_key(&index.name));
            let is_twin = |other: &&crate::model::Index| {
                other.name != index.name
                    && other.keys == index.keys
                    && other.method == index.method
                    && other.predicate == index.predicate
            };
            if let Some(twin) = table.indexes.values().find(is_twin).filter(|_| !was_there) {
                found.add_of(
                    Group::Design,
                    &index.name,
                    format!(
                        "{} has the columns of {}: each write pays for both",
                        index.name, twin.name
                    ),
                    "keep one of them",
                );
            }
        }
    }
}
