//! `drop-index-without-concurrently`: an index is dropped while nobody can use its table.

use super::{POSTGRES, Rule};
use crate::lint::Group;
use crate::lint::locks::of_index;
use crate::lint::statement::Act;
use crate::lint::step::{Found, Seen, Step};
use crate::sql::qualified::bare;

pub(super) const RULE: Rule = Rule {
    id: "drop-index-without-concurrently",
    groups: &[Group::Locks],
    dialects: POSTGRES,
    what: "An index is dropped while nobody can use its table.",
    known_as: "squawk require-concurrent-index-deletion; Atlas PG102; online_migrations: removing an index non-concurrently; pgfence 6",
    check,
    bad: &[(
        "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX users_mail ON users (mail);",
        "DROP INDEX users_mail;",
    )],
    good: &[
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX users_mail ON users (mail);",
            "DROP INDEX CONCURRENTLY users_mail;",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY, mail varchar(50), age integer); CREATE INDEX users_mail ON users (mail);",
            "ALTER TABLE users ADD COLUMN x integer;",
        ),
        ("", "DROP INDEX IF EXISTS nothing;"),
        (
            "",
            "CREATE TABLE a (id integer); CREATE INDEX i ON a (id); DROP INDEX i;",
        ),
    ],
};

fn check(step: &Step<'_>, found: &mut Found<'_>) {
    for seen in step.acts() {
        if let Act::DropIndex {
            name,
            is_concurrent: false,
            ..
        } = seen.act
            && stands(step, seen, name)
        {
            found.add(Group::Locks, seen, name, format!("nobody can use the table of {name} until all queries of it have ended and the step commits"), "DROP INDEX CONCURRENTLY, in a revision of its own with `-- upgrade (postgres, no transaction)`");
        }
    }
}

/// Whether an index is of a table that was there before the run.
fn stands(step: &Step<'_>, seen: Seen<'_>, index: &str) -> bool {
    if let Some(table) = of_index(step, index) {
        return step.stands(&table);
    }
    // It may be of a materialized view, which no model has; or it comes with this section, or was never there.
    let is_new = step.acts().any(|other| match other.act {
        Act::CreateIndex { name, .. } => name.as_ref().is_some_and(|name| bare(index) == *name),
        _ => false,
    });
    step.before.is_none() || !(is_new || step.says_if_exists(seen))
}
