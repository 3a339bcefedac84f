//! `foreign-key-type`: a foreign key has another type than what it refers to.

use migrate_chain::Dialect;

use super::{ALL, Rule};
use crate::ddl::affinity;
use crate::lint::Group;
use crate::lint::step::{Found, Step};

pub(super) const RULE: Rule = Rule {
    id: "foreign-key-type",
    groups: &[Group::MayFail],
    dialects: ALL,
    what: "A foreign key has another type than what it refers to.",
    known_as: "online_migrations: mismatched reference column types",
    check,
    bad: &[(
        "CREATE TABLE users (id numeric PRIMARY KEY);",
        "CREATE TABLE a (user_id bigint REFERENCES users (id));",
    )],
    good: &[(
        "CREATE TABLE users (id bigint PRIMARY KEY);",
        "CREATE TABLE a (user_id bigint REFERENCES users (id));",
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
            let Some(target) = after.tables.get(&key.references).filter(|_| !was_there) else {
                continue;
            };
            for (column, referenced) in key.columns.iter().zip(&key.referenced) {
                let (Some(own), Some(other)) = (table.column(column), target.column(referenced))
                else {
                    continue;
                };
                if !shares(step, &own.kind, &other.kind) {
                    found.add_of(
                        Group::MayFail,
                        name,
                        format!("{name}.{column} is {}, and {}.{referenced} is {}: some keys have no place in it", own.kind, key.references, other.kind),
                        "give both columns one type",
                    );
                }
            }
        }
    }
}

/// Whether each key has its place in the other column.
fn shares(step: &Step<'_>, one: &str, other: &str) -> bool {
    match step.dialect {
        Dialect::Sqlite => affinity(one) == affinity(other),
        _ => family(one) == family(other),
    }
}

/// What types share that can hold each other's keys.
fn family(kind: &str) -> String {
    let kind = kind.to_lowercase();
    let text = ["text", "varchar", "character varying", "char", "citext"];
    if text.iter().any(|one| kind.starts_with(one)) {
        return "text".to_owned();
    }
    match kind.split('(').next().unwrap_or_default().trim() {
        "int" | "int4" | "serial" => "integer".to_owned(),
        "int8" | "bigserial" => "bigint".to_owned(),
        other => other.to_owned(),
    }
}
