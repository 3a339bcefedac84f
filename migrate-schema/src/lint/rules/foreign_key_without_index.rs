//! `foreign-key-without-index`: a foreign key without an index on its columns.

use super::{ALL, Rule};
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-without-index",
    groups: &[Group::Design],
    dialects: ALL,
    what: "A foreign key without an index on its columns.",
    known_as: "eugene E15",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "CREATE TABLE a (id integer PRIMARY KEY, user_id integer REFERENCES users (id));",
    )],
    good: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer);",
        "CREATE TABLE a (id integer PRIMARY KEY, user_id integer REFERENCES users (id)); CREATE INDEX a_user ON a (user_id);",
    )],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    let Some(after) = step.after else { return };
    for (name, table) in &after.tables {
        let old = step.before.and_then(|before| before.tables.get(name));
        for key in table.foreign_keys.values() {
            let was_there = old.is_some_and(|old| {
                old.foreign_keys
                    .values()
                    .any(|one| one.columns == key.columns)
            });
            let begins = |columns: &[String]| {
                columns.get(..key.columns.len()).is_some_and(|start| {
                    start
                        .iter()
                        .zip(&key.columns)
                        .all(|(one, other)| one.eq_ignore_ascii_case(other))
                })
            };
            let is_covered = table.indexes.values().any(|index| begins(&index.keys))
                || table.uniques.values().any(|unique| begins(&unique.columns))
                || table
                    .primary_key
                    .as_ref()
                    .is_some_and(|key| begins(&key.columns));
            if !was_there && !is_covered {
                found.add_of(
                    Group::Design,
                    name,
                    format!(
                        "{name} has no index on {}: each row deleted from {} reads all of it",
                        key.columns.join(", "),
                        key.references
                    ),
                    "create one",
                );
            }
        }
    }
}
